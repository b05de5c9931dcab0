"""Loads what a step may look at: the run, its tenant, its conversation, and what earlier steps wrote."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from db.one_trip import FORGETTABLE, Statement, commit
from domain.chain import Purpose, Source, Stage
from domain.organization import Organization
from domain.runs import Claim, Run
from domain.speech import (
    Analysis,
    CallEvidence,
    Channel,
    Engine,
    Intent,
    Reply,
    Role,
    RoleVerdict,
    SafetyFinding,
    Understanding,
    Urgency,
    Utterance,
)

# a live run's first AI stage; it comes first, so that the transcript is locked before anything else is read
_BEGUN = """
UPDATE transcripts SET processing_status = 'processing', processing_reason = NULL, updated_at = clock_timestamp()
WHERE organization_id = :org AND id = :transcript AND processing_status = 'pending'
"""
_LIGHTLY = f"SELECT {FORGETTABLE}"
_UTTERANCES = """(
    SELECT json_agg(json_build_array(seq, speaker, text, start_ms, end_ms, confidence, channel, role) ORDER BY seq)
    FROM utterances WHERE organization_id = :org AND run_id = :run)"""
_ANALYSIS = "(SELECT row_to_json(a) FROM analyses AS a WHERE organization_id = :org AND run_id = :run)"
_REPLY = "(SELECT row_to_json(r) FROM replies AS r WHERE organization_id = :org AND run_id = :run)"
# the reply that the run before gave, if it has gone its way: what was said to somebody is not said otherwise later
_ANSWERED = """(
    SELECT row_to_json(given) FROM runs AS mine JOIN replies AS given ON given.run_id = mine.predecessor_id
    WHERE mine.organization_id = :org AND mine.id = :run AND mine.purpose = 'live' AND EXISTS (
        SELECT FROM effects AS e WHERE e.conversation_id = mine.conversation_id AND e.run_id = given.run_id AND e.kind = 'sms'))"""
_NOT_YET = "CAST(NULL AS json)"
# what each stage may look at, beside what all may
_LOOKS_AT = {
    Stage.TRANSCRIBE: {},
    Stage.CLASSIFY_SPEAKERS: {"utterances": _UTTERANCES},
    Stage.GENERATE_REPLY: {"utterances": _UTTERANCES, "analysis": _ANALYSIS, "answered": _ANSWERED},
    Stage.PERSIST: {"utterances": _UTTERANCES, "analysis": _ANALYSIS, "reply": _REPLY},
}
_PARTS = ("utterances", "analysis", "answered", "reply")


def _context(stage: Stage) -> str:
    parts = ", ".join(f"{_LOOKS_AT[stage].get(part, _NOT_YET)} AS {part}" for part in _PARTS)
    return f"""
SELECT o.slug, o.name, o.settings, o.twilio_account_sid, t.source, t.source_ref, t.duration_ms, t.channels,
    EXTRACT(EPOCH FROM clock_timestamp() - COALESCE(t.said_at, t.created_at)) AS age_s,
    c.channel, c.direction, c.their_number, c.our_number, {parts}
FROM transcripts AS t JOIN conversations AS c ON c.id = t.conversation_id JOIN organizations AS o ON o.id = t.organization_id
WHERE t.organization_id = :org AND t.id = :transcript
"""


_CONTEXTS = {stage: _context(stage) for stage in Stage}


def load(claim: Claim) -> Run:
    """The run behind a claim. A live run's first AI stage marks the transcript as being worked on. Raises StoreUnavailable."""
    mine = {"org": claim.organization_id, "run": claim.run_id, "transcript": claim.transcript_id}
    begins = claim.stage is Stage.CLASSIFY_SPEAKERS and claim.purpose is Purpose.LIVE
    beginning = [Statement(_BEGUN, mine), Statement(_LIGHTLY, mine)] if begins else []
    [row] = commit(*beginning, Statement(_CONTEXTS[claim.stage], mine))
    return Run(
        claim=claim,
        organization=Organization.from_settings(claim.organization_id, row.slug, row.name, row.settings, row.twilio_account_sid),
        source=Source(row.source),
        source_ref=row.source_ref,
        evidence=CallEvidence(Channel(row.channel), row.direction),
        customer_number=row.their_number,
        our_number=row.our_number,
        duration_s=row.duration_ms / 1_000 if row.duration_ms is not None else None,
        channels=row.channels,
        age_s=float(row.age_s),
        answered=_paid_then(_read_reply(row.answered)),
        utterances=tuple(_utterance(*said) for said in row.utterances or ()),
        analysis=_read_analysis(row.analysis),
        reply=_read_reply(row.reply),
    )


def _utterance(  # the columns, in their order
    seq: int, speaker: int, text: str, start_ms: int, end_ms: int, confidence: float | None, channel: int, role: str | None
) -> Utterance:
    return Utterance(seq, speaker, text, start_ms, end_ms, confidence, channel, Role(role) if role else None)


def _read_analysis(found: Mapping[str, Any] | None) -> Analysis | None:
    if found is None:
        return None
    verdict = RoleVerdict({int(speaker): Role(role) for speaker, role in found["roles"].items()}, found["role_confidence"])
    intent, by = Intent(found["intent"], found["intent_confidence"]), Engine(found["engine"], found["model"])
    understanding = Understanding(verdict, intent, by, found["sentiment"], found["summary"], found["intake"])
    findings = tuple(SafetyFinding(item["rule"], Urgency(item["urgency"]), item["seq"]) for item in found["safety"])
    return Analysis(understanding, findings)


def _read_reply(found: Mapping[str, Any] | None) -> Reply | None:
    if found is None:
        return None
    return Reply(found["text"], Channel(found["channel"]), Engine(found["engine"], found["model"], found["usage"]), found["template"])


def _paid_then(given: Reply | None) -> Reply | None:
    return replace(given, engine=replace(given.engine, usage={})) if given else None
