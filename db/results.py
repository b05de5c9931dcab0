"""Writes what a step found, in one commit with the run's next stage (I3). Locks go conversation → transcript → run → effect."""

import orjson
from sqlalchemy import Connection, delete, insert, text

from db.engine import engine
from db.outage import reported
from db.runs import advance, finish, hold, identify, note
from db.spending import settle_speech
from db.tables.base import new_id
from db.tables.results import AnalysisRow, ReplyRow, UtteranceRow
from domain.chain import Purpose
from domain.runs import Assessment, Claim, EffectBell, Planned, Publication, Transcription
from domain.speech import Analysis, Engine, Reply

_WORDS_HERE = """
UPDATE transcripts SET status = 'completed', status_reason = NULL, updated_at = clock_timestamp()
WHERE organization_id = :org AND id = :transcript AND status <> 'completed'
"""
_ESCALATE = """
UPDATE conversations SET phase = 'escalation', escalated_at = clock_timestamp(), escalation_reason = :reason, updated_at = clock_timestamp()
WHERE organization_id = :org AND id = :conversation AND escalated_at IS NULL
"""
_NAME_ROLES = """
UPDATE utterances SET role = CAST(:roles AS jsonb) ->> CAST(speaker AS text) WHERE organization_id = :org AND run_id = :run
"""
# a run that a person promoted meanwhile keeps its place: the pointer moves only from nothing, from ourselves or from our predecessor
_SHOW = """
UPDATE transcripts AS t SET processing_status = 'completed', processing_reason = NULL, updated_at = clock_timestamp(),
    current_run_id = CASE WHEN t.current_run_id IS NULL OR t.current_run_id IN (r.id, r.predecessor_id) THEN r.id ELSE t.current_run_id END
FROM runs AS r
WHERE t.organization_id = :org AND t.id = :transcript AND r.id = :run
"""
# A run is done again once: what could not be had the second time either is left at that. A retried one names no prompt twice.
_DEGRADED = """
UPDATE runs SET degraded = degraded OR :degraded,
    prompt_version = CASE WHEN :prompt_version = ANY(string_to_array(prompt_version, '+')) THEN prompt_version
        ELSE NULLIF(concat_ws('+', prompt_version, :prompt_version), '') END,
    redo_with = CASE WHEN predecessor_id IS NULL AND purpose = 'live' THEN COALESCE(:redo_with, redo_with) END
WHERE organization_id = :org AND id = :run
"""
_REVISED = """
UPDATE runs SET engine = :engine, model = :model, prompt_version = :prompt_version, degraded = :degraded,
    redo_with = CASE WHEN predecessor_id IS NULL AND purpose = 'live' THEN :redo_with END
WHERE organization_id = :org AND id = :run
"""
_NEXT_TURN = """
UPDATE runs SET next_publish_at = clock_timestamp()
WHERE organization_id = :org AND conversation_id = :conversation AND turn > :turn AND purpose = 'live'
    AND state = 'ready' AND stage = 'generate_reply' AND lease_until IS NULL
"""
_ENTER_EFFECT = """
INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, target, sender, body, trace_id,
    state, last_error, finished_at, next_publish_at)
VALUES (:id, :org, :conversation, :transcript, :run, :key, :kind, :target, :sender, :body, :trace_id,
    CASE WHEN CAST(:withheld AS text) IS NULL THEN 'pending' ELSE 'suppressed' END, :withheld,
    CASE WHEN CAST(:withheld AS text) IS NOT NULL THEN clock_timestamp() END, clock_timestamp() + interval '2 seconds')
ON CONFLICT (organization_id, effect_key) DO NOTHING
RETURNING id
"""


def record_transcription(claim: Claim, answer: Transcription) -> None:
    """The words of a run, as rows of their own: an hour of speech never travels in one value. Raises LeaseLost, StoreUnavailable."""
    rows = [
        {
            "run_id": claim.run_id,
            "organization_id": claim.organization_id,
            "seq": said.seq,
            "speaker": said.speaker,
            "start_ms": said.start_ms,
            "end_ms": said.end_ms,
            "text": said.text,
            "confidence": said.confidence,
            "channel": said.channel,
        }
        for said in answer.utterances
    ]
    with reported(), engine().begin() as connection:
        if claim.purpose is Purpose.LIVE:
            connection.execute(text(_WORDS_HERE), identify(claim))
        advance(connection, claim)
        _rewrite(connection, claim, UtteranceRow)
        if rows:
            connection.execute(insert(UtteranceRow), rows)
        settle_speech(connection, claim.organization_id, claim.run_id, answer.usage.get("speech_seconds", 0))
        note(connection, claim, Engine(answer.provider, answer.model or "", answer.usage, request_id=answer.vendor_request_id))


