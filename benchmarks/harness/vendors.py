"""Webhooks as Twilio and Deepgram send them: signed forms, callbacks with the credentials of their URL."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from benchmarks.harness.rig import SECRET_KEY
from domain.callback_tokens import IntakeToken, callback_url
from scripts.twin import config
from scripts.twin.twilio import webhooks

# the number that customers write to
OURS = "+15005550100"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True, slots=True)
class Webhook:
    """What is posted: ``path`` is below the front's base URL."""

    path: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def twilio_form(base_url: str, kind: str, fields: Mapping[str, str]) -> Webhook:
    """A form of one kind, such as ``sms``, signed for the front at this URL with the account's token."""
    path, pairs = f"/webhooks/twilio/{kind}", {"AccountSid": config.ACCOUNT_SID, **fields}
    signature = webhooks.signature(base_url + path, pairs, config.AUTH_TOKEN)
    return Webhook(path, urlencode(pairs).encode(), {"Content-Type": FORM, "X-Twilio-Signature": signature})


def deepgram_callback(intake: IntakeToken, document: bytes) -> Webhook:
    """A document for the organization's standing URL."""
    url = urlsplit(callback_url("http://127.0.0.1", SECRET_KEY, intake))
    credentials = base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
    return Webhook(url.path, document, {"Content-Type": JSON, "Authorization": f"Basic {credentials}"})


def request(port: int, webhook: Webhook) -> bytes:
    """All of it as it goes to a front on this port of loopback."""
    lines = [f"POST {webhook.path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(webhook.body)}"]
    lines += [f"{name}: {value}" for name, value in webhook.headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + webhook.body
