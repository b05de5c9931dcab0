"""What every statement of the front is told, and how it is sent: one message, which is a transaction of its own."""

from uuid import UUID

import orjson
from uuid_utils import uuid7

from db.bodies import pack
from db.driver import Rows, ask, borrowed
from db.outage import again_if_cut
from db.planned import call
from domain.deliveries import CallMove, ConversationSeed, Envelope, Stored, TranscriptSeed
from domain.statuses import ENDED, ConversationStatus

UNKNOWN_MOVE = CallMove(ConversationStatus.PENDING, name="", sequence=-1)


def new_id() -> str:
    """A uuid v7 as ``db.tables`` makes them, as text: of an object, or of an enum's member, the driver makes it at ten times the price."""
    return str(uuid7())


def send(statement: str, parameters: dict[str, object]) -> Rows:
    """The rows of a statement that may be made twice. Raises StoreUnavailable."""

    def once() -> Rows:
        # the statement is its own transaction, so that accepting costs one round trip
        with borrowed() as held:
            return ask(held, call(held, statement, parameters))

    # safely twice: the same delivery is one row
    return again_if_cut(once)


def stored(rows: Rows) -> Stored:
    """What became of a delivery."""
    [row] = rows
    return Stored(row.event_id, row.fresh, row.conversation_id, row.transcript_id, row.run_id)


def of_delivery(organization_id: UUID, envelope: Envelope) -> dict[str, object]:
    """The event itself."""
    body = pack(envelope.body)
    return {
        "org": str(organization_id),
        "event_id": new_id(),
        "provider": envelope.provider,
        "kind": envelope.kind,
        "dedupe_key": envelope.key,
        "subject": envelope.subject,
        "headers": orjson.dumps(dict(envelope.headers)).decode(),
        "body": body.data,
        "body_size": body.size,
        "body_sha256": body.sha256,
        "trace_id": envelope.trace_id,
    }


def of_words(organization_id: UUID, envelope: Envelope, conversation: ConversationSeed, transcript: TranscriptSeed) -> dict[str, object]:
    """The event, the conversation that it belongs to, and what it says."""
    return (
        of_delivery(organization_id, envelope)
        | of_conversation(conversation, turns=1)
        | {
            "transcript_id": new_id(),
            "run_id": new_id(),
            "source": transcript.source.value,
            "source_ref": transcript.ref,
            "transcript_status": transcript.status.value,
            "transcript_reason": transcript.reason,
            "duration_ms": transcript.duration_ms,
            "channels": transcript.channels,
            "said_at": transcript.said_at,
            "opens_run": transcript.opens_run,
        }
    )


def of_conversation(seed: ConversationSeed, turns: int) -> dict[str, object]:
    """The conversation; ``turns`` is how many things were said if it is new."""
    move = seed.move or UNKNOWN_MOVE
    return {
        "conversation_id": new_id(),
        "conversation_provider": seed.provider,
        "conversation_ref": seed.ref,
        "channel": seed.channel.value,
        "direction": seed.direction,
        "our_number": seed.our_number,
        "their_number": seed.their_number,
        "call_status": move.status.value,
        "call_reason": move.reason,
        "call_ended": move.status in ENDED,
        "call_sequence": move.sequence,
        "call_name": move.name,
        "call_duration": move.duration_s,
        "turns": turns,
    }
