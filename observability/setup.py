"""One entry point for every process: create_app() and the Celery worker call it, a second time without harm."""

from importlib import import_module
from typing import Literal

import settings
from observability import celery_trace, logs


def setup(process: Literal["web", "worker"]) -> None:
    """Logs, error reports and, in a worker, the trace id of the task at hand. Raises SettingsError."""
    current = settings.current()
    logs.setup(current.log_level)
    if current.sentry_dsn:
        # loaded only where it is used: the SDK is a fifth of the front's start
        import_module("observability.sentry").setup(current.sentry_dsn, current.environment, process)
    if process == "worker":
        celery_trace.install()
