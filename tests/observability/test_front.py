"""A real front: what makes it crash is told to Sentry under the request's trace id, and not a word of the caller."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from db.tables.organizations import OrganizationRow
from tests.observability.canary import NUMBER, WORDS
from tests.observability.test_worker import START_S, Sink
from tests.support import processes
from tests.support.signing import AUTH_TOKEN, FORM, PUBLIC_BASE_URL, twilio_signature
from tests.support.stored import rows

PATH = "/webhooks/twilio/sms"


@pytest.fixture
def sink() -> Iterator[Sink]:
    """Where Sentry would be."""
    with Sink() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def no_place_for_events() -> Iterator[None]:
    """Somebody's rule lets no delivery in: to the front that is a bug, no outage."""
    rows("ALTER TABLE webhook_events ADD CONSTRAINT lets_nothing_in CHECK (false) NOT VALID; SELECT 1")
    yield
    rows("ALTER TABLE webhook_events DROP CONSTRAINT lets_nothing_in; SELECT 1")


def test_a_crash_of_the_front_reaches_sentry_without_the_words(
    organization: OrganizationRow, sink: Sink, no_place_for_events: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_DSN", f"http://public@127.0.0.1:{sink.server_port}/1")
    pairs = [("AccountSid", str(organization.twilio_account_sid)), ("MessageSid", f"SM{uuid4().hex}"), ("From", NUMBER), ("To", NUMBER)]
    pairs += [("Body", WORDS), ("NumMedia", "0")]
    signed = {"X-Twilio-Signature": twilio_signature(PUBLIC_BASE_URL + PATH, pairs, AUTH_TOKEN), "Content-Type": FORM}
    with processes.front(tmp_path) as (url, process):
        answer = requests.post(url + PATH, data=dict(pairs), headers=signed | {"X-Trace-Id": "trace-of-the-crash"}, timeout=30)
        assert sink.arrived.wait(START_S), "Sentry was told nothing"
    assert answer.status_code == 500
    sent = b"".join(sink.bodies).decode()
    event = json.loads(next(line for line in sent.splitlines() if '"exception"' in line))
    assert (event["tags"]["trace_id"], event["tags"]["process"], event["tags"]["vendor"]) == ("trace-of-the-crash", "web", "twilio")
    assert event["tags"]["organization"] == str(organization.id)
    assert (event["request"], event["environment"], event["release"].partition("@")[0]) == ({"method": "POST"}, "test", "hookline")
    told = sent + process.log.read_text(encoding="utf-8") + answer.text
    assert [canary for canary in (WORDS, "chest", NUMBER, NUMBER[2:], '"vars"') if canary in told] == []
