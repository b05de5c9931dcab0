"""A message's whole life over real sockets: sent through the official SDK, reported by the vendor twin, settled in the ledger."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from db.plant import effects
from db.tables.effects import EffectRow
from db.tables.organizations import OrganizationRow
from domain.errors import NoAnswerError
from providers.twilio.messenger import TwilioMessenger
from scripts import twin
from scripts.twin.client import TwinClient
from scripts.twin.config import Config
from tests.support import twilio_api
from tests.support.factories import EffectFactory
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_BASE_URL
from tests.support.stored import awaited, row

LIMIT_S = 5.0


@pytest.fixture
def front(app: Flask) -> Iterator[str]:
    """The web application behind a socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def t(front: str) -> Iterator[TwinClient]:
    """A twin that signs for our public address and calls the local one."""
    with twin.running(Config(accounts={ACCOUNT_SID: AUTH_TOKEN}, routes={PUBLIC_BASE_URL: front}, speed=50)) as client:
        yield client


@pytest.fixture
def effect(organization: OrganizationRow) -> EffectRow:
    return EffectFactory.create(organization_id=organization.id)


def messenger(t: TwinClient) -> TwilioMessenger:
    return TwilioMessenger(twilio_api.settings(t.url, {ACCOUNT_SID: (AUTH_TOKEN,)}), PUBLIC_BASE_URL, LIMIT_S)


def test_a_message_whose_answer_was_lost_is_settled_by_its_report(t: TwinClient, effect: EffectRow) -> None:
    t.misbehave("twilio", "500", "message.create", after_work=True)
    claimed = effects.claim(effect.id, lease_s=30)
    assert claimed
    assert claimed.account == ACCOUNT_SID
    with pytest.raises(NoAnswerError) as raised:
        messenger(t).send(claimed)
    effects.postpone(claimed, raised.value.code, 30, left_the_house=True)

    awaited("SELECT id FROM effects WHERE delivery = 'delivered'")
    [sent] = t.messages()
    final = row("SELECT state, provider, provider_ref, last_error FROM effects")
    assert final == {"state": "sent", "provider": "twilio", "provider_ref": sent["sid"], "last_error": None}
    assert row("SELECT count(*) AS n FROM webhook_events WHERE kind = 'message_status'")["n"] == 2


def test_a_message_that_nobody_took_says_why(t: TwinClient, effect: EffectRow) -> None:
    t.misbehave("twilio", "undelivered", "message.create")
    claimed = effects.claim(effect.id, lease_s=30)
    assert claimed
    messenger(t).send(claimed)

    found = awaited("SELECT delivery, delivery_code FROM effects WHERE delivery = 'undelivered'")
    assert found["delivery_code"] == "30003"
