"""Answers that are sent piece by piece: they hold a place among the slow ones until the last piece has gone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from flask import Response
from werkzeug.exceptions import ServiceUnavailable

from api import slow

RETRY_AFTER_S = 5


def streamed(pieces: Callable[[], Iterator[bytes]], content_type: str, name: str) -> Response:
    """A download called ``name``; ``pieces`` is called once there is a place for it. Raises ServiceUnavailable if all are taken."""
    with ExitStack() as held:
        if not held.enter_context(slow.slot()):
            raise ServiceUnavailable("all places for long answers are taken; try again in a few seconds", retry_after=RETRY_AFTER_S)
        answer = Response(pieces(), content_type=content_type)
        answer.call_on_close(held.pop_all().close)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    # what somebody wrote or sent us is nothing that a browser shall run
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer
