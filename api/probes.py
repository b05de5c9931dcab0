"""/health and /ready: for the host and its router, without a key."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

from flask import Response

from api.errors import ErrorV1, refusal
from api.probe_schemas import HealthV1, ReadyV1
from api.smorest import Blueprint
from db import readiness
from tasks import dispatch

CHECK_S = 1.0
# an answer is good for so long
FRESH_S = 1.0

probes = Blueprint("probes", __name__, description="Is it alive, is it ready")

# what can be missing, and who knows; each answers the name of what is missing, or None
CHECKS: Mapping[str, Callable[[], str | None]] = {
    "postgres": readiness.missing,
    "broker": lambda: None if dispatch.broker_answers(CHECK_S) else "broker",
}
ADVICE = {
    "postgres": "PostgreSQL does not answer: is it up, and is DATABASE_URL right?",
    "read_only": "PostgreSQL takes no writes now, so that no delivery can be stored: `celery -A tasks doctor` says why",
    "migrations": "the database is behind this release: run `alembic upgrade head`",
    "broker": "the broker does not answer: is it up, and is REDIS_URL or CLOUDAMQP_URL right?",
}


@probes.get("/health")
@probes.response(200, HealthV1)
def health() -> dict[str, str]:
    """The process is alive; says nothing about what it depends on."""
    return {"status": "ok"}


@probes.get("/ready")
@probes.response(200, ReadyV1)
@probes.alt_response(503, schema=ErrorV1)
def ready() -> dict[str, str] | Response:
    """Whether requests can be served; if not, what is down. Who asks while somebody looks, or within a second, gets the last answer."""
    missing = _look.answer()
    if missing is None:
        return refusal(503, "not_ready", "not ready: the first look is under way", headers={"Retry-After": "1"})
    if missing:
        errors = {name: [ADVICE[name]] for name in missing}
        return refusal(503, "not_ready", f"not ready: {', '.join(missing)}", errors=errors, headers={"Retry-After": "1"})
    return {"status": "ready"}


class _Look:
    """One look at a time: anybody may ask, and what hangs shall hold one thread, not all of them."""

    def __init__(self) -> None:
        """Nobody has looked."""
        self._looking = threading.Lock()
        self._last: Sequence[str] | None = None
        self._until = 0.0  # monotonic

    def answer(self) -> Sequence[str] | None:
        """What is down, as of a second ago or as the last look had it; None if nobody has finished one."""
        if time.monotonic() >= self._until and self._looking.acquire(blocking=False):
            try:
                self._last = _missing()
                self._until = time.monotonic() + FRESH_S
            finally:
                self._looking.release()
        return self._last

    def forget(self) -> None:
        """Whoever asks next looks."""
        self._until, self._last = 0.0, None


_look = _Look()


def forget() -> None:
    """Look anew for whoever asks next."""
    _look.forget()


def _missing() -> list[str]:
    """What is down, sorted; a check that is not back in time counts as down."""
    threads = ThreadPoolExecutor(len(CHECKS), thread_name_prefix="ready")
    asked = {name: threads.submit(check) for name, check in CHECKS.items()}
    # a check that hangs ends by its own timeouts; nobody waits for it here
    threads.shutdown(wait=False)
    return sorted(filter(None, (_answer(name, future) for name, future in asked.items())))


def _answer(name: str, future: Future[str | None]) -> str | None:
    try:
        return future.result(CHECK_S)
    except TooLate:
        return name
