"""What only the real server can show: raw targets, bodies without a length, bodies that break off."""

import http.client
import socket
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from db.tables.organizations import OrganizationRow
from domain.callback_tokens import callback_url
from tests.support import payloads
from tests.support.deepgram import SECRET_KEY, intake
from tests.support.signing import AUTH_TOKEN, FORM, PUBLIC_BASE_URL, twilio_signature
from tests.support.stored import awaited, count, row

MESSAGE = payloads.twilio("sms_incoming")


@pytest.mark.parametrize(("padding", "status"), [(1_000, 200), (300_000, 413)])
def test_body_without_a_length_is_read_up_to_the_limit(front: str, padding: int, status: int) -> None:
    fields = [*(MESSAGE.fields or ()), ("Padding", "x" * padding)]
    signature = twilio_signature(f"{PUBLIC_BASE_URL}/webhooks/twilio/sms", fields, AUTH_TOKEN)
    connection = http.client.HTTPConnection(urlsplit(front).netloc, timeout=10)
    try:
        connection.request(
            "POST",
            "/webhooks/twilio/sms",
            body=iter([urlencode(fields).encode()]),
            headers={"X-Twilio-Signature": signature, "Content-Type": FORM, "Transfer-Encoding": "chunked"},
            encode_chunked=True,
        )
        assert connection.getresponse().status == status
        if status == 413:
            assert awaited("SELECT body_size FROM quarantine")["body_size"] > 200_000, "what was read is known"
    finally:
        connection.close()


def test_body_that_breaks_off_is_not_stored(front: str, organization: OrganizationRow) -> None:
    url = urlsplit(callback_url(front, SECRET_KEY, intake(organization.id)))
    head = (
        f"POST {url.path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 10000\r\n"
        f"Authorization: {requests.auth._basic_auth_str(url.username or '', url.password or '')}\r\n\r\n"
    )

    assert answer_to(front, head.encode() + payloads.deepgram("short")[:500]).startswith(b"HTTP/1.1 400 ")
    assert count("webhook_events") == 0


def answer_to(front: str, sent: bytes) -> bytes:
    """What the server says to these bytes when nothing follows them."""
    server = urlsplit(front)
    with socket.create_connection((server.hostname or "", server.port or 0), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


@pytest.mark.parametrize("received", [0, 10, 200])
def test_form_that_breaks_off_is_a_bad_request_and_not_a_stranger(front: str, received: int) -> None:
    signature = twilio_signature(f"{PUBLIC_BASE_URL}/webhooks/twilio/sms", MESSAGE.fields or (), AUTH_TOKEN)
    head = (
        f"POST /webhooks/twilio/sms HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: {FORM}\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(MESSAGE.body)}\r\n\r\n"
    )

    assert answer_to(front, head.encode() + MESSAGE.body[:received]).startswith(b"HTTP/1.1 400 ")
    kept = awaited("SELECT octet_length(body) AS body, body_size FROM quarantine")
    assert kept == {"body": received, "body_size": received or len(MESSAGE.body)}, "what came is evidence"


def test_same_call_through_gunicorn_as_through_the_test_client(front: str) -> None:
    """The raw target that is signed over comes from the server, so that it is tried on the real one, escapes and all."""
    path = "/webhooks/twilio/sms?note=%C3%A5%20b&empty=&x=%2F"
    fields = MESSAGE.fields or ()
    signature = twilio_signature(PUBLIC_BASE_URL + path, fields, AUTH_TOKEN)
    answer = requests.post(front + path, data=MESSAGE.body, headers={"X-Twilio-Signature": signature, "Content-Type": FORM}, timeout=10)

    assert (answer.status_code, answer.text) == (200, "<Response></Response>")
    assert row("SELECT trace_id FROM webhook_events")["trace_id"] == answer.headers["X-Trace-Id"]
