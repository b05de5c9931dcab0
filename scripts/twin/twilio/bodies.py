"""Twilio's resources as its API words them, and its pages of them."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlencode

import orjson
from flask import Response, request

from scripts.twin.twilio.store import Call, Message, Recording

API = "2010-04-01"
PAGE_SIZE, MAX_PAGE_SIZE = 50, 1_000
_SEGMENT_CHARS = 153
Body = dict[str, object]


def date(moment: datetime | None) -> str | None:
    """RFC 2822, as in ``Fri, 20 Nov 2026 22:00:00 +0000``."""
    return format_datetime(moment) if moment else None


def message(told: Message) -> Body:
    """A message."""
    uri = f"/{API}/Accounts/{told.account}/Messages/{told.sid}"
    return {
        **_common(told, f"{uri}.json"),
        "body": told.body,
        "date_sent": date(told.sent),
        "error_code": told.error_code,
        "error_message": None,
        "from": told.from_,
        "messaging_service_sid": told.service,
        "num_media": "0",
        "num_segments": str(math.ceil(max(len(told.body), 1) / _SEGMENT_CHARS)),
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": told.to,
    }


def call(told: Call) -> Body:
    """A call."""
    uri = f"/{API}/Accounts/{told.account}/Calls/{told.sid}"
    return {
        **_common(told, f"{uri}.json"),
        "duration": None if told.duration_s is None else str(told.duration_s),
        "end_time": date(told.ended),
        "from": told.from_,
        "parent_call_sid": None,
        "start_time": date(told.created),
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "to": told.to,
    }


def recording(told: Recording) -> Body:
    """A recording, without its media."""
    uri = f"/{API}/Accounts/{told.account}/Recordings/{told.sid}"
    return {
        **_common(told, f"{uri}.json"),
        "call_sid": told.call,
        "channels": told.channels,
        "conference_sid": None,
        "duration": str(told.duration_s) if told.status == "completed" else "-1",
        "encryption_details": None,
        "error_code": None,
        "media_url": f"https://api.twilio.com{uri}",
        "source": told.source,
        "start_time": date(told.created),
        "subresource_uris": {},
    }


def answer(body: Mapping[str, object], status: int = 200) -> Response:
    """JSON."""
    return Response(orjson.dumps(body), status, mimetype="application/json")


def page(key: str, found: list[Body]) -> Response:
    """The page that the query asks for, with the fields that lead to the next one."""
    size = min(_number("PageSize", PAGE_SIZE), MAX_PAGE_SIZE) or PAGE_SIZE
    number = _number("Page", 0)
    start = number * size
    shown = found[start : start + size]
    return answer(
        {
            key: shown,
            "end": start + max(len(shown) - 1, 0),
            "first_page_uri": _uri(size, 0),
            "next_page_uri": _uri(size, number + 1) if start + size < len(found) else None,
            "page": number,
            "page_size": size,
            "previous_page_uri": _uri(size, number - 1) if number else None,
            "start": start,
            "uri": _uri(size, number),
        }
    )


def is_asked_for(values: Mapping[str, str | None], dates: Mapping[str, datetime]) -> bool:
    """Whether a resource passes the filters of the query: equal values; dates equal, ``<`` at or before, ``>`` at or after."""
    if any(request.args.get(name, value) != value for name, value in values.items()):
        return False
    return all(_within(name, moment) for name, moment in dates.items())


def bad_dates(names: Iterable[str]) -> bool:
    """Whether a date filter cannot be read."""
    asked = (request.args.get(name + sign) for name in names for sign in ("", "<", ">"))
    return any(text and _span(text) is None for text in asked)


def _within(name: str, moment: datetime) -> bool:
    # the SDK writes a date as its midnight, so an equal midnight means that day
    on = _span(request.args.get(name, "").removesuffix("T00:00:00Z"))
    until, since = (_span(request.args.get(name + sign, "")) for sign in ("<", ">"))
    return (on is None or on[0] <= moment < on[1]) and (until is None or moment < until[1]) and (since is None or moment >= since[0])


def _span(text: str) -> tuple[datetime, datetime] | None:
    """A day, or a second, as [from, to)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment, moment + (timedelta(seconds=1) if "T" in text else timedelta(days=1))


def _number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdigit() else default


def _uri(size: int, number: int) -> str:
    kept = [(name, value) for name, value in request.args.items() if name not in {"Page", "PageSize", "PageToken"}]
    token = [("PageToken", f"PA{number}")] if number else []
    return f"{request.path}?{urlencode([*kept, ('PageSize', size), ('Page', number), *token])}"


def _common(told: Message | Call | Recording, uri: str) -> Body:
    made: Body = {
        "account_sid": told.account,
        "api_version": API,
        "date_created": date(told.created),
        "date_updated": date(told.created),
        "price": None,
        "price_unit": "USD",
        "sid": told.sid,
        "status": told.status,
        "uri": uri,
    }
    return made if isinstance(told, Recording) else {**made, "direction": told.direction}
