"""Says that a run died: in the log each time, to Sentry once for many that died of the same."""

from uuid import UUID

import structlog

from observability.alarm import tell_somebody

log = structlog.get_logger()

SEE = "celery -A tasks parked"


def tell_of_death(run_id: UUID, code: str, **ids: str) -> None:
    """A person has to mend what the code names, and to retry or dismiss the run."""
    told = {"run": str(run_id), **ids, "see": SEE}
    log.error("run_died", code=code, **told)
    tell_somebody("run_died", code, told, seldom=True)
