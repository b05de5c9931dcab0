"""Posts as the vendors post: Deepgram with the callback URL's credentials, Twilio with its signature."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import requests

from scripts.demo.calls import Call
from scripts.stack.card import Card
from scripts.stack.errors import StackError

TIMEOUT_S = 10
SMS_PATH = "/webhooks/twilio/sms"


@dataclass(frozen=True, slots=True)
class Posted:
    """A call that was taken in; ``server_ms`` is the front's own Server-Timing by phase."""

    call: Call
    status: int
    answer_ms: float
    server_ms: Mapping[str, float]


def send_deepgram(call: Call, card: Card) -> Posted:
    """Deepgram's callback. Raises StackError if it is refused."""
    url = urlsplit(card.deepgram_callback_url)
    here = urlsplit(card.web_url)  # the public address may be a tunnel; what we send stays on this machine
    target = urlunsplit(url._replace(scheme=here.scheme, netloc=here.netloc))
    session = requests.Session()
    session.auth = (url.username or "", url.password or "")
    return _post(call, session, requests.Request("POST", target, json=call.payload))


def send_sms(call: Call, card: Card) -> Posted:
    """Twilio's webhook for an incoming message. Raises StackError if it is refused."""
    form = {name: str(value) for name, value in call.payload.items()}
    signature = sign(f"{card.public_base_url.rstrip('/')}{SMS_PATH}", form, card.twilio_auth_token)
    request = requests.Request("POST", f"{card.web_url}{SMS_PATH}", data=form, headers={"X-Twilio-Signature": signature})
    return _post(call, requests.Session(), request)


def sign(url: str, form: Mapping[str, str], token: str) -> str:
    """Twilio's classic signature: HMAC-SHA1 over the URL and every field, sorted by name."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _post(call: Call, session: requests.Session, request: requests.Request) -> Posted:
    with session:
        prepared = session.prepare_request(request)
        begin = time.perf_counter()
        try:
            answer = session.send(prepared, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            raise StackError(f"{call.title} could not be delivered ({type(error).__name__}): see .run/logs/web.log.") from error
        taken_ms = (time.perf_counter() - begin) * 1000
    if not answer.ok:
        raise StackError(f"{call.title} was refused with {answer.status_code}: {answer.text[:300]}\nSee .run/logs/web.log.")
    return Posted(call, answer.status_code, taken_ms, _phases(answer.headers.get("Server-Timing", "")))


def _phases(header: str) -> dict[str, float]:
    parts = (part.strip().partition(";dur=") for part in header.split(","))
    return {name: float(duration) for name, _, duration in parts if duration}
