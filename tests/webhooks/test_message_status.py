"""What became of a message that we sent: written down whatever the order it comes in, for the effect that its URL names."""

from itertools import permutations
from urllib.parse import urlencode
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from db.tables.effects import EffectRow
from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.factories import EffectFactory
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, FORM, PUBLIC_BASE_URL, changed, post_as_twilio, twilio_signature
from tests.support.stored import count, row

PATH = "/webhooks/twilio/message-status"
LIFE = ["message_sent", "message_undelivered", "message_delivered"]
SID = "SM" + "3" * 32


def fields(name: str, **values: str | None) -> list[tuple[str, str]]:
    return changed(payloads.twilio(name).fields or (), **values)


def url(effect_id: UUID | str) -> str:
    return f"{PATH}?effect={effect_id}"


@pytest.fixture
def effect(organization: OrganizationRow) -> EffectRow:
    """A message whose sender died before it could write the outcome down."""
    return EffectFactory.create(organization_id=organization.id, state="unknown")


def test_a_report_is_answered_204_and_moves_its_effect(client: FlaskClient, effect: EffectRow) -> None:
    answer = post_as_twilio(client, url(effect.id), fields("message_undelivered"))

    assert (answer.status_code, answer.data) == (204, b"")
    found = row("SELECT * FROM effects")
    assert (found["delivery"], found["delivery_code"]) == ("undelivered", "30003")
    assert (found["state"], found["provider"], found["provider_ref"]) == ("sent", "twilio", SID)
    event = row("SELECT * FROM webhook_events")
    assert (event["kind"], event["subject"], event["dedupe_key"]) == ("message_status", SID, f"{SID}:undelivered:{effect.id}")
    assert event["conversation_id"] == str(effect.conversation_id)
    assert count("runs") == 0


def test_a_report_without_an_effect_is_matched_by_the_messages_own_id(client: FlaskClient, organization: OrganizationRow) -> None:
    EffectFactory.create(organization_id=organization.id, state="sent", provider="twilio", provider_ref=SID)

    assert post_as_twilio(client, PATH, fields("message_delivered")).status_code == 204
    assert row("SELECT delivery FROM effects")["delivery"] == "delivered"


NOBODYS = "5233273d-09cd-4d75-a596-7218d597c312"


@pytest.mark.parametrize("query", ["", f"?effect={NOBODYS}", "?effect=", "?effect=nonsense", "?effect=%00", "?other=1"])
def test_a_report_on_a_message_of_nobodys_is_kept(client: FlaskClient, organization: OrganizationRow, query: str) -> None:
    assert post_as_twilio(client, PATH + query, fields("message_sent")).status_code == 204
    assert row("SELECT conversation_id, subject FROM webhook_events") == {"conversation_id": None, "subject": SID}


@pytest.mark.parametrize("order", list(permutations(LIFE)))
def test_any_order_of_arrival_ends_in_the_same_state(client: FlaskClient, effect: EffectRow, order: tuple[str, ...]) -> None:
    for name in [*order, *order[:2]]:
        assert post_as_twilio(client, url(effect.id), fields(name)).status_code == 204

    found = row("SELECT state, delivery, delivery_code FROM effects")
    assert found == {"state": "sent", "delivery": "delivered", "delivery_code": None}
    assert row("SELECT count(*) AS n, sum(duplicate_count) AS again FROM webhook_events") == {"n": 3, "again": 2}


@pytest.mark.parametrize(
    "status",
    ["accepted", "scheduled", "queued", "sending", "sent", "canceled", "failed", "undelivered", "partially_delivered", "delivered", "read"],
)
def test_each_status_of_twilio_is_understood_and_read_outranks_it(client: FlaskClient, effect: EffectRow, status: str) -> None:
    assert post_as_twilio(client, url(effect.id), fields("message_sent", MessageStatus=status)).status_code == 204
    assert row("SELECT delivery FROM effects")["delivery"] == status
    post_as_twilio(client, url(effect.id), fields("message_sent", MessageStatus="read"))
    post_as_twilio(client, url(effect.id), fields("message_sent", MessageStatus=status, ErrorCode="1"))
    assert row("SELECT delivery FROM effects")["delivery"] == "read"


def test_a_report_names_neither_number_and_needs_neither(client: FlaskClient, effect: EffectRow) -> None:
    bare = fields("message_delivered", From=None, To="", MessagingServiceSid=None, RawDlrDoneDate=None, SmsSid=None, ErrorCode="")

    assert post_as_twilio(client, url(effect.id), bare).status_code == 204
    assert row("SELECT delivery_code FROM effects")["delivery_code"] is None


def test_the_effect_of_the_url_is_signed_with_it(client: FlaskClient, effect: EffectRow) -> None:
    form = [*fields("message_sent", AccountSid=None), ("AccountSid", ACCOUNT_SID)]
    headers = {"X-Twilio-Signature": twilio_signature(PUBLIC_BASE_URL + PATH, form, AUTH_TOKEN), "Content-Type": FORM}

    assert client.post(url(effect.id), data=urlencode(form).encode(), headers=headers).status_code == 403
    assert row("SELECT delivery FROM effects")["delivery"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("MessageSid", None),
        ("MessageSid", "SM1"),
        ("MessageSid", "CA" + "1" * 32),
        ("MessageStatus", None),
        ("MessageStatus", "exploded"),
        ("ErrorCode", "x"),
        ("ErrorCode", "9" * 11),
    ],
)
def test_impossible_field_is_named_and_nothing_is_stored(client: FlaskClient, effect: EffectRow, field: str, value: str | None) -> None:
    answer = post_as_twilio(client, url(effect.id), fields("message_sent", **{field: value}))

    assert answer.status_code == 400
    assert answer.json is not None
    assert list(answer.json["errors"]) == [field]
    assert count("webhook_events") == 0
