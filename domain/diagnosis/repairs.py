"""Commands that mend what was found, as a person types them."""

from uuid import UUID

SETUP = "celery -A tasks setup"
RECONCILE = "celery -A tasks reconcile"
PARKED = "celery -A tasks parked"
REFUSED = "celery -A tasks explain-signature --list"
MIGRATE = "alembic upgrade head"
COMMAND = "celery -A tasks "

# the Procfile's own lines: which process takes from which queues
_LIVE, _BATCH = "deliver_now,live,speech,language,records,deliver", "batch"


def retry(run_id: UUID, *, from_the_start: bool = False) -> str:
    """Open a dead run again."""
    return f"celery -A tasks retry {run_id}{' --from transcribe' if from_the_start else ''}"


def replay(id_: UUID | str) -> str:
    """Work something off again, and take it from whoever holds it and is gone."""
    return f"celery -A tasks replay {id_}"


def why(id_: UUID | str) -> str:
    """Look at what it waits for."""
    return f"celery -A tasks why {id_}"


def start_worker(queue: str) -> str:
    """Start the Procfile's process that takes from a queue."""
    name, queues = ("batch", _BATCH) if queue == _BATCH else ("worker", _LIVE)
    return f"celery -A tasks worker -n {name}@%h -Q {queues}"


def command_in(fix: str) -> str | None:
    """The command that a fix ends with, if it has one."""
    began = min((place for word in (COMMAND, MIGRATE) if (place := fix.find(word)) >= 0), default=None)
    return None if began is None else fix[began:]
