"""Stores a delivery together with the state that it implies: one statement, one commit, one round trip (I1)."""

from uuid import UUID

import orjson
from sqlalchemy import text

from db.bodies import pack, unpack
from db.driver import Rows, ask, borrowed
from db.engine import engine
from db.outage import again_if_cut, reported
from db.planned import call
from db.sql import KEEP_ANSWER, STORE_CALLBACK, STORE_DELIVERY, STORE_STATUS
from db.sql_messages import STORE_NOTICE, STORE_REPORT
from db.tables.base import new_id
from domain.deliveries import CallMove, ConversationSeed, Envelope, MessageReport, Stored, TranscriptSeed
from domain.runs import Claim
from domain.statuses import ENDED, ConversationStatus, TranscriptStatus

# the kind of what a transcriber answered at once
ANSWER = "answer"

UNKNOWN_MOVE = CallMove(ConversationStatus.PENDING, name="", sequence=-1)


def store_status(organization_id: UUID, envelope: Envelope, conversation: ConversationSeed) -> Stored:
    """Keep a delivery that only moves a conversation. Raises StoreUnavailable."""
    return _stored(_run(STORE_STATUS, _envelope(organization_id, envelope) | _conversation(conversation, turns=0)))


def store_words(organization_id: UUID, envelope: Envelope, conversation: ConversationSeed, transcript: TranscriptSeed) -> Stored:
    """Keep a delivery that says something: conversation, transcript with its turn and, if asked for, a run. Raises StoreUnavailable."""
    parameters = (
        _envelope(organization_id, envelope)
        | _conversation(conversation, turns=1)
        | {
            "transcript_id": new_id(),
            "run_id": new_id(),
            "source": transcript.source,
            "source_ref": transcript.ref,
            "transcript_status": transcript.status,
            "transcript_reason": transcript.reason,
            "duration_ms": transcript.duration_ms,
            "channels": transcript.channels,
            "said_at": transcript.said_at,
            "opens_run": transcript.opens_run,
        }
    )
    return _stored(_run(STORE_DELIVERY, parameters))


def store_callback(
    organization_id: UUID,
    envelope: Envelope,
    transcript_id: UUID,
    status: TranscriptStatus,
    reason: str | None,
    submission: int = 1,
) -> Stored | None:
    """Keep the answer to a transcription that we asked for and wake its run (I8). None if there is no such transcript.

    Words of any ``submission`` do; a failure counts only if it is the last one's. Raises StoreUnavailable.
    """
    parameters = _envelope(organization_id, envelope) | {
        "transcript_id": transcript_id,
        "transcript_status": status,
        "transcript_reason": reason,
        "submission": submission,
    }
    found = _run(STORE_CALLBACK, parameters)
    return _stored(found) if found else None


def store_report(organization_id: UUID, envelope: Envelope, report: MessageReport) -> Stored:
    """Keep what the network says of a message, and raise its effect's delivery if there is such an effect. Raises StoreUnavailable.

    The report proves that the message exists: an effect of which nobody knew whether it was sent is ``sent`` from now on (I4).
    """
    parameters = _envelope(organization_id, envelope) | {
        "ref": report.ref,
        "delivery": report.status,
        "rank": report.rank,
        "code": report.code,
        "effect_id": report.effect_id,
    }
    return _stored(_run(STORE_REPORT, parameters))


def store_notice(organization_id: UUID, envelope: Envelope) -> Stored:
    """Keep a delivery that implies nothing for us. Raises StoreUnavailable."""
    return _stored(_run(STORE_NOTICE, _envelope(organization_id, envelope)))


def keep_answer(claim: Claim, provider: str, request_id: str, body: bytes) -> None:
    """Keep a document that a transcriber gave us in its answer, like one that it calls back with: nobody pays for it twice.

    Raises StoreUnavailable.
    """
    envelope = Envelope(provider, ANSWER, request_id, request_id, {}, body, claim.trace_id)
    parameters = _envelope(claim.organization_id, envelope) | {"conversation": claim.conversation_id, "transcript": claim.transcript_id}
    again_if_cut(lambda: _keep(parameters))


def _keep(parameters: dict[str, object]) -> None:
    with engine().begin() as connection:
        connection.execute(text(KEEP_ANSWER), parameters)


def fetch_body(organization_id: UUID, transcript_id: UUID, kinds: tuple[str, ...]) -> bytes | None:
    """The raw body of the first delivery of these kinds for a transcript, or None: later ones were recorded and are ignored.

    Raises StoreUnavailable.
    """
    query = text(
        "SELECT body FROM webhook_events WHERE organization_id = :org AND transcript_id = :transcript AND kind = ANY(:kinds)"
        " ORDER BY received_at, id LIMIT 1"
    )
    with reported(), engine().connect() as connection:
        body = connection.scalar(query, {"org": organization_id, "transcript": transcript_id, "kinds": list(kinds)})
    return unpack(bytes(body)) if body is not None else None


def _run(statement: str, parameters: dict[str, object]) -> Rows:
    def store() -> Rows:
        # the statement is its own transaction, so that accepting costs one round trip
        with borrowed() as held:
            return ask(held, call(held, statement, parameters))

    # safely twice: the same delivery is one row
    return again_if_cut(store)


def _stored(rows: Rows) -> Stored:
    [row] = rows
    return Stored(row.event_id, row.fresh, row.conversation_id, row.transcript_id, row.run_id)


def _envelope(organization_id: UUID, envelope: Envelope) -> dict[str, object]:
    body = pack(envelope.body)
    return {
        "org": organization_id,
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


def _conversation(seed: ConversationSeed, turns: int) -> dict[str, object]:
    move = seed.move or UNKNOWN_MOVE
    return {
        "conversation_id": new_id(),
        "conversation_provider": seed.provider,
        "conversation_ref": seed.ref,
        "channel": seed.channel,
        "direction": seed.direction,
        "our_number": seed.our_number,
        "their_number": seed.their_number,
        "call_status": move.status,
        "call_reason": move.reason,
        "call_ended": move.status in ENDED,
        "call_sequence": move.sequence,
        "call_name": move.name,
        "call_duration": move.duration_s,
        "turns": turns,
    }
