"""Writes what a step found, in one commit with the run's next stage (I3). Locks go conversation → transcript → run → effect."""

from dataclasses import replace

import orjson

from db.ledger import bells, entered, locked
from db.one_trip import Statement, commit, transaction
from db.onward import advanced, settle
from db.runs import finished, held, identify, noted
from db.spending import settled_speech
from db.sql_calls_again import unheard_of
from db.tables.effects import reason_of
from domain.chain import Purpose
from domain.emergencies.escalation import LESSER_REASONS
from domain.runs import Assessment, Claim, EffectBell, Onward, Planned, Publication, Transcription
from domain.speech import Analysis, Engine, Reply, Understanding
from domain.understanding import roles

_WORDS_HERE = """
UPDATE transcripts SET status = 'completed', status_reason = NULL, updated_at = clock_timestamp()
WHERE organization_id = :org AND id = :transcript AND status <> 'completed'
"""
_SAID_AT = "(SELECT COALESCE(said_at, created_at) FROM transcripts WHERE organization_id = :org AND id = :transcript)"
# What was said within the time of an earlier call, and before it, is what was called for, unless nobody heard of that call; a call because
# of too many replies was for something else. Once for a message: what the front entered for it is not made anew.
_ESCALATE = f"""
UPDATE conversations AS c SET phase = 'escalation', escalated_at = clock_timestamp(), escalation_reason = :reason,
    updated_at = clock_timestamp()
WHERE c.organization_id = :org AND c.id = :conversation AND (c.escalated_at IS NULL OR c.escalation_reason = ANY(:not_yet)
    OR c.escalated_at < {_SAID_AT} - make_interval(secs => CAST(:again_after_s AS float))
    OR (CAST(:again_after_s AS float) IS NOT NULL AND {unheard_of(_SAID_AT)} AND NOT EXISTS (
        SELECT FROM effects AS e WHERE e.organization_id = :org AND e.conversation_id = c.id AND e.transcript_id = :transcript
            AND e.kind = 'escalation' AND {reason_of("e")} NOT IN {LESSER_REASONS})))
RETURNING c.id
"""
# who is asked for beside an emergency, or after one, changes nothing of that
_ASKED_FOR = """
UPDATE conversations SET phase = 'escalation', escalated_at = COALESCE(escalated_at, clock_timestamp()),
    escalation_reason = COALESCE(escalation_reason, :reason), updated_at = clock_timestamp()
WHERE organization_id = :org AND id = :conversation
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
# What is set (SQL) in the change that moves the run on. A run is done again once: what could not be had the second time either is left at
# that. A retried one names no prompt twice.
_DEGRADED = """degraded = degraded OR :degraded,
    prompt_version = CASE WHEN :prompt_version = ANY(string_to_array(prompt_version, '+')) THEN prompt_version
        ELSE NULLIF(concat_ws('+', prompt_version, :prompt_version), '') END,
    redo_with = CASE WHEN predecessor_id IS NULL AND purpose = 'live' THEN COALESCE(:redo_with, redo_with) END"""
_REVISED = """engine = :engine, model = :model, prompt_version = :prompt_version, degraded = :degraded,
    redo_with = CASE WHEN predecessor_id IS NULL AND purpose = 'live' THEN :redo_with END"""
_NEXT_TURN = """
UPDATE runs SET next_publish_at = clock_timestamp()
WHERE organization_id = :org AND conversation_id = :conversation AND turn > :turn AND purpose = 'live'
    AND state = 'ready' AND stage = 'generate_reply' AND lease_until IS NULL
"""
# rows travel as one value and become rows where they are stored; the database's own defaults stand for what is not said
_KEEP_UTTERANCES = """
INSERT INTO utterances (run_id, organization_id, seq, speaker, start_ms, end_ms, text, confidence, channel)
SELECT :run, :org, said.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS said (seq int, speaker int, start_ms int, end_ms int, text text, confidence float, channel int)
"""
_KEEP_ANALYSIS = """
INSERT INTO analyses (run_id, organization_id, roles, role_confidence, intent, intent_confidence, sentiment, summary, intake, safety,
    figures, engine, model)
VALUES (:run, :org, CAST(:roles AS jsonb), :role_confidence, :intent, :intent_confidence, :sentiment, :summary, CAST(:intake AS jsonb),
    CAST(:safety AS jsonb), CAST(:figures AS jsonb), :engine, :model)
