"""Webhooks as Twilio sends them: signed, repeated as the URL's fragment says, in no promised order."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from scripts.twin.post import Delivery, Outcome

# twilio.com/docs/usage/webhooks/webhooks-connection-overrides
DEFAULT_TRIES, MAX_TRIES = 1, 5
DEFAULT_CONNECT_MS, DEFAULT_READ_MS, DEFAULT_TOTAL_MS = 5_000, 15_000, 15_000
GAP_S = 1.0  # how far apart the tries are is not documented
ABOUT = ("CallSid", "RecordingSid", "MessageSid", "CallStatus", "MessageStatus", "DialCallStatus", "TranscriptionEvent")
MESSAGING = ("sms", "message_status")  # all others are voice


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the fragment of a webhook's URL asks for."""

    tries: int
    on: frozenset[str]
    timeout_s: tuple[float, float]


def overrides(url: str) -> Overrides:
    """Read ``#rc=…&rp=…&ct=…&rt=…&tt=…``; without them one more try, and only if no connection came about."""
    told = {name: values[-1] for name, values in parse_qs(urlsplit(url).fragment).items()}
    on = frozenset(told.get("rp", "ct").split(","))
    read_ms = min(_number(told, "rt", DEFAULT_READ_MS), _number(told, "tt", DEFAULT_TOTAL_MS))
    return Overrides(
        tries=min(_number(told, "rc", DEFAULT_TRIES), MAX_TRIES),
        on=on | {"4xx", "5xx", "ct", "rt"} if "all" in on else on,
        timeout_s=(_number(told, "ct", DEFAULT_CONNECT_MS) / 1000, read_ms / 1000),
    )


def webhook(kind: str, url: str, fields: Mapping[str, str], token: str) -> Delivery:
    """A signed webhook. The fragment is neither sent nor signed; its idempotency token is the same on every try."""
    asked = overrides(url)
    bare = urlunsplit(urlsplit(url)._replace(fragment=""))
    idempotency = str(uuid.uuid4())
    return Delivery(
        vendor="twilio",
        operation=f"webhook.{kind}",
        url=bare,
        method="POST",
        body=urlencode(fields).encode(),
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": idempotency,
            "X-Twilio-Signature": signature(signed_url(bare, is_voice=kind not in MESSAGING), fields, token),
        },
        about={name: fields[name] for name in ABOUT if name in fields},
        repeat_if=partial(_asks_for_more, asked.on),
        tries=asked.tries,
        gap_s=GAP_S,
        timeout_s=asked.timeout_s,
    )


def signed_url(url: str, *, is_voice: bool) -> str:
    """What Twilio signs: never the userinfo; for voice over https no port either."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if is_voice and parts.scheme == "https" and parts.port is not None:
        host = host.rpartition(":")[0]
    return urlunsplit(parts._replace(netloc=host))


def signature(url: str, fields: Mapping[str, str], token: str) -> str:
    """HMAC-SHA1 over the URL and every name and value, sorted by name."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _asks_for_more(on: frozenset[str], outcome: Outcome) -> bool:
    if outcome.status is None:
        return outcome.fault in on
    return f"{outcome.status // 100}xx" in on


def _number(told: Mapping[str, str], name: str, default: int) -> int:
    text = told.get(name, "")
    return int(text) if text.isdigit() else default
