"""JSON lines on stdout, one shape for our own events and for those of the libraries: ts, level, event, trace_id, ids as fields."""

import logging
import sys
from collections.abc import MutableMapping
from traceback import extract_tb
from types import TracebackType
from typing import Any

import orjson
import structlog

from domain.errors import HooklineError
from observability import context, trace
from observability.redaction import LEFT_OUT, clean, clean_field

Event = MutableMapping[str, Any]

FRAMES_KEPT = 6
# Libraries that tell an operator something at INFO; all others speak from WARNING on.
TALKATIVE = ("celery", "gunicorn", "kombu.mixins", "alembic.runtime.migration")
# These bring handlers of their own, which would print each line twice and not as JSON.
SELF_MADE = ("gunicorn.error", "gunicorn.access")
# What Celery's own lines carry of a task's work: none of it is for a log.
WORDS_OF_A_TASK = ("args", "kwargs", "return_value", "traceback")


class Lines:
    """Writes finished lines to whatever stdout is now; one write per line, so that lines of threads do not mix."""

    def msg(self, line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = exception = log = msg


class _Handler(logging.Handler):
    """Takes what libraries log through the same processors."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            _LINES.msg(_line(record))
        except Exception:  # noqa: BLE001 - logging must never break the work that it tells of; Handler's own way out
            self.handleError(record)


def setup(level: str) -> None:
    """Log as JSON from now on; may be called again."""
    structlog.configure(
        processors=[*_PROCESSORS],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: _LINES,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _Handler | logging.StreamHandler)] + [_Handler()]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(level)
    for name in SELF_MADE:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.captureWarnings(capture=True)


def _line(record: logging.LogRecord) -> str:
    event: Event = {"event": _message(record), "logger": record.name, "exc_info": record.exc_info}
    if not trace.current():
        event["trace_id"] = trace.of_work(*_words(record.args))
    for processor in _PROCESSORS[:-1]:
        event = processor(None, record.levelname.lower(), event)
    return _render(None, "", event)


def _message(record: logging.LogRecord) -> str:
    """The record's text, with exceptions in it named by their class: what an exception says may be what a caller said."""
    record.args = _safe(record.args)
    return record.getMessage()


def _words(args: Any) -> tuple[object, ...]:
    """The parts of a line, in which Celery names the task that it speaks of."""
    return args if isinstance(args, tuple) else (args.get("id"),) if isinstance(args, dict) else ()


def _safe(args: Any) -> Any:
    if isinstance(args, tuple):
        return tuple(_class_of(part) for part in args)
    if isinstance(args, dict) and "exc" in args:
        return args | dict.fromkeys(WORDS_OF_A_TASK, "") | {"exc": str(args["exc"]).partition("(")[0]}
    if isinstance(args, dict) and "return_value" in args:
        return args | dict.fromkeys(WORDS_OF_A_TASK, "")
    return args


def _class_of(part: object) -> object:
    told = getattr(part, "exception", part)  # billiard wraps an exception together with its traceback
    return type(told).__name__ if isinstance(told, BaseException) else part


def _name_level(_logger: object, method: str, event: Event) -> Event:
    event["level"] = {"warn": "warning", "exception": "error", "fatal": "critical"}.get(method, method)
    return event


def _trace(_logger: object, _method: str, event: Event) -> Event:
    event.setdefault("trace_id", trace.current())
    for name, value in context.current().items():
        event.setdefault(name, value)
    return event


def _tell_error(_logger: object, _method: str, event: Event) -> Event:
    """Turn ``exc_info`` into the error's class and where it happened; its message only if it is one of ours."""
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given else None
    # what comes out of a pool child is wrapped by billiard
    error = getattr(error, "exc", error)
    if error is not None:
        event["error"] = type(error).__name__
        event["error_detail"] = str(error) if isinstance(error, HooklineError) else LEFT_OUT
        event["frames"] = _frames(error.__traceback__)
    return event


def _frames(traceback: TracebackType | None) -> list[str]:
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in extract_tb(traceback)[-FRAMES_KEPT:]]


def _redact(_logger: object, _method: str, event: Event) -> Event:
    return {name: clean(value) if name == "event" else clean_field(name, value) for name, value in event.items()}


def _render(_logger: object, _method: str, event: Event) -> str:
    ordered = {name: event.pop(name) for name in ("ts", "level", "event", "trace_id")} | dict(event)
    return orjson.dumps(ordered, default=str).decode()


_stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts")
_LINES = Lines()
_PROCESSORS: Any = (_name_level, _trace, _tell_error, _redact, _stamp, _render)
