"""Stores what a live call tells, and hands our replies over to it: one statement each, as for every delivery (I1, I9)."""

from dataclasses import replace
from uuid import UUID

from db.sql_promised import STORE_DIALED, TAKE_REPLY
from db.sql_voice import STORE_HEARD, STORE_HEARD_IN_DANGER, STORE_SILENCE, STORE_TRANSCRIPTION, STORE_TURN
from db.storing import new_id, of_conversation, of_delivery, of_words, send, stored
from domain.deliveries import ConversationSeed, Envelope, Stored, TranscriptSeed
from domain.emergencies.escalation import CALL_BACK, CALL_FOR_HELP, PLEASE_CALL
from domain.lanes import Lane
from domain.telephony.call_flow import MOST_WAITS, Found, HandOver, turn_ref
from domain.telephony.twilio import PROVIDER
from domain.telephony.twilio_voice import Dialed

_CALL_FOR_HELP = {"call_for_help": CALL_FOR_HELP, "call_back": CALL_BACK}
# what the person is told who is to call back
_PLEASE_CALL = {"call_for_help": PLEASE_CALL, "call_back": CALL_BACK}


def store_turn(
    organization_id: UUID,
    envelope: Envelope,
    conversation: ConversationSeed,
    transcript: TranscriptSeed,
    to: HandOver | None,
    reply: UUID | None = None,
) -> Stored:
    """Keep a turn of the caller's and open its run; with ``to`` note that a person takes over, so that nothing is said into that talk.

    An emergency calls for a person in the same commit, once for a call. ``reply`` is the effect whose words the caller has answered: they
    were said, whatever is known of it (I4). Raises StoreUnavailable.
    """
    told = {
        "reason": to.reason if to else None,
        "emergency": to.reason if to and to.is_emergency else None,
        "help_id": new_id(),
        "effect_id": new_id(),
        "reply": reply,
        **_CALL_FOR_HELP,
    }
    found = send(STORE_TURN, of_words(organization_id, envelope, conversation, transcript) | told)
    return replace(stored(found), effect_id=found[0].effect_id, lane=Lane.URGENT, effect_lane=Lane.URGENT)


def store_silence(
    organization_id: UUID,
    envelope: Envelope,
    conversation: ConversationSeed,
    *,
    asks_again: bool,
    words: str | None,
    reply: UUID | None = None,
) -> Stored:
    """Keep a turn without a word. ``words`` go to the caller as a text message, once for a call and a number in a day.

    ``reply`` as above.

    Raises StoreUnavailable.
    """
    told = {"asks_again": asks_again, "texts": words is not None, "words": words or "", "effect_id": new_id(), "reply": reply}
    found = send(STORE_SILENCE, of_delivery(organization_id, envelope) | of_conversation(conversation, turns=0) | told)
    return replace(stored(found), effect_id=found[0].effect_id)


def store_dialed(organization_id: UUID, envelope: Envelope, event: Dialed, *, promises: bool) -> Stored:
    """Keep what became of a call that was put through, with its turn, too. If it ``promises`` a person, one is called.

    ``is_told`` says whether somebody was: else nothing may be promised. Raises StoreUnavailable.
    """
    told = {"run_id": new_id(), "promises": promises, "help_id": new_id(), **_PLEASE_CALL}
    ended = {"source_ref": event.source_ref, "delivery": event.delivery}
    found = send(STORE_DIALED, of_delivery(organization_id, envelope) | of_conversation(event.conversation(), turns=0) | told | ended)
    return replace(stored(found), effect_id=found[0].effect_id, effect_lane=Lane.URGENT, is_told=found[0].is_told)


def store_heard(organization_id: UUID, envelope: Envelope, call: str) -> Stored:
    """Keep what a call sounds like on the way; nothing is started, and nobody is waited for. Raises StoreUnavailable."""
    return stored(send(STORE_HEARD, of_delivery(organization_id, envelope) | {"conversation_ref": call}))


def store_heard_in_danger(organization_id: UUID, envelope: Envelope, call: str, turn: int, rule: str) -> Stored:
    """Keep what was heard of an emergency before its turn was over; if the turn is not told soon, a person is called.

    Raises StoreUnavailable.
    """
    told = {"conversation_ref": call, "emergency": rule, "turn": turn, "help_id": new_id(), **_CALL_FOR_HELP}
    return stored(send(STORE_HEARD_IN_DANGER, of_delivery(organization_id, envelope) | told))


def store_transcription(organization_id: UUID, envelope: Envelope, conversation: ConversationSeed, transcript: TranscriptSeed) -> Stored:
    """Keep an event of a live transcription; it is worked on when it has stopped, or the call has ended. Raises StoreUnavailable."""
    return stored(send(STORE_TRANSCRIPTION, of_words(organization_id, envelope, conversation, transcript)))


def take_reply(organization_id: UUID, call: str, turn: int, waited: int, trace_id: str, *, gives_up: bool) -> Found:
    """The reply to a turn, if it is there and nobody else has begun to say it: it counts as said from now on (I9).

    If it ``gives_up`` and there is none, none will ever be said, and whoever is on call is told that the caller has to be called back.
    Raises StoreUnavailable.
    """
    told: dict[str, object] = {
        "org": organization_id,
        "provider": PROVIDER,
        "conversation_ref": call,
        "source_ref": turn_ref(call, turn),
        "handed_as": f"redirect:{waited}",
        "effect_id": new_id(),
        "trace_id": trace_id,
        "gives_up": gives_up,
        "waits_no_more": waited >= MOST_WAITS,
        "help_id": new_id(),
        **_PLEASE_CALL,
    }
    found = send(TAKE_REPLY, told)
    return Found(**found[0]._asdict()) if found else Found()
