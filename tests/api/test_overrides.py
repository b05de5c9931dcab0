"""An operator steps in: what the state of a conversation does not allow is refused and changes nothing; what is done is written down."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from domain.emergencies.escalation import CALLS_AGAIN_AFTER_S
from domain.statuses import CONVERSATION_MOVES, ConversationStatus, Phase
from tasks import deliver
from tests.support.factories import ConversationFactory, EffectFactory, now
from tests.support.fake_messenger import FakeMessenger
from tests.support.invariants import assert_they_hold
from tests.support.stored import count, row, rows

ON_CALL = "+15005550111"
REASON = {"reason": "sounded frightened"}


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> FakeMessenger:
    """The messenger of the test."""
    fake = FakeMessenger()
    monkeypatch.setattr("providers.registry.messenger", lambda _: fake)
    return fake


@pytest.fixture
def organization(organization: OrganizationRow) -> OrganizationRow:
    """One that named somebody to call."""
    rows(f'UPDATE organizations SET settings = settings || \'{{"on_call": "{ON_CALL}"}}\' RETURNING id')  # noqa: S608 - our own number
    return organization


def _call(organization: OrganizationRow, **more: Any) -> UUID:
    standing = {"status": "in_progress", "phase": "intake"} | more
    return ConversationFactory.create(organization_id=organization.id, **standing).id


def _act(client: FlaskClient, conversation: UUID, act: str, body: dict[str, Any] | None = None) -> int:
    return client.post(f"/v1/conversations/{conversation}/{act}", json=REASON if body is None else body).status_code


@pytest.mark.parametrize("phase", Phase)
def test_an_escalation_is_made_in_any_phase(api_client: FlaskClient, organization: OrganizationRow, phase: Phase) -> None:
    conversation = _call(organization, phase=phase, escalated_at=now() if phase is Phase.ESCALATION else None)
    assert _act(api_client, conversation, "escalate") == 202
    found = row("SELECT phase, escalation_reason, escalated_at IS NOT NULL AS escalated FROM conversations")
    assert found == {"phase": "escalation", "escalation_reason": "operator", "escalated": True}
    effect = row("SELECT effect_key, kind, target, state FROM effects")
    assert effect == {"effect_key": f"conversation:{conversation}:escalation", "kind": "escalation", "target": ON_CALL, "state": "pending"}
    assert_they_hold()


def test_whoever_only_asked_for_a_person_may_still_be_called_for(api_client: FlaskClient, organization: OrganizationRow) -> None:
    conversation = _call(organization, phase="escalation", escalation_reason="asked_for_person", escalated_at=now())
    assert [_act(api_client, conversation, "escalate") for _ in range(2)] == [202, 409]
    assert (count("effects"), count("audits")) == (1, 1)


def _called(organization: OrganizationRow, conversation: UUID, **more: Any) -> UUID:
    """Somebody was called before, by the front."""
    key = f"conversation:{conversation}:escalation"
    rows("UPDATE conversations SET phase = 'escalation', escalated_at = clock_timestamp(), escalation_reason = 'violence' RETURNING id")
    told = {"organization_id": organization.id, "conversation_id": conversation, "kind": "escalation", "effect_key": key} | more
    return EffectFactory.create(**told).id


@pytest.mark.parametrize("state", ["pending", "sending", "sent"])
def test_who_was_called_is_not_called_again(api_client: FlaskClient, organization: OrganizationRow, state: str) -> None:
    conversation = _call(organization)
    _called(organization, conversation, state=state, delivery="delivered")
    before = row("SELECT * FROM conversations")
    assert _act(api_client, conversation, "escalate") == 409
    assert (row("SELECT * FROM conversations"), count("audits"), count("effects")) == (before, 0, 1)


@pytest.mark.parametrize(
    "ended", [{"state": "failed"}, {"state": "unknown"}, {"state": "suppressed"}, {"state": "sent", "delivery": "undelivered"}]
)
def test_who_was_never_reached_is_called_again(api_client: FlaskClient, organization: OrganizationRow, ended: dict[str, str]) -> None:
    conversation = _call(organization)
    more = {"attempts": 1, "last_error": None if ended["state"] == "sent" else "x", "finished_at": now(), "provider_ref": "SM1"}
    first = _called(organization, conversation, **more | ended)
    assert [_act(api_client, conversation, "escalate") for _ in range(2)] == [202, 409]
    again = row("SELECT effect_key, state, target FROM effects WHERE id <> %s", str(first))
    assert again == {"effect_key": f"conversation:{conversation}:escalation:resend:1", "state": "pending", "target": ON_CALL}
    assert_they_hold()


def test_a_lesser_call_is_no_call_for_help(api_client: FlaskClient, organization: OrganizationRow) -> None:
    conversation = _call(organization)
    _called(organization, conversation, effect_key=f"conversation:{conversation}:assistant_asks")
    assert _act(api_client, conversation, "escalate") == 202


def test_of_a_thread_that_was_called_for_long_ago_a_person_is_called_again(api_client: FlaskClient, organization: OrganizationRow) -> None:
    conversation = _call(organization, channel="sms")
    long_ago = now() - timedelta(seconds=CALLS_AGAIN_AFTER_S + 60)
    _called(organization, conversation, state="sent", attempts=1, provider_ref="SM1", finished_at=long_ago, created_at=long_ago)
    assert [_act(api_client, conversation, "escalate") for _ in range(2)] == [202, 409]
    assert_they_hold()


def test_without_anybody_to_call_nothing_is_written(api_client: FlaskClient, organization: OrganizationRow) -> None:
    rows("UPDATE organizations SET settings = settings - 'on_call' RETURNING id")
    conversation = _call(organization)
    answer = api_client.post(f"/v1/conversations/{conversation}/escalate", json=REASON)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "conflict")
    assert answer.get_json()["detail"].startswith("nobody is on call: set on_call or front_desk")
    assert (count("audits"), count("effects"), row("SELECT phase FROM conversations")["phase"]) == (0, 0, "intake")


def test_the_front_desk_is_called_where_nobody_is_on_call_and_is_told_whom_to_call_back(
    api_client: FlaskClient, organization: OrganizationRow
) -> None:
    rows("UPDATE organizations SET settings = settings - 'on_call' || jsonb_build_object('front_desk', '+15005550122') RETURNING id")
    conversation = _call(organization, their_number="+15005550199")
    assert _act(api_client, conversation, "escalate") == 202
    told = row("SELECT target, body FROM effects")
    assert told["target"] == "+15005550122"
    assert told["body"].endswith("Call them back: +15005550199")


@pytest.mark.parametrize(("state", "times"), [("pending", 1), ("sending", 1), ("sent", 1), ("failed", 2), ("unknown", 2)])
def test_an_end_that_failed_is_tried_again(api_client: FlaskClient, organization: OrganizationRow, state: str, times: int) -> None:
    conversation = _call(organization)
    assert _act(api_client, conversation, "end") == 202
    rows("UPDATE effects SET state = %s RETURNING id", state)
    assert _act(api_client, conversation, "end") == 202
    found = rows("SELECT effect_key, settled_at IS NOT NULL AS settled FROM effects ORDER BY created_at")
    assert len(found) == times
    assert [each["effect_key"].split(":", 2)[2] for each in found] == ["end", "end:resend:1"][:times]
    assert found[0]["settled"] == (state in {"failed", "unknown"})


@pytest.mark.parametrize("status", ConversationStatus)
def test_a_call_is_ended_where_the_table_allows_it(
    api_client: FlaskClient, organization: OrganizationRow, status: ConversationStatus
) -> None:
    conversation = _call(organization, status=status)
    allowed = ConversationStatus.COMPLETED in CONVERSATION_MOVES[status]
    assert _act(api_client, conversation, "end") == (202 if allowed else 409)
    assert (count("audits"), count("effects")) == ((1, 1) if allowed else (0, 0))


def test_what_was_done_says_who_and_why(api_client: FlaskClient, organization: OrganizationRow) -> None:
    conversation = _call(organization)
    _act(api_client, conversation, "escalate")
    _act(api_client, conversation, "end")
    key = row("SELECT id FROM api_keys")["id"]
    noted = rows("SELECT actor, act, subject, subject_id, reason FROM audits ORDER BY at")
    told = {"actor": key, "subject": "conversation", "subject_id": str(conversation), "reason": REASON["reason"]}
    assert noted == [told | {"act": "conversation.escalate"}, told | {"act": "conversation.end"}]


def test_a_live_call_is_ended_by_an_effect(api_client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger) -> None:
    conversation = _call(organization)
    _act(api_client, conversation, "end")
    assert deliver.deliver(row("SELECT id FROM effects")["id"]) == "sent"
    [ended] = vendor.sent
    assert (ended.kind, ended.answers, ended.target) == ("call_update", None, row("SELECT provider_ref FROM conversations")["provider_ref"])
    assert_they_hold()


def test_asked_for_twice_a_call_is_ended_once(api_client: FlaskClient, organization: OrganizationRow) -> None:
    conversation = _call(organization)
    assert [_act(api_client, conversation, "end") for _ in range(2)] == [202, 202]
    assert (count("effects"), count("audits")) == (1, 2)


def test_a_thread_cannot_be_ended(api_client: FlaskClient, organization: OrganizationRow) -> None:
    answer = api_client.post(f"/v1/conversations/{_call(organization, channel='sms')}/end", json=REASON)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "conflict")
    assert "only a call can be ended" in answer.get_json()["detail"]


@pytest.mark.parametrize("act", ["escalate", "end"])
def test_somebody_elses_conversation_is_not_found(api_client: FlaskClient, act: str) -> None:
    foreign = ConversationFactory.create(status="in_progress").id
    assert [_act(api_client, conversation, act) for conversation in (foreign, uuid4())] == [404, 404]
    assert count("audits") == 0


@pytest.mark.parametrize("act", ["escalate", "end"])
@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 501}, {"reason": "a\0b"}, {"reason": "x", "by": "me"}])
def test_a_reason_must_be_given(api_client: FlaskClient, organization: OrganizationRow, act: str, body: dict[str, Any]) -> None:
    assert _act(api_client, _call(organization), act, body) == 422
    assert (count("audits"), count("effects")) == (0, 0)


@pytest.mark.parametrize("act", ["escalate", "end"])
def test_nobody_steps_in_without_a_key(client: FlaskClient, organization: OrganizationRow, act: str) -> None:
    assert _act(client, _call(organization), act) == 401
