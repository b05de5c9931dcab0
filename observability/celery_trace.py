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
    # a plain signature carries its stamp as it was given, the members of a chain carry it in a list
    stamp = stamps.get("trace_id") or ()
    trace.begin(trace.accept(*([stamp] if isinstance(stamp, str) else stamp)))


def _end(**_: Any) -> None:
    trace.begin("")
