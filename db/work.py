"""Loads what a step may look at: the run, its tenant, its conversation, and what earlier steps wrote."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from db import remembered
from db.from_rows import analysis, reply, utterance
from db.one_trip import FORGETTABLE, Statement, commit
from db.opt_outs import key, last_word
from domain.batches import Variant
from domain.chain import Purpose, Source, Stage
from domain.organizations.organization import Organization
from domain.runs import Claim, Run
from domain.speech import Channel, Reply, Role
from domain.telephony.opt_outs import Keyword, OptOut
from domain.telephony.threads import HISTORY_LOOKS_BACK, HISTORY_TURNS, HISTORY_WITHIN_S, Message, recent
from domain.understanding.roles import evidence_of

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
# The reply that a run before gave, if it has gone its way: what was said to somebody is not said otherwise later. It was entered after the
# words were; an hour for a clock that was put back.
_ANSWERED = """(
    SELECT row_to_json(given) FROM runs AS mine
    JOIN effects AS e ON e.conversation_id = mine.conversation_id AND e.transcript_id = mine.transcript_id
        AND e.kind IN ('sms', 'call_update') AND e.created_at >= t.created_at - interval '1 hour'
    JOIN replies AS given ON given.run_id = e.run_id
    WHERE mine.organization_id = :org AND mine.id = :run AND mine.purpose = 'live' AND mine.predecessor_id IS NOT NULL
    ORDER BY e.created_at, e.id LIMIT 1)"""
_OPT_OUT = f"({last_word('json_build_array(o.stopped, o.source_ref)', ':org', 'c.our_number', 'c.their_number')})"
# of a thread or of a live call: what was said in earlier turns by the run that counts, and what we are known to have answered
_HISTORY = f"""(
    SELECT json_agg(json_build_array(words, media, answer) ORDER BY turn) FROM (
        SELECT said.turn, said.media,
            (SELECT string_agg(u.text, ' ' ORDER BY u.seq) FROM utterances AS u
                WHERE u.organization_id = :org AND u.run_id = said.current_run_id AND u.text <> '') AS words,
            (SELECT e.body FROM effects AS e
                WHERE e.organization_id = :org AND e.state = 'sent'
                    AND e.effect_key = concat_ws(':', 'transcript', said.id, CASE t.source WHEN 'sms' THEN 'sms' ELSE 'call_update' END)
            ) AS answer
        FROM transcripts AS said
        WHERE said.organization_id = :org AND said.conversation_id = t.conversation_id AND said.turn < t.turn
            AND said.turn >= t.turn - {HISTORY_LOOKS_BACK}
            AND t.source IN ('sms', 'live_turn') AND said.source = t.source
            AND COALESCE(said.said_at, said.created_at)
                > COALESCE(t.said_at, t.created_at) - interval '{HISTORY_WITHIN_S:.0f} seconds'
        ORDER BY said.turn DESC LIMIT {HISTORY_TURNS}) AS earlier)"""
# nobody is there any more, or the reply's place in the ledger was taken before it was written (db/sql_voice.py)
_UNHEARD = """(t.source = 'live_turn' AND (c.ended OR EXISTS (
        SELECT FROM effects AS e
        WHERE e.organization_id = :org AND e.effect_key = concat_ws(':', 'transcript', t.id, 'call_update'))))"""
_TOLD_ROLES = "(SELECT told_roles FROM runs WHERE organization_id = :org AND id = :run)"
# what the run's batch does otherwise
_VARIANT = "(SELECT json_build_array(b.from_step, b.prompt, b.model) FROM batches AS b WHERE b.organization_id = :org AND b.id = :batch)"
_NOT_YET = "CAST(NULL AS json)"
# what the organization wanted when the run began; who has it in memory is not told again
_WANTED = """CASE WHEN NOT :known THEN COALESCE(
        (SELECT json_build_array(name, vertical, version, settings, true) FROM organization_versions
            WHERE organization_id = :org AND version = :version),
        json_build_array(o.name, o.vertical, o.version, o.settings, false)) END"""
# what each stage may look at, beside what all may
_LOOKS_AT = {
    Stage.TRANSCRIBE: {},
    # who said it is not known yet, whatever an earlier try found
    Stage.CLASSIFY_SPEAKERS: {"utterances": _UTTERANCES.replace("channel, role", "channel, NULL"), "told_roles": _TOLD_ROLES},
    Stage.GENERATE_REPLY: {
        "utterances": _UTTERANCES,
        "analysis": _ANALYSIS,
        "answered": _ANSWERED,
        "history": _HISTORY,
        "unheard": _UNHEARD,
    },
    Stage.PERSIST: {"utterances": _UTTERANCES, "analysis": _ANALYSIS, "reply": _REPLY, "opt_out": _OPT_OUT},
}
_PARTS = ("utterances", "told_roles", "analysis", "answered", "reply", "opt_out", "history", "unheard")


def _context(stage: Stage) -> str:
    parts = ", ".join(f"{_LOOKS_AT[stage].get(part, _NOT_YET)} AS {part}" for part in _PARTS)
    return f"""
