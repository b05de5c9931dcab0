"""Tells somebody of what is no crash but must not wait until somebody reads the logs."""

from collections.abc import Mapping
from importlib import import_module

import settings


def tell_somebody(event: str, about: str, fields: Mapping[str, object]) -> None:
    """Report an event to Sentry, if there is one; ``about`` keeps reports of different things apart. Ids and short words only."""
    if settings.current().sentry_dsn:
        import_module("observability.sentry").tell(event, about, fields)
