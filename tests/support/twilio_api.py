"""What Twilio's REST API says, and the settings that point at a server of ours instead of it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import orjson

from settings import TwilioSettings
from tests.support.recorded_server import Handler, answer

ACCOUNT = "AC" + "a1" * 16
TOKEN = "newest-token"
MESSAGE, CALL, RECORDING = "SM" + "1" * 32, "CA" + "2" * 32, "RE" + "3" * 32
LIMIT_S = 5.0
Answer = Callable[[Handler], None]
RESOURCES = f"/2010-04-01/Accounts/{ACCOUNT}"


def as_json(body: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer. Header names may use underscores."""
    return answer(status, orjson.dumps(body), {name.replace("_", "-"): value for name, value in headers.items()})


def settings(base_url: str, accounts: Mapping[str, tuple[str, ...]] | None = None, max_bytes: int = 1_000_000) -> TwilioSettings:
    """Settings that know one account, whose API is at this URL."""
    return TwilioSettings(accounts or {ACCOUNT: (TOKEN,)}, base_url, sends_sms=True, recording_max_bytes=max_bytes, concurrency=10)


def message(sid: str = MESSAGE, *, created: datetime | None = None, **more: Any) -> dict[str, Any]:
    """A message resource as the API words it."""
    when = format_datetime(created or datetime.now(UTC))
    body = {"sid": sid, "account_sid": ACCOUNT, "to": "+15005550199", "from": "+15005550100", "body": "Thank you.", "status": "queued"}
    return {**body, "direction": "outbound-api", "date_created": when, "date_sent": None, "error_code": None} | more


def recording(sid: str = RECORDING, *, created: datetime | None = None, **more: Any) -> dict[str, Any]:
    """A recording resource as the API words it."""
    when = format_datetime(created or datetime.now(UTC))
    body = {"sid": sid, "account_sid": ACCOUNT, "call_sid": CALL, "status": "completed", "duration": "61", "channels": 2}
    return {**body, "date_created": when} | more


def page(key: str, *resources: dict[str, Any], next_page: str | None = None) -> Answer:
    """One page of a list."""
    return as_json({key: list(resources), "next_page_uri": next_page, "page": 0, "page_size": 100, "uri": "/", "start": 0, "end": 0})


def error(status: int, code: int, **headers: str) -> Answer:
    """An error in the older shape."""
    return as_json({"code": code, "message": "to +15005550199", "more_info": "", "status": status}, status, **headers)


def problem(status: int, code: int, **headers: str) -> Answer:
    """An error in the shape of RFC 9457."""
    return as_json({"type": "about:blank", "title": "No", "detail": "to +15005550199", "status": status, "code": code}, status, **headers)
