"""A task runs under the trace id of its stamp, so that Celery's own lines about it carry the id as well, in child and parent."""

import logging
from collections.abc import Mapping
from typing import Any

import structlog
from celery.signals import task_postrun, task_prerun, task_received

from observability import context, trace

log = structlog.get_logger()

# Celery's own line about a message comes before anybody knows its stamp: ours stands in its place
RECEIVES = "celery.worker.strategy"


def install() -> None:
    """Connect the signals; may be called again."""
    logging.getLogger(RECEIVES).setLevel(logging.WARNING)
    task_received.connect(_note, weak=False, dispatch_uid="hookline.trace")
    task_prerun.connect(_begin, weak=False, dispatch_uid="hookline.trace")
    task_postrun.connect(_end, weak=False, dispatch_uid="hookline.trace")


def _note(request: Any = None, **_: Any) -> None:
    trace_id = _stamped(request.stamps)
    # the parent speaks of a task again if its child dies or runs out of time
    trace.remember(request.id, trace_id)
    with trace.traced(trace_id):
        log.info("task_received", task=request.name, task_id=request.id, about=request.argsrepr)


def _begin(task: Any = None, **_: Any) -> None:
    trace.begin(_stamped(getattr(task.request, "stamps", None)))
    context.begin()


def _end(**_: Any) -> None:
    trace.begin("")
    context.end()


def _stamped(stamps: Mapping[str, Any] | None) -> str:
    # a plain signature carries its stamp as it was given, the members of a chain carry it in a list
    stamp = (stamps or {}).get("trace_id") or ()
    return trace.accept(*([stamp] if isinstance(stamp, str) else stamp))
