"""Signs and posts as the vendors do; independent of the code under test."""

import base64
import hmac
from collections.abc import Iterable
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PUBLIC_BASE_URL = "https://hookline.example"
ACCOUNT_SID = "ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
AUTH_TOKEN = "test_auth_token_00000000000000000"
FORM = "application/x-www-form-urlencoded"

Fields = Iterable[tuple[str, str]]


def twilio_signature(url: str, fields: Fields, secret: str, digest: str = "sha1") -> str:
    """The signature as Twilio's security page defines it: URL, then every name and value, sorted."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), digest).digest()).decode()


def post_as_twilio(client: FlaskClient, path: str, fields: Fields, secret: str = AUTH_TOKEN, **headers: str) -> TestResponse:
    """Post a form signed for the route's own public URL. Header names may use underscores."""
    pairs = [(name, value) for name, value in fields if name != "AccountSid"] + [("AccountSid", ACCOUNT_SID)]
    signature = twilio_signature(PUBLIC_BASE_URL + path, pairs, secret)
    sent = {"X-Twilio-Signature": signature, "Content-Type": FORM} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, data=urlencode(pairs).encode(), headers=sent)


def changed(fields: Fields, **values: str | None) -> list[tuple[str, str]]:
    """The form with some fields set anew; None drops one."""
    kept = [(name, value) for name, value in fields if name not in values]
    return kept + [(name, value) for name, value in values.items() if value is not None]
