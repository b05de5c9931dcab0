"""The ledger of what leaves the house: once, or looked up first (I4); one voice at a time (I9)."""

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from db.plant import effects
from db.tables.effects import EffectRow
from domain.chain import EffectState
from domain.errors import LeaseLost, StoreUnavailable
from domain.runs import Effect, LiveTurn
from tests.support import chain
from tests.support.factories import ConversationFactory, EffectFactory, OrganizationFactory, TranscriptFactory
from tests.support.sessions import session
from tests.support.stored import count, row, rows

SENT = EffectState.SENT


def _claim(effect_id: UUID) -> Effect:
    found = effects.claim(effect_id, lease_s=30)
    assert found
    return found


def _row() -> dict[str, Any]:
    return row("SELECT *, clock_timestamp() AS now FROM effects")


def _lease_ran_out() -> None:
    rows("UPDATE effects SET lease_until = clock_timestamp() - interval '1 second' RETURNING id")


def test_one_of_many_claimers_wins() -> None:
    effect = EffectFactory.create()
    answers = chain.at_once([partial(effects.claim, effect.id, lease_s=30)] * 8)
    [won] = [answer for answer in answers if answer]
    assert (won.target, won.body, won.sender, won.attempts) == (effect.target, effect.body, effect.sender, 1)
    assert not won.interrupted


def test_sending_is_committed_before_anything_is_sent() -> None:
    _claim(EffectFactory.create().id)
    found = _row()
    assert (found["state"], found["attempts"]) == ("sending", 1)
    assert found["next_publish_at"] > found["lease_until"] > found["now"]


def test_the_same_thing_is_entered_once_per_organization() -> None:
    first = EffectFactory.create()
    with pytest.raises(IntegrityError):
        EffectFactory.create(organization_id=first.organization_id, effect_key=first.effect_key)
    session.rollback()
    EffectFactory.create(organization_id=OrganizationFactory.create().id, effect_key=first.effect_key)
    assert count("effects") == 2


def test_an_attempt_whose_sender_vanished_is_handed_out_as_interrupted() -> None:
    effect = EffectFactory.create()
    _claim(effect.id)
    assert effects.claim(effect.id, lease_s=30) is None
    _lease_ran_out()
    again = _claim(effect.id)
    assert (again.interrupted, again.looked_up, again.attempts) == (True, False, 2)


def test_an_interrupted_attempt_is_handed_out_to_one() -> None:
    effect = EffectFactory.create()
    _claim(effect.id)
    _lease_ran_out()
    answers = chain.at_once([partial(effects.claim, effect.id, lease_s=30)] * 6)
    assert [answer.interrupted for answer in answers if answer] == [True]


def test_whoever_waited_for_the_row_sees_the_interrupted_attempt() -> None:
    """Its snapshot says pending; what counts is the row as it is when the lock is free."""
    effect = EffectFactory.create()
    with chain.holding("UPDATE effects SET state = 'sending', attempts = 1"):
        [waiting] = chain.started([partial(effects.claim, effect.id, lease_s=30)])
        chain.until_blocked()
    found = waiting.result(10)
    assert found
    assert found.interrupted


def test_a_settled_effect_is_never_handed_out_again() -> None:
    effect = EffectFactory.create()
    effects.settle(_claim(effect.id), SENT, provider="local", ref="local:1")
    assert effects.claim(effect.id, lease_s=30) is None
    found = _row()
    assert (found["state"], found["provider"], found["provider_ref"], found["lease_token"]) == ("sent", "local", "local:1", None)
    assert found["finished_at"]


@pytest.mark.parametrize(("answers", "settled_by"), [(LiveTurn(1, "en-US"), "hookline"), (None, None)])
@pytest.mark.parametrize("state", [EffectState.FAILED, EffectState.UNKNOWN])
def test_only_what_was_for_a_moment_of_a_call_waits_for_no_person(
    answers: LiveTurn | None, settled_by: str | None, state: EffectState
) -> None:
    effect = replace(_claim(EffectFactory.create().id), answers=answers)
    effects.settle(effect, state, code="twilio:21220")
    found = _row()
    assert (found["state"], found["settled_by"], found["settled_at"] is not None) == (state, settled_by, answers is not None)


@pytest.mark.parametrize("state", ["sent", "failed", "unknown", "superseded", "suppressed"])
def test_a_finished_effect_is_not_handed_out(state: str) -> None:
    assert effects.claim(EffectFactory.create(state=state).id, lease_s=30) is None


def test_an_effect_that_is_gone_is_not_handed_out() -> None:
    assert effects.claim(uuid4(), lease_s=30) is None


@pytest.mark.parametrize(("left", "state"), [(True, "sending"), (False, "pending")])
def test_a_postponed_effect_remembers_whether_anything_left(*, left: bool, state: str) -> None:
    effect = EffectFactory.create()
    effects.postpone(_claim(effect.id), "twilio:busy", 20, left_the_house=left)
    found = _row()
    assert (found["state"], found["last_error"], found["lease_token"]) == (state, "twilio:busy", None)
    assert 19 < chain.seconds_from_now(found, "not_before") <= 20
    assert effects.claim(effect.id, lease_s=30) is None
    rows("UPDATE effects SET not_before = clock_timestamp() RETURNING id")
    assert _claim(effect.id).interrupted is left


def test_a_look_up_that_found_nothing_is_remembered() -> None:
    effect = EffectFactory.create()
    effects.postpone(_claim(effect.id), effects.NOT_FOUND, 0, left_the_house=True)
    assert _claim(effect.id).looked_up


