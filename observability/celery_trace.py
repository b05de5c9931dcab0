"""A task runs under the trace id of its stamp, so that Celery's own lines about it carry the id as well."""

from typing import Any

from celery.signals import task_postrun, task_prerun

from observability import trace


def install() -> None:
    """Connect the signals; may be called again."""
    task_prerun.connect(_begin, weak=False, dispatch_uid="hookline.trace")
    task_postrun.connect(_end, weak=False, dispatch_uid="hookline.trace")


def _begin(task: Any = None, **_: Any) -> None:
    stamps = getattr(task.request, "stamps", None) or {}
    # Celery turns every stamp into a list
    trace.begin(trace.accept(*map(str, stamps.get("trace_id") or ())))


def _end(**_: Any) -> None:
    trace.begin("")
