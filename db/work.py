"""Loads what a step may look at: the run, its tenant, its conversation, and what earlier steps wrote."""

from dataclasses import replace

from sqlalchemy import Connection, Executable, Row, exists, func, select, text

from db.engine import engine
from db.outage import reported
from db.tables.conversations import ConversationRow, TranscriptRow
from db.tables.effects import EffectRow
from db.tables.organizations import OrganizationRow
from db.tables.results import AnalysisRow, ReplyRow, UtteranceRow
from db.tables.runs import RunRow
from domain.chain import EffectKind, Purpose, Source, Stage
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

_BEGUN = """
UPDATE transcripts SET processing_status = 'processing', processing_reason = NULL, updated_at = clock_timestamp()
WHERE organization_id = :org AND id = :transcript AND processing_status = 'pending'
"""


def load(claim: Claim) -> Run:
    """The run behind a claim. A live run's first AI stage marks the transcript as being worked on. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        if claim.stage is Stage.CLASSIFY_SPEAKERS and claim.purpose is Purpose.LIVE:
            connection.execute(text(_BEGUN), {"org": claim.organization_id, "transcript": claim.transcript_id})
        row = connection.execute(_context(claim)).one()
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
            answered=_answered(connection, claim),
            utterances=_utterances(connection, claim),
            analysis=_analysis(connection, claim),
            reply=_reply(connection, claim),
        )


def _context(claim: Claim) -> Executable:
    return (
        select(
            OrganizationRow.slug,
            OrganizationRow.name,
            OrganizationRow.settings,
            OrganizationRow.twilio_account_sid,
            TranscriptRow.source,
            TranscriptRow.source_ref,
            TranscriptRow.duration_ms,
            TranscriptRow.channels,
            func.extract("epoch", func.clock_timestamp() - func.coalesce(TranscriptRow.said_at, TranscriptRow.created_at)).label("age_s"),
            ConversationRow.channel,
            ConversationRow.direction,
            ConversationRow.their_number,
            ConversationRow.our_number,
        )
        .join(ConversationRow, ConversationRow.id == TranscriptRow.conversation_id)
        .join(OrganizationRow, OrganizationRow.id == TranscriptRow.organization_id)
        .where(TranscriptRow.organization_id == claim.organization_id, TranscriptRow.id == claim.transcript_id)
    )


def _utterances(connection: Connection, claim: Claim) -> tuple[Utterance, ...]:
    if claim.stage is Stage.TRANSCRIBE:
        return ()
    u = UtteranceRow
    query = (
        select(u.seq, u.speaker, u.text, u.start_ms, u.end_ms, u.confidence, u.channel, u.role)
        .where(u.organization_id == claim.organization_id, u.run_id == claim.run_id)
        .order_by(u.seq)
    )
    return tuple(Utterance(*row[:7], role=Role(row.role) if row.role else None) for row in connection.execute(query))


def _analysis(connection: Connection, claim: Claim) -> Analysis | None:
    if claim.stage in {Stage.TRANSCRIBE, Stage.CLASSIFY_SPEAKERS}:
        return None
    query = select(AnalysisRow.__table__).where(AnalysisRow.organization_id == claim.organization_id, AnalysisRow.run_id == claim.run_id)
    row = connection.execute(query).first()
    return _read_analysis(row) if row else None


def _read_analysis(row: Row[tuple[object, ...]]) -> Analysis:
    verdict = RoleVerdict({int(speaker): Role(role) for speaker, role in row.roles.items()}, row.role_confidence)
    understanding = Understanding(
        verdict, Intent(row.intent, row.intent_confidence), Engine(row.engine, row.model), row.sentiment, row.summary, row.intake
    )
    findings = tuple(SafetyFinding(item["rule"], Urgency(item["urgency"]), item["seq"]) for item in row.safety)
    return Analysis(understanding, findings)


def _reply(connection: Connection, claim: Claim) -> Reply | None:
    if claim.stage is not Stage.PERSIST:
        return None
    query = select(ReplyRow.__table__).where(ReplyRow.organization_id == claim.organization_id, ReplyRow.run_id == claim.run_id)
    return _read_reply(connection.execute(query).first())


def _answered(connection: Connection, claim: Claim) -> Reply | None:
    """The reply that the run before gave, if it has gone its way: what was said to somebody is not said otherwise later."""
    if claim.stage is not Stage.GENERATE_REPLY or claim.purpose is not Purpose.LIVE:
        return None
    query = (
        select(ReplyRow.__table__)
        .join(RunRow, RunRow.predecessor_id == ReplyRow.run_id)
        .where(RunRow.organization_id == claim.organization_id, RunRow.id == claim.run_id)
        .where(
            exists().where(
                EffectRow.conversation_id == claim.conversation_id,
                EffectRow.run_id == ReplyRow.run_id,
                EffectRow.kind == EffectKind.SMS.value,
            )
        )
    )
    given = _read_reply(connection.execute(query).first())
    # it was paid for then
    return replace(given, engine=replace(given.engine, usage={})) if given else None


def _read_reply(row: Row[tuple[object, ...]] | None) -> Reply | None:
    return Reply(row.text, Channel(row.channel), Engine(row.engine, row.model, row.usage), row.template) if row else None
