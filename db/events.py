"""Stores a delivery together with the state that it implies: one statement, one commit, one round trip (I1)."""

from dataclasses import replace
from uuid import UUID

import orjson
from sqlalchemy import text

from db.bodies import unpack
from db.engine import engine
from db.one_trip import Statement, commit
from db.outage import again_if_cut
from db.sql import KEEP_ANSWER, STORE_CALLBACK, STORE_DELIVERY, STORE_STATUS
from db.sql_messages import STORE_NOTICE, STORE_REPORT
from db.sql_sms import STORE_SMS
from db.storing import new_id, of_conversation, of_delivery, of_words, send, stored
from domain.deliveries import ConversationSeed, Envelope, Heard, MessageReport, Stored, TranscriptSeed
from domain.emergencies.escalation import CALL_BACK, CALL_FOR_HELP
from domain.errors import PermanentError
from domain.lanes import Lane
from domain.runs import Claim
from domain.statuses import TranscriptStatus

# the kind of what a transcriber answered at once
ANSWER = "answer"

_BODIES = """
SELECT body FROM webhook_events WHERE organization_id = :org AND transcript_id = :transcript AND kind = ANY(:kinds) ORDER BY received_at, id
"""
_FIRST_BODY = f"{_BODIES} LIMIT 1"


def store_status(organization_id: UUID, envelope: Envelope, conversation: ConversationSeed) -> Stored:
    """Keep a delivery that only moves a call; what was written down of it while people talked is worked on when it has ended.

    Raises StoreUnavailable.
    """
    return stored(
        send(STORE_STATUS, of_delivery(organization_id, envelope) | of_conversation(conversation, turns=0) | {"run_id": new_id()})
    )


def store_words(organization_id: UUID, envelope: Envelope, conversation: ConversationSeed, transcript: TranscriptSeed) -> Stored:
    """Keep a delivery that says something: conversation, transcript with its turn and, if asked for, a run. Raises StoreUnavailable."""
    return stored(send(STORE_DELIVERY, of_words(organization_id, envelope, conversation, transcript)))


def store_sms(
    organization_id: UUID, envelope: Envelope, conversation: ConversationSeed, transcript: TranscriptSeed, heard: Heard
) -> Stored:
    """Keep a text message, what every delivery that says something implies, and its sender's wish to stop or to start again.

    An emergency calls for a person in the same commit. Raises StoreUnavailable.
    """
    told = {
        "keyword": heard.keyword,
        "media": orjson.dumps(heard.media).decode(),
        "emergency": heard.emergency,
        "help_id": new_id(),
        "call_for_help": CALL_FOR_HELP,
        "call_back": CALL_BACK,
    }
    found = send(STORE_SMS, of_words(organization_id, envelope, conversation, transcript) | told)
    return replace(stored(found), effect_id=found[0].effect_id, effect_lane=Lane.URGENT)


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
    parameters = of_delivery(organization_id, envelope) | {
        "transcript_id": transcript_id,
        "transcript_status": status,
        "transcript_reason": reason,
        "submission": submission,
    }
    found = send(STORE_CALLBACK, parameters)
    return stored(found) if found else None


def store_report(organization_id: UUID, envelope: Envelope, report: MessageReport) -> Stored:
    """Keep what the network says of a message, and raise its effect's delivery if there is such an effect. Raises StoreUnavailable.

    The report proves that the message exists: an effect of which nobody knew whether it was sent is ``sent`` from now on (I4).
    """
    parameters = of_delivery(organization_id, envelope) | {
        "ref": report.ref,
        "delivery": report.status,
        "rank": report.rank,
        "code": report.code,
        "effect_id": report.effect_id,
        "other_id": new_id(),
    }
    return stored(send(STORE_REPORT, parameters))


def store_notice(organization_id: UUID, envelope: Envelope) -> Stored:
    """Keep a delivery that implies nothing for us. Raises StoreUnavailable."""
    return stored(send(STORE_NOTICE, of_delivery(organization_id, envelope)))


def keep_answer(claim: Claim, provider: str, request_id: str, body: bytes) -> None:
    """Keep a document that a transcriber gave us in its answer, like one that it calls back with: nobody pays for it twice.

    Raises StoreUnavailable.
    """
    envelope = Envelope(provider, ANSWER, request_id, request_id, {}, body, claim.trace_id)
    parameters = of_delivery(claim.organization_id, envelope) | {"conversation": claim.conversation_id, "transcript": claim.transcript_id}
    again_if_cut(lambda: _keep(parameters))


def _keep(parameters: dict[str, object]) -> None:
    with engine().begin() as connection:
        connection.execute(text(KEEP_ANSWER), parameters)


def fetch_body(organization_id: UUID, transcript_id: UUID, kinds: tuple[str, ...]) -> bytes | None:
    """The raw body of the first delivery of these kinds for a transcript, or None: later ones were recorded and are ignored.

    Raises PermanentError if it is not kept any more, StoreUnavailable.
    """
    found = commit(Statement(_FIRST_BODY, {"org": organization_id, "transcript": transcript_id, "kinds": list(kinds)}))
    return _unpacked(found[0].body) if found else None


def fetch_bodies(organization_id: UUID, transcript_id: UUID, kind: str) -> list[bytes]:
    """The raw bodies of all deliveries of a kind for a transcript, in the order of their arrival.

    Raises PermanentError if one is not kept any more, StoreUnavailable.
    """
    found = commit(Statement(_BODIES, {"org": organization_id, "transcript": transcript_id, "kinds": [kind]}))
    return [_unpacked(row.body) for row in found]


def _unpacked(body: bytes) -> bytes:
    if not body:
        # its time of keeping was over, or somebody was erased
        raise PermanentError("words_not_kept")
    return unpack(bytes(body))
