"""Calls that a program of the organization's own takes, and tells us of by the API: what they are in our words. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.chain import Source
from domain.deliveries import CallMove, ConversationSeed, TranscriptSeed
from domain.errors import PermanentError
from domain.speech import OUR_CHANNEL, Channel, Role, Utterance
from domain.statuses import ConversationStatus, TranscriptStatus

# who told us, where a vendor's name would stand
PROVIDER = "api"
# the kinds of what is told: a call begins, it ends without a word, something was said
START, END, SAID = "call_start", "call_end", "said"
# what was said went with the memory that held it until the call ended
BUFFER_LOST = "buffer_lost"
TERMINATED = "terminated"

# each side has a channel of its own, as in a recording of Twilio's
_SPEAKERS = {Role.CUSTOMER: 0, Role.AGENT: OUR_CHANNEL}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was said, by ``role``; times in ms from the start of the call, None if nobody took them."""

    role: Role
    text: str = field(repr=False)
    start_ms: int | None = None
    end_ms: int | None = None


def begun(reference: str, direction: str, our_number: str | None, their_number: str | None) -> ConversationSeed:
    """A call that has begun; ``reference`` is its name at whoever takes it."""
    move = CallMove(ConversationStatus.IN_PROGRESS, "in-progress", 1)
    return ConversationSeed(PROVIDER, reference, Channel.VOICE, direction, our_number, their_number, move)


def over(reference: str, reason: str | None = None, their_number: str | None = None) -> ConversationSeed:
    """The same call when it has ended."""
    move = CallMove(ConversationStatus.COMPLETED, "completed", 2, reason)
    return ConversationSeed(PROVIDER, reference, Channel.VOICE, their_number=their_number, move=move)


def said_in(thing: UUID) -> TranscriptSeed:
    """What was said in ``thing``, a call or a session: its words are here already."""
    return TranscriptSeed(Source.API, str(thing), TranscriptStatus.COMPLETED, opens_run=True, channels=len(_SPEAKERS))


def body_of(said: Sequence[Told], intake: Mapping[str, object] | None = None) -> bytes:
    """What is kept of it, byte for byte, like a delivery of a vendor's."""
    told = [{"role": one.role, "text": one.text, "start_ms": one.start_ms, "end_ms": one.end_ms} for one in said]
    return json.dumps({"said": told, "intake": dict(intake or {})}, ensure_ascii=False).encode()


def utterances(body: bytes) -> tuple[Utterance, ...]:
    """The words of such a body, in their order. Raises PermanentError if it is none."""
    try:
        return tuple(_utterance(seq, one) for seq, one in enumerate(json.loads(body)["said"]))
    except (ValueError, KeyError, TypeError):
        raise PermanentError("api:unreadable_payload") from None


def _utterance(seq: int, one: Mapping[str, object]) -> Utterance:
    start, end = one.get("start_ms"), one.get("end_ms")
    start_ms = start if isinstance(start, int) else 0
    speaker = _SPEAKERS[Role(str(one["role"]))]
    return Utterance(seq, speaker, str(one["text"]), start_ms, max(start_ms, end if isinstance(end, int) else start_ms), channel=speaker)
