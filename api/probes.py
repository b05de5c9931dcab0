"""/health and /ready: for the host and its router, without a key."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

from flask import Response

from api.errors import ErrorV1, refusal
from api.schemas import HealthV1, ReadyV1
from api.smorest import Blueprint
from db import readiness
from tasks import dispatch

CHECK_S = 1.0

probes = Blueprint("probes", __name__, description="Is it alive, is it ready")

# what can be missing, and who knows; each answers the name of what is missing, or None
CHECKS: Mapping[str, Callable[[], str | None]] = {
    "postgres": readiness.missing,
    "broker": lambda: None if dispatch.broker_answers(CHECK_S) else "broker",
}
ADVICE = {
    "postgres": "PostgreSQL does not answer: is it up, and is DATABASE_URL right?",
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
    """Whether requests can be served; if not, what is down."""
    missing = _missing()
    if missing:
        errors = {name: [ADVICE[name]] for name in missing}
        return refusal(503, "not_ready", f"not ready: {', '.join(missing)}", errors=errors, headers={"Retry-After": "1"})
    return {"status": "ready"}


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