SELECT o.slug, o.twilio_account_sid, {_WANTED} AS wanted,
    t.source, t.source_ref, t.duration_ms, t.channels, t.keyword, t.media,
    EXTRACT(EPOCH FROM clock_timestamp() - COALESCE(t.said_at, t.created_at)) AS age_s,
    c.channel, c.direction, c.their_number, c.our_number, {_VARIANT} AS variant, {parts}
FROM transcripts AS t JOIN conversations AS c ON c.id = t.conversation_id JOIN organizations AS o ON o.id = t.organization_id
WHERE t.organization_id = :org AND t.id = :transcript
"""


_CONTEXTS = {stage: _context(stage) for stage in Stage}


def load(claim: Claim) -> Run:
    """The run behind a claim. A live run's first AI stage marks the transcript as being worked on. Raises StoreUnavailable."""
    known = remembered.recall(claim.organization_id, claim.organization_version)
    mine = {"org": claim.organization_id, "run": claim.run_id, "transcript": claim.transcript_id}
    begins = claim.stage is Stage.CLASSIFY_SPEAKERS and claim.purpose is Purpose.LIVE
    beginning = [Statement(_BEGUN, mine), Statement(_LIGHTLY, mine)] if begins else []
    asked = mine | {"version": claim.organization_version, "known": known is not None, "batch": claim.batch_id} | key()
    [row] = commit(*beginning, Statement(_CONTEXTS[claim.stage], asked))
    return Run(
        claim=claim,
        organization=replace(known or _wanted(claim.organization_id, *row.wanted), slug=row.slug, twilio_account=row.twilio_account_sid),
        source=Source(row.source),
        source_ref=row.source_ref,
        evidence=evidence_of(Source(row.source), Channel(row.channel), row.direction, row.channels, _told(row.told_roles)),
        customer_number=row.their_number,
        our_number=row.our_number,
        duration_s=row.duration_ms / 1_000 if row.duration_ms is not None else None,
        channels=row.channels,
        age_s=float(row.age_s),
        answered=_paid_then(reply(row.answered)),
        keyword=Keyword(row.keyword) if row.keyword else None,
        media=tuple(row.media),
        history=recent([message for turn in row.history or () for message in _messages(*turn)]),
        opt_out=OptOut(*row.opt_out) if row.opt_out else None,
        is_unheard=bool(row.unheard) and claim.purpose is Purpose.LIVE,
        utterances=tuple(utterance(*said) for said in row.utterances or ()),
        analysis=analysis(row.analysis),
        reply=reply(row.reply),
        variant=_variant(row.variant),
    )


def _wanted(organization_id: UUID, name: str, vertical: str, version: int, settings: Mapping[str, Any], kept: bool) -> Organization:  # noqa: FBT001 - the columns, in their order
    told = Organization.from_settings(organization_id, "", name, settings, vertical=vertical, version=version)
    if kept:
        remembered.keep(organization_id, told)
    return told


def _told(roles: Mapping[str, str] | None) -> Mapping[int, Role] | None:
    return {int(speaker): Role(role) for speaker, role in roles.items()} if roles else None


def _messages(words: str | None, media: Sequence[str], answer: str | None) -> Iterator[Message]:
    if words or media:
        yield Message(Role.CUSTOMER, words or "", tuple(media))
    if answer:
        yield Message(Role.AGENT, answer)


def _variant(told: Sequence[str | None] | None) -> Variant | None:
    if told is None:
        return None
    from_step, prompt, model = told
    return Variant(Stage(from_step) if from_step else None, prompt, model)


def _paid_then(given: Reply | None) -> Reply | None:
    return replace(given, engine=replace(given.engine, usage={})) if given else None