@pytest.mark.parametrize("end", ["settle", "postpone"])
def test_a_late_sender_writes_nothing(end: str) -> None:
    effect = EffectFactory.create()
    late = _claim(effect.id)
    _lease_ran_out()
    owner = _claim(effect.id)
    with pytest.raises(LeaseLost):
        effects.settle(late, SENT) if end == "settle" else effects.postpone(late, "code", 0, left_the_house=False)
    assert (_row()["state"], _row()["lease_token"]) == ("sending", str(owner.lease_token))


def test_a_database_that_is_away_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    effect = EffectFactory.create()
    monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE effects"), pytest.raises(StoreUnavailable):
        effects.claim(effect.id, lease_s=30)


class TestSuperseded:
    """A reply that comes too late is not sent any more."""

    def _replies(self, **later: Any) -> tuple[EffectRow, EffectRow]:
        conversation = ConversationFactory.create()
        ids = {"organization_id": conversation.organization_id, "conversation_id": conversation.id}
        first, second = (TranscriptFactory.create(**ids, turn=turn).id for turn in (1, 2))
        return EffectFactory.create(**ids, transcript_id=first), EffectFactory.create(**ids, transcript_id=second, **later)

    @pytest.mark.parametrize("state", ["sending", "sent"])
    def test_a_reply_is_superseded_once_a_later_turn_is_answered(self, state: str) -> None:
        earlier, _ = self._replies(state=state)
        assert effects.claim(earlier.id, lease_s=30) is None
        found = row("SELECT state, finished_at IS NOT NULL AS finished FROM effects WHERE id = %s", str(earlier.id))
        assert found == {"state": "superseded", "finished": True}

    @pytest.mark.parametrize("later", [{}, {"state": "failed"}, {"state": "unknown"}, {"kind": "escalation", "state": "sent"}])
    def test_a_reply_is_sent_while_no_later_turn_is_answered(self, later: dict[str, str]) -> None:
        earlier, _ = self._replies(**later)
        assert effects.claim(earlier.id, lease_s=30)

    def test_a_later_reply_is_not_superseded_by_an_earlier_one(self) -> None:
        earlier, later = self._replies()
        effects.settle(_claim(earlier.id), SENT)
        assert effects.claim(later.id, lease_s=30)

    def test_of_two_replies_claimed_at_the_same_moment_one_is_handed_out(self) -> None:
        for _ in range(25):
            calls = [partial(effects.claim, reply.id, lease_s=30) for reply in self._replies()]
            handed_out = [effect for effect in chain.at_once(calls) if effect]
            assert len(handed_out) == 1

    def test_a_reply_waits_while_an_earlier_one_is_being_sent(self) -> None:
        earlier, later = self._replies()
        being_sent = _claim(earlier.id)
        assert effects.claim(later.id, lease_s=30) is None
        effects.settle(being_sent, SENT)
        assert _claim(later.id).attempts == 1

    @pytest.mark.parametrize("left", ["sender", "outcome"])
    def test_a_reply_does_not_wait_for_an_earlier_one_that_nobody_is_sending(self, left: str) -> None:
        earlier, later = self._replies()
        being_sent = _claim(earlier.id)
        if left == "sender":
            _lease_ran_out()
        else:
            effects.postpone(being_sent, "timeout", 60, left_the_house=True)
        assert effects.claim(later.id, lease_s=30)

    def test_an_escalation_waits_for_no_reply(self) -> None:
        earlier, later = self._replies(kind="escalation")
        _claim(earlier.id)
        with chain.holding("SELECT FROM conversations FOR UPDATE"):
            assert effects.claim(later.id, lease_s=30)

    def test_an_escalation_is_never_superseded(self) -> None:
        earlier, _ = self._replies(state="sent")
        rows("UPDATE effects SET kind = 'escalation' WHERE id = %s RETURNING id", str(earlier.id))
        assert effects.claim(earlier.id, lease_s=30)

    def test_an_escalation_comes_from_the_number_that_its_conversation_names_by_then(self) -> None:
        call = ConversationFactory.create(our_number=None)
        ids = {"organization_id": call.organization_id, "conversation_id": call.id}
        help_, reply = (EffectFactory.create(**ids, kind=kind, sender=None) for kind in ("escalation", "sms"))
        assert [_claim(each.id).sender for each in (help_, reply)] == [None, None]
        rows("UPDATE conversations SET our_number = '+15005550006' RETURNING id")
        _lease_ran_out()
        assert [_claim(each.id).sender for each in (help_, reply)] == ["+15005550006", None]

    def test_an_escalation_of_a_conversation_without_numbers_comes_from_the_organizations_own(self) -> None:
        call = ConversationFactory.create(our_number=None)
        rows("""UPDATE organizations SET settings = '{"sends_from": "+15005550007"}' RETURNING id""")
        help_ = EffectFactory.create(organization_id=call.organization_id, conversation_id=call.id, kind="escalation", sender=None)
        assert _claim(help_.id).sender == "+15005550007"
        assert row("SELECT sender FROM effects") == {"sender": "+15005550007"}, "whoever looks for it later has to know"

    def test_an_interrupted_reply_is_looked_up_and_not_superseded(self) -> None:
        earlier, _ = self._replies(state="sent")
        rows("UPDATE effects SET state = 'sending' WHERE id = %s RETURNING id", str(earlier.id))
        assert _claim(earlier.id).interrupted

    def test_an_answer_in_another_conversation_supersedes_nothing(self) -> None:
        earlier, _ = self._replies()
        self._replies(state="sent")
        assert effects.claim(earlier.id, lease_s=30)
