"""Posts over real sockets as Twilio and Deepgram do."""

from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit

import orjson
import requests

import settings
from db.tables.organizations import OrganizationRow
from domain.callback_tokens import IntakeToken, callback_url
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, FORM, PUBLIC_BASE_URL, twilio_signature

TIMEOUT_S = 30


def send_sms(web_url: str, message_sid: str, text: str, customer: str = "+14155550123") -> requests.Response:
    """A signed incoming SMS."""
    pairs = [
        ("AccountSid", ACCOUNT_SID),
        ("MessageSid", message_sid),
        ("From", customer),
        ("To", "+14155550199"),
        ("Body", text),
        ("NumMedia", "0"),
    ]
    return post_form(web_url, "/webhooks/twilio/sms", pairs)


def post_form(web_url: str, path: str, pairs: Iterable[tuple[str, str]]) -> requests.Response:
    """A signed form."""
    pairs = list(pairs)
    headers = {"X-Twilio-Signature": twilio_signature(PUBLIC_BASE_URL + path, pairs, AUTH_TOKEN), "Content-Type": FORM}
    return requests.post(web_url + path, data=urlencode(pairs).encode(), headers=headers, timeout=TIMEOUT_S)


def intake(web_url: str, organization: OrganizationRow) -> tuple[str, tuple[str, str]]:
    """The organization's standing Deepgram URL on this web process, and its credentials."""
    parts = urlsplit(
        callback_url(PUBLIC_BASE_URL, settings.current().secret_key, IntakeToken(organization.id, organization.intake_version))
    )
    return web_url + parts.path, (parts.username or "", parts.password or "")


def call_back(web_url: str, organization: OrganizationRow, document: dict[str, object]) -> requests.Response:
    """A Deepgram callback for a transcript that nobody asked for."""
    url, credentials = intake(web_url, organization)
    return requests.post(
        url, data=orjson.dumps(document), headers={"Content-Type": "application/json"}, auth=credentials, timeout=TIMEOUT_S
    )