"""
_KEEP_REPLY = """
INSERT INTO replies (run_id, organization_id, text, channel, template, fault, escalates, engine, model, usage)
VALUES (:run, :org, :text, :channel, :template, :fault, :escalates, :engine, :model, CAST(:usage AS jsonb))
"""
# a retried run may have results of its earlier life
_FORGET = "DELETE FROM {table} WHERE organization_id = :org AND run_id = :run"


def record_transcription(claim: Claim, answer: Transcription, onward: Onward | None = None) -> Claim | None:
    """The words of a run, as rows of their own; the claim of the next stage, if ``onward`` got it. Raises LeaseLost, StoreUnavailable."""
    rows = [
        {
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
    mine = identify(claim)
    return settle(
        claim,
        *([Statement(_WORDS_HERE, mine)] if claim.purpose is Purpose.LIVE else []),
        advanced(claim, onward),
        Statement(_FORGET.format(table="utterances"), mine),
        settled_speech(claim.organization_id, claim.run_id, answer.usage.get("speech_seconds", 0)),
        *noted(claim, _transcriber(answer)),
        words=[Statement(_KEEP_UTTERANCES, mine | {"rows": _json(rows)})],
        onward=onward,
    )


def escalate(claim: Claim, rule: str, effects: tuple[Planned, ...], again_after_s: float | None = None) -> list[EffectBell]:
    """Call for a person, whatever becomes of the run; never taken back. The effects to ring for.

    Once per conversation; with ``again_after_s`` again for what was said so long after the last call, or after one that nobody heard of. A
    reprocess run calls nobody.
    Raises LeaseLost, StoreUnavailable.
    """
    if claim.purpose is not Purpose.LIVE:
        return []
    escalated = Statement(_ESCALATE, _identify(claim) | {"reason": rule, "again_after_s": again_after_s, "not_yet": list(LESSER_REASONS)})
    with transaction() as begun:
        is_new = begun.send(escalated)
        begun.send(held(claim))
        # once per conversation is what the key of the effect says, too: an organization may name whom to call only afterwards
        return bells(claim, begun.send(entered(claim, effects))) if is_new or again_after_s is None else []


def record_assessment(claim: Claim, answer: Assessment, onward: Onward | None = None) -> Claim | None:
    """Roles, intent, safety; the claim of the next stage, if ``onward`` got it. Raises LeaseLost, StoreUnavailable."""
    found = answer.analysis.understanding
    mine = identify(claim)
    return settle(
        claim,
        advanced(claim, onward, _REVISED, _revision(found.engine)),
        Statement(_FORGET.format(table="analyses"), mine),
        Statement(_NAME_ROLES, mine | {"roles": _json(_by_speaker(found))}),
        *noted(claim, found.engine),
        words=[Statement(_KEEP_ANALYSIS, mine | _analysis(answer.analysis))],
        onward=onward,
    )


def record_reply(claim: Claim, reply: Reply, onward: Onward | None = None) -> Claim | None:
    """What we answer; the claim of the next stage, if ``onward`` got it. Raises LeaseLost, StoreUnavailable."""
    by, mine = reply.engine, identify(claim)
    return settle(
        claim,
        advanced(claim, onward, _DEGRADED, _revision(by)),
        Statement(_FORGET.format(table="replies"), mine),
        *noted(claim, by),
        words=[Statement(_KEEP_REPLY, mine | _reply(reply))],
        onward=onward,
    )


def publish(claim: Claim, answer: Publication) -> list[EffectBell]:
    """Make a run count. A reprocess run only ends: its results lie beside the live ones. The effects to ring for.

    Raises LeaseLost, StoreUnavailable.
    """
    if claim.purpose is not Purpose.LIVE:
        commit(finished(claim), *noted(claim))
        return []
    shown = (Statement(_SHOW, identify(claim)), finished(claim), Statement(_NEXT_TURN, _identify(claim)), *noted(claim))
    reason = answer.escalates_for
    asked_for = [Statement(_ASKED_FOR, _identify(claim) | {"reason": reason})] if reason else []
    if not answer.effects:
        commit(*([locked(claim)] if asked_for else []), *shown, *asked_for)
        return []
    with transaction() as begun:
        begun.send(locked(claim), *shown, *asked_for)
        return bells(claim, begun.send(entered(claim, answer.effects)))


def _transcriber(answer: Transcription) -> Engine:
    by = Engine(answer.provider, answer.model or "", answer.usage, request_id=answer.vendor_request_id)
    return replace(by, input_hash=answer.input_hash, cached=answer.cached)


def _revision(by: Engine) -> dict[str, object]:
    return {
        "engine": by.provider,
        "model": by.model,
        "prompt_version": by.prompt_version,
        "degraded": by.stands_in_for is not None,
        "redo_with": by.redo_with,
    }


def _analysis(analysis: Analysis) -> dict[str, object]:
    found = analysis.understanding
    return {
        "roles": _json(_by_speaker(found)),
        "role_confidence": found.verdict.confidence,
        "intent": found.intent.name,
        "intent_confidence": found.intent.confidence,
        "sentiment": found.sentiment,
        "summary": found.summary,
        "intake": _json(found.intake),
        "safety": _json([{"rule": item.rule, "urgency": item.urgency, "seq": item.seq} for item in analysis.safety]),
        "figures": _json({**analysis.figures, **roles.figures(found.verdict)}),
        "engine": found.engine.provider,
        "model": found.engine.model,
    }


def _reply(reply: Reply) -> dict[str, object]:
    return {
        "text": reply.text,
        "channel": reply.channel,
        "template": reply.template,
        "fault": reply.fault,
        "escalates": reply.escalates,
        "engine": reply.engine.provider,
        "model": reply.engine.model,
        "usage": _json(reply.engine.usage),
    }


def _by_speaker(found: Understanding) -> dict[str, str]:
    return {str(speaker): role for speaker, role in found.verdict.roles.items()}


def _identify(claim: Claim) -> dict[str, object]:
    return identify(claim) | {"conversation": claim.conversation_id, "turn": claim.turn}


def _json(value: object) -> str:
    # what is a mapping of another class is not the serializer's business
    return orjson.dumps(value, default=dict).decode()
