"""/v1/stream-turn: a turn as server-sent events. What is said comes in pieces, what it took comes last."""

import math
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import orjson
import structlog
from flask import Response

from api.auth import organization_id
from api.orders import SEE, accepted, place, where
from api.slow import slot
from api.smorest import Blueprint
from api.turn_schemas import NextTurnV1
from api.waiting import AT_MOST_S, FIRST_LOOK_S, LOOK_EVERY_S, is_put_off, wished_s
from db import jobs
from domain.access import Scope
from domain.errors import StoreUnavailable
from domain.jobs import JobKind, JobView

log = structlog.get_logger()

# a client that has gone is noticed by what cannot be sent to it
HEARTBEAT_S = 1.0
HEARTBEAT = b": still at it\n\n"
_EVENTS = "text/event-stream"
_WORDS = re.compile(r"\S+\s*")

streaming_turn = Blueprint("streaming_turn", __name__, url_prefix="/v1", description="A turn, as it comes")


@streaming_turn.post("/stream-turn")
@streaming_turn.allows(Scope.OPERATOR)
@streaming_turn.arguments(NextTurnV1)
@streaming_turn.answers_or_later(
    {"type": "string"}, content_type=_EVENTS, description="Events: state, text, and at the end usage, error or later"
)
def stream_turn(asked: dict[str, Any]) -> Response:
    """As /v1/turn, in events. The rules look at the whole reply before its first word leaves, so its pieces come when it is written."""
    wait_s, applied = wished_s(AT_MOST_S)
    job = place(JobKind.TURN, asked)
    held = ExitStack()
    if not wait_s or not held.enter_context(slot()):
        held.close()
        return accepted(job, applied)
    response = Response(_held(held, _events(organization_id(), job, wait_s)), content_type=_EVENTS)
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Location": where(job)})
    # also if the client has gone before the first event: the generator has not begun then, and its end would not be told
    response.call_on_close(held.close)
    return response


def _held(place_taken: ExitStack, events: Iterator[bytes]) -> Iterator[bytes]:
    with place_taken:
        yield from events


def _events(organization: UUID, job: JobView, wait_s: float) -> Iterator[bytes]:
    """What becomes of a job, until it is over or the time is; whoever has gone closes this between two events."""
    latest, told = job, ""
    try:
        for latest in _looks(organization, job, time.monotonic() + wait_s):
            yield _event("state", {"state": latest.state, "job": where(job)}) if latest.state != told else HEARTBEAT
            told = latest.state
    except StoreUnavailable as error:
        log.warning("stream_broke", job=str(job.id), error=type(error).__name__)
    yield from _last(latest)


def _looks(organization: UUID, job: JobView, ends: float) -> Iterator[JobView]:
    """The job each time that it stands otherwise, now and then although it does not, and at the end. Raises StoreUnavailable."""
    yield job
    pause_s, told, looked = FIRST_LOOK_S, job.state, time.monotonic()
    while not job.state.is_over and not is_put_off(job, ends) and time.monotonic() + pause_s < ends:
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, LOOK_EVERY_S)
        job = jobs.find(organization, job.id) or job
        if job.state is not told or time.monotonic() - looked > HEARTBEAT_S:
            told, looked = job.state, time.monotonic()
            yield job
    yield job


def _last(job: JobView) -> Iterator[bytes]:
    if job.result is not None:
        text = str(job.result["text"])
        for piece in _WORDS.findall(text):
            yield _event("text", {"text": piece})
        yield _event("usage", {name: value for name, value in job.result.items() if name != "text"})
    elif job.state.is_over:
        yield _event("error", {"code": "job_failed", "detail": f"it cannot be done: {job.error_code}; {SEE}"})
    else:
        yield _event("later", {"job": where(job), "retry_in_s": math.ceil(job.retry_in_s or 1)})


def _event(name: str, told: Mapping[str, object]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(told) + b"\n\n"
