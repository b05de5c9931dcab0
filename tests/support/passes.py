"""The reconciler's passes as tests ring for them, and what one leaves behind."""

from typing import Any

from tasks.reconciliation import task
from tests.support.stored import row, rows

LONG_AGO = "UPDATE organizations SET created_at = created_at - interval '30 days' RETURNING id"


def beat() -> str:
    """It rings, five minutes later."""
    rows("DELETE FROM periodic_tasks RETURNING name")
    return str(task.reconcile_all())


def mark(kind: str = "messages") -> Any:
    """How far a list was asked for."""
    return row("SELECT seen_through FROM watermarks WHERE kind = %s", kind)["seen_through"]


def beat_hours_ago(hours: int) -> None:
    """The last pass was so long ago."""
    beat()
    rows("UPDATE watermarks SET seen_through = seen_through - make_interval(hours => %s) RETURNING kind", hours)


def place(kind: str = "messages") -> Any:
    """Where a list goes on."""
    return row("SELECT resume_at FROM watermarks WHERE kind = %s", kind)["resume_at"]


def place_through(kind: str = "messages") -> Any:
    """How far its watermark will move then."""
    return row("SELECT resume_through FROM watermarks WHERE kind = %s", kind)["resume_through"]


def mark_after_a_pass(kind: str = "messages") -> Any:
    """How far a list was asked for in a first pass."""
    beat()
    return mark(kind)
