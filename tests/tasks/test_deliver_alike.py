"""The same words to the same number, twice within a minute: what one of them became is not taken for the other."""

from typing import Any

import pytest

from domain.runs import Sighting
from tasks import deliver
from tests.support import chain
from tests.support.factories import ConversationFactory, EffectFactory, TranscriptFactory
from tests.support.fake_messenger import FakeMessenger, later
from tests.support.stored import row, rows

OTHERS, MINE = "SM-another", "SM-mine"


def _deliver(effect: Any) -> str:
    return str(deliver.deliver(str(effect.id)))


def _effects(**first: Any) -> tuple[Any, Any]:
    """Two replies of one conversation, the first as the test says, the second interrupted in the middle of its sending."""
    conversation = ConversationFactory.create()
    ids = {"organization_id": conversation.organization_id, "conversation_id": conversation.id}
    turns = [TranscriptFactory.create(turn=turn, **ids) for turn in (1, 2)]
    earlier = EffectFactory.create(transcript_id=turns[0].id, kind="sms", **ids, **first)
    interrupted = EffectFactory.create(transcript_id=turns[1].id, kind="sms", state="sending", attempts=1, last_error="timeout", **ids)
    return earlier, interrupted


def _of(effect: Any) -> Any:
    return row("SELECT state, provider_ref FROM effects WHERE id = %s", str(effect.id))


def test_a_message_of_another_effect_is_not_taken_for_this_one(vendor: FakeMessenger) -> None:
    _, interrupted = _effects(state="sent", provider_ref=OTHERS)
    vendor.sighting = Sighting(OTHERS, conclusive=True, alike=(OTHERS,))
    assert _deliver(interrupted).endswith("not_found_yet")
    later()
    assert _deliver(interrupted) == "unknown: a person must decide"
    assert (_of(interrupted), vendor.sent) == ({"state": "unknown", "provider_ref": None}, [])


def test_of_several_messages_that_look_alike_the_one_that_is_nobody_elses_is_it(vendor: FakeMessenger) -> None:
    _, interrupted = _effects(state="sent", provider_ref=OTHERS)
    vendor.sighting = Sighting(OTHERS, conclusive=True, alike=(OTHERS, MINE))
    assert _deliver(interrupted) == "sent: found at the vendor"
    assert _of(interrupted) == {"state": "sent", "provider_ref": MINE}


@pytest.mark.parametrize("lease", ["still held", "run out"])
def test_whatever_is_just_being_sent_there_is_waited_for(vendor: FakeMessenger, lease: str) -> None:
    """Its message may be at the vendor already, and not yet in our ledger."""
    other, interrupted = _effects(state="sending")
    if lease == "still held":
        rows("UPDATE effects SET lease_until = clock_timestamp() + interval '1 minute' WHERE id = %s RETURNING id", str(other.id))
    vendor.sighting = Sighting(OTHERS, conclusive=True, alike=(OTHERS,))
    outcome = _deliver(interrupted)
    assert (vendor.looked_up == 0) is (lease == "still held"), outcome
    assert chain.whole("effects")