def escalate(claim: Claim, rule: str, effects: tuple[Planned, ...]) -> list[EffectBell]:
    """Call for a person, whatever becomes of the run; once per conversation and never taken back. The effects to ring for.

    A reprocess run calls nobody. Raises LeaseLost, StoreUnavailable.
    """
    if claim.purpose is not Purpose.LIVE:
        return []
    with reported(), engine().begin() as connection:
        connection.execute(text(_ESCALATE), identify(claim) | {"conversation": claim.conversation_id, "reason": rule})
        hold(connection, claim)
        return _enter(connection, claim, effects)


def record_assessment(claim: Claim, answer: Assessment) -> None:
    """Roles, intent, safety. Raises LeaseLost, StoreUnavailable."""
    found = answer.analysis.understanding
    with reported(), engine().begin() as connection:
        advance(connection, claim)
        _rewrite(connection, claim, AnalysisRow)
        connection.execute(insert(AnalysisRow), _analysis_row(claim, answer.analysis))
        roles = orjson.dumps({str(speaker): role for speaker, role in found.verdict.roles.items()}).decode()
        connection.execute(text(_NAME_ROLES), identify(claim) | {"roles": roles})
        connection.execute(text(_REVISED), identify(claim) | _revision(found.engine))
        note(connection, claim, found.engine)


def record_reply(claim: Claim, reply: Reply) -> None:
    """What we answer. Raises LeaseLost, StoreUnavailable."""
    engine_used = reply.engine
    row = {
        "run_id": claim.run_id,
        "organization_id": claim.organization_id,
        "text": reply.text,
        "channel": reply.channel,
        "template": reply.template,
        "engine": engine_used.provider,
        "model": engine_used.model,
        "usage": dict(engine_used.usage),
    }
    with reported(), engine().begin() as connection:
        advance(connection, claim)
        _rewrite(connection, claim, ReplyRow)
        connection.execute(insert(ReplyRow), row)
        connection.execute(text(_DEGRADED), identify(claim) | _revision(engine_used))
        note(connection, claim, engine_used)


def publish(claim: Claim, answer: Publication) -> list[EffectBell]:
    """Make a run count. A reprocess run only ends: its results lie beside the live ones. The effects to ring for.

    Raises LeaseLost, StoreUnavailable.
    """
    with reported(), engine().begin() as connection:
        live = claim.purpose is Purpose.LIVE
        if live:
            connection.execute(text(_SHOW), identify(claim))
        finish(connection, claim)
        if live:
            connection.execute(text(_NEXT_TURN), identify(claim) | {"conversation": claim.conversation_id, "turn": claim.turn})
        entered = _enter(connection, claim, answer.effects if live else ())
        note(connection, claim)
    return entered


def _rewrite(connection: Connection, claim: Claim, table: type[UtteranceRow | AnalysisRow | ReplyRow]) -> None:
    # a retried run may have results of its earlier life
    connection.execute(delete(table).where(table.organization_id == claim.organization_id, table.run_id == claim.run_id))


def _revision(by: Engine) -> dict[str, object]:
    return {
        "engine": by.provider,
        "model": by.model,
        "prompt_version": by.prompt_version,
        "degraded": by.stands_in_for is not None,
        "redo_with": by.redo_with,
    }


def _analysis_row(claim: Claim, analysis: Analysis) -> dict[str, object]:
    found = analysis.understanding
    return {
        "run_id": claim.run_id,
        "organization_id": claim.organization_id,
        "roles": {str(speaker): role for speaker, role in found.verdict.roles.items()},
        "role_confidence": found.verdict.confidence,
        "intent": found.intent.name,
        "intent_confidence": found.intent.confidence,
        "sentiment": found.sentiment,
        "summary": found.summary,
        "intake": dict(found.intake),
        "safety": [{"rule": item.rule, "urgency": item.urgency, "seq": item.seq} for item in analysis.safety],
        "engine": found.engine.provider,
        "model": found.engine.model,
    }


def _enter(connection: Connection, claim: Claim, effects: tuple[Planned, ...]) -> list[EffectBell]:
    bells = []
    for planned in effects:
        entry = {
            "conversation": claim.conversation_id,
            "key": planned.key,
            "kind": planned.kind,
            "target": planned.target,
            "sender": planned.sender,
            "body": planned.body,
            "trace_id": claim.trace_id,
            "id": new_id(),
            "withheld": planned.withheld,
        }
        effect_id = connection.scalar(text(_ENTER_EFFECT), identify(claim) | entry)
        if effect_id is not None and planned.withheld is None:
            bells.append(EffectBell(effect_id, claim.conversation_id, claim.trace_id))
    return bells
