"""Sentry for web and worker, loaded only if SENTRY_DSN is set; an event carries code positions and ids, never words or numbers."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport
from sentry_sdk.types import Event, Hint

import domain.errors
from domain.vendors import Vendor
from observability import context, trace
from observability.redaction import LEFT_OUT, clean

# what Sentry itself needs as it is: ids, times, code positions
KEPT = ("event_id", "timestamp", "platform", "level", "sdk", "release", "environment", "modules")

# a tag of Sentry's, and what the lines call it
TAGS = {"stage": "stage", "vendor": "integration", "organization": "organization", "conversation": "conversation", "run": "run"}


def setup(dsn: str, environment: str, process: str, transport: type[Transport] | Transport | None = None) -> None:
    """Report to this DSN from now on. ``transport`` is for tests."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=f"hookline@{version('hookline')}",
        transport=transport,
        # only what we name: the automatic ones would import every vendor's client into the front
        auto_enabling_integrations=False,
        integrations=[
            FlaskIntegration(transaction_style="url"),
            CeleryIntegration(propagate_traces=False),
            LoggingIntegration(level=None, event_level=None),
        ],
        # personal data stays off by default (2.75 warns when send_default_pii=False says so); spotlight would switch it on
        spotlight=False,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        trace_propagation_targets=[],
        before_send=before_send,
    )
    sentry_sdk.set_tag("process", process)


def tell(event: str, about: str, fields: Mapping[str, object], error: Exception | None = None) -> None:
    """Send an event, one issue for each (event, about): where an error happened, or the event's name if it is none."""
    with sentry_sdk.new_scope() as scope:
        scope.fingerprint = [event, about]
        scope.set_context("hookline", {"about": about, **fields})
        scope.set_tags({"code": about, **{name: str(fields[name]) for name in ("stage", "vendor") if name in fields}, **_vendor_in(about)})
        if error:
            sentry_sdk.capture_exception(error)
        else:
            sentry_sdk.capture_message(f"{event}: {about}", level="error")


def wait(seconds: float) -> None:
    """Wait until what was told has left, for so long at most."""
    sentry_sdk.flush(timeout=seconds)


def before_send(event: Event, _hint: Hint) -> Event | None:
    """The event without a caller's words: request reduced to its method, messages only of our own errors, everything scrubbed."""
    told: dict[str, Any] = dict(event)
    kept = {name: told.pop(name) for name in KEPT if name in told}
    told["request"] = {"method": told.get("request", {}).get("method")}
    for exception in told.get("exception", {}).get("values", ()):
        _silence(exception)
    told.pop("breadcrumbs", None)
    cleaned = clean(told)
    if not isinstance(cleaned, dict):
        return None
    cleaned["tags"] = {**_known(), **(cleaned.get("tags") or {}), "trace_id": trace.current()}
    return {**kept, **cleaned}  # type: ignore[return-value]  # Sentry's TypedDict, rebuilt


def _known() -> dict[str, str]:
    """What the work at hand is about, under the names that an alert can be cut by."""
    about = context.current()
    return {tag: about[name] for tag, name in TAGS.items() if about.get(name)}


def _vendor_in(code: str) -> dict[str, str]:
    """The vendor that a code of ours begins with, as in ``openai:rate_limited``."""
    vendor = code.partition(":")[0]
    return {"vendor": vendor} if vendor in set(Vendor) else {}


def _silence(exception: dict[str, Any]) -> None:
    """Leave the message of a foreign exception out: it may quote what a caller said."""
    if exception.get("module") != domain.errors.__name__:
        exception["value"] = LEFT_OUT
    exception.get("mechanism", {}).pop("data", None)
