"""A person decides what becomes of an effect that failed or may have happened; pressing twice sends once (I4)."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from db import parked, resends
from db.plant import effects
from db.tables.effects import EffectRow
from db.tables.organizations import OrganizationRow
from domain.chain import EffectState
from domain.errors import RefusedError
from tests.support import chain
from tests.support.factories import EffectFactory, OrganizationFactory, RunFactory, TranscriptFactory, now
from tests.support.stored import count, row, rows

SID = f"SM{'0' * 32}"
BY = "ann"
DECISIONS = (
    partial(resends.enter_again, by=BY),
    partial(resends.settle_as_failed, by=BY),
    partial(resends.settle_as_sent, provider_ref=SID, by=BY),
)


def _parked(organization: OrganizationRow, state: str = "unknown", **values: Any) -> EffectRow:
    return EffectFactory.create(organization_id=organization.id, state=state, last_error="outcome_unknown", finished_at=now(), **values)


def _stored(effect_id: UUID) -> dict[str, Any]:
    return row("SELECT * FROM effects WHERE id = %s", str(effect_id))


def _listed(organization: OrganizationRow) -> list[UUID]:
    return [effect.effect_id for effect in parked.fetch_effects(organization.id, 10)]


@pytest.mark.parametrize("state", ["unknown", "failed"])
def test_it_is_entered_as_an_effect_of_its_own_and_the_old_one_stays(organization: OrganizationRow, state: str) -> None:
    run = RunFactory.create(organization_id=organization.id)
    old = _parked(organization, state, run_id=run.id)
    again = _stored(resends.enter_again(organization.id, old.id, BY))
    assert again["effect_key"] == f"{old.effect_key}:resend:{run.id}"
    assert (again["state"], again["attempts"], again["last_error"]) == ("pending", 0, None)
    copied = ("conversation_id", "transcript_id", "run_id", "kind", "target", "sender", "body", "trace_id")
    assert [again[column] for column in copied] == [_stored(old.id)[column] for column in copied]
    assert _stored(old.id)["state"] == state
    claimed = effects.claim(UUID(again["id"]), lease_s=30)
    assert claimed
    assert not claimed.interrupted, "it is sent, not looked up: the old one would be found"


def test_of_many_who_press_at_once_one_sends(organization: OrganizationRow) -> None:
    old = _parked(organization)

    def press() -> str:
        try:
            return str(resends.enter_again(organization.id, old.id, BY))
        except RefusedError as error:
            return str(error)

    answers = chain.at_once([press] * 6)
    assert count("effects") == 2
    assert sum("was sent again before, as effect" in answer for answer in answers) == 5


def test_one_that_fails_again_may_be_sent_again(organization: OrganizationRow) -> None:
    second = resends.enter_again(organization.id, _parked(organization).id, BY)
    rows("UPDATE effects SET state = 'failed' WHERE id = %s RETURNING id", str(second))
    third = resends.enter_again(organization.id, second, BY)
    assert _stored(third)["effect_key"].count(":resend:") == 2
    assert _listed(organization) == []


@pytest.mark.parametrize("state", ["pending", "sending", "sent", "superseded", "suppressed"])
def test_what_is_no_persons_to_decide_is_refused(organization: OrganizationRow, state: str) -> None:
    effect = _parked(organization, state)
    for decide in (resends.find, *DECISIONS):
        with pytest.raises(RefusedError, match=f"is {state}: only what is failed or unknown"):
            decide(organization.id, effect.id)
    assert (count("effects"), _stored(effect.id)["state"]) == (1, state)


def test_another_organizations_effect_is_not_known(organization: OrganizationRow) -> None:
    theirs = _parked(OrganizationFactory.create())
    for decide in (resends.find, *DECISIONS):
        for effect_id in (theirs.id, uuid4()):
            with pytest.raises(RefusedError, match="in this organization"):
                decide(organization.id, effect_id)


def test_an_answer_that_a_later_turn_has_overtaken_is_refused(organization: OrganizationRow) -> None:
    first = TranscriptFactory.create(organization_id=organization.id)
    second = TranscriptFactory.create(organization_id=organization.id, conversation_id=first.conversation_id, turn=2)
    ids = {"organization_id": organization.id, "conversation_id": first.conversation_id}
    old = EffectFactory.create(**ids, transcript_id=first.id, state="unknown")
    later = EffectFactory.create(**ids, transcript_id=second.id, state="sent")
    told = f"answered since, by effect {later.id}, .* settle {old.id} --failed`, or --sent SID if the vendor has it, takes it off"
    with pytest.raises(RefusedError, match=told):
        resends.find(organization.id, old.id)
    with pytest.raises(RefusedError, match=told):
        resends.enter_again(organization.id, old.id, BY)
    assert count("effects") == 2


def test_what_was_to_be_said_in_a_live_call_is_not_said_later(organization: OrganizationRow) -> None:
    turn = TranscriptFactory.create(organization_id=organization.id, source="live_turn")
    reply = _parked(organization, kind="call_update", conversation_id=turn.conversation_id, transcript_id=turn.id)
    [listed] = parked.fetch_effects(organization.id, 10)
    assert listed.came_to_nothing
    for press in (resends.find, partial(resends.enter_again, by=BY)):
        with pytest.raises(RefusedError, match=f"at its moment, so it is not said again. `celery -A tasks settle {reply.id} --failed`"):
            press(organization.id, reply.id)
    assert count("effects") == 1


def test_the_end_of_a_call_may_be_asked_for_again(organization: OrganizationRow) -> None:
    end = _parked(organization, kind="call_update")
    assert not parked.fetch_effects(organization.id, 10)[0].came_to_nothing
    resends.enter_again(organization.id, end.id, BY)
    assert count("effects") == 2


def test_a_report_that_proves_it_sent_takes_the_decision_away(organization: OrganizationRow) -> None:
    """The report waits for whoever decides, or is seen by them."""
    old = _parked(organization)
    with chain.holding("UPDATE effects SET state = 'sent', provider_ref = 'SM1'"):
        [pressing] = chain.started([partial(resends.enter_again, organization.id, old.id, BY)])
        chain.until_blocked()
    with pytest.raises(RefusedError, match="is sent"):
        pressing.result(10)


class TestSettled:
    """Written down, so that it waits for nobody."""

    def test_as_sent_with_the_message_that_it_became(self, organization: OrganizationRow) -> None:
        effect = _parked(organization)
        resends.settle_as_sent(organization.id, effect.id, SID, BY)
        found = _stored(effect.id)
        assert (found["state"], found["provider"], found["provider_ref"], found["last_error"]) == ("sent", "twilio", SID, None)
        assert _listed(organization) == []

    def test_not_as_the_message_of_another_effect(self, organization: OrganizationRow) -> None:
        EffectFactory.create(organization_id=organization.id, state="sent", provider_ref=SID)
        effect = _parked(organization)
        with pytest.raises(RefusedError, match="the message of another effect"):
            resends.settle_as_sent(organization.id, effect.id, SID, BY)
        assert _stored(effect.id)["state"] == "unknown"

    def test_two_of_one_call_as_that_call(self, organization: OrganizationRow) -> None:
        call = f"CA{'0' * 32}"
        EffectFactory.create(organization_id=organization.id, kind="call_update", state="sent", provider_ref=call)
        effect = _parked(organization, kind="call_update")
        resends.settle_as_sent(organization.id, effect.id, call, BY)
        assert (_stored(effect.id)["state"], _stored(effect.id)["provider_ref"]) == ("sent", call)

    def test_as_failed_for_good(self, organization: OrganizationRow) -> None:
        effect = _parked(organization)
        resends.settle_as_failed(organization.id, effect.id, BY)
        assert (_stored(effect.id)["state"], _stored(effect.id)["last_error"]) == ("failed", "given_up")
        assert _listed(organization) == []
        assert resends.find(organization.id, effect.id) is EffectState.FAILED, "a person may think better of it"
