"""What customers read of one run: its standing, its steps, and what it found."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, func, select

from db.tables.results import AnalysisRow, ReplyRow, UtteranceRow
from db.tables.runs import RunRow, RunStepRow
from db.views import AnalysisView, ReplyView, RunView, StepView, UtteranceView
from domain.chain import STAGES, Purpose, RunState, Stage
from domain.progress import step_state

_RUN = (
    RunRow.id,
    RunRow.state,
    RunRow.stage,
    RunRow.purpose,
    RunRow.engine,
    RunRow.model,
    RunRow.degraded,
    RunRow.prompt_version,
    RunRow.organization_version,
    RunRow.last_error,
    RunRow.waiting_for,
    RunRow.trace_id,
    RunRow.created_at,
    RunRow.finished_at,
)
# when the sweeper looks at it again, if nothing wakes it before; a run that has ended is not looked at
_NEXT_LOOK = case((RunRow.state.in_((RunState.READY, RunState.WAITING)), RunRow.next_publish_at)).label("next_look_at")
_LEASED = func.coalesce(RunRow.lease_until > func.clock_timestamp(), False).label("leased")
_STEP = (
    RunStepRow.stage,
    RunStepRow.attempts,
    RunStepRow.queued_at,
    RunStepRow.started_at,
    RunStepRow.finished_at,
    RunStepRow.worker,
    RunStepRow.provider,
    RunStepRow.model,
    RunStepRow.usage,
    RunStepRow.price_usd,
    RunStepRow.submission,
    RunStepRow.vendor_request_id,
    RunStepRow.error_code,
)
_UTTERANCE = (
    UtteranceRow.seq,
    UtteranceRow.speaker,
    UtteranceRow.role,
    UtteranceRow.text,
    UtteranceRow.start_ms,
    UtteranceRow.end_ms,
    UtteranceRow.confidence,
    UtteranceRow.channel,
)
_ANALYSIS = (
    AnalysisRow.roles,
    AnalysisRow.role_confidence,
    AnalysisRow.intent,
    AnalysisRow.intent_confidence,
    AnalysisRow.sentiment,
    AnalysisRow.summary,
    AnalysisRow.intake,
    AnalysisRow.safety,
    AnalysisRow.figures,
    AnalysisRow.engine,
    AnalysisRow.model,
)
_REPLY = (ReplyRow.text, ReplyRow.channel, ReplyRow.template, ReplyRow.fault, ReplyRow.engine, ReplyRow.model)


def fetch_run(connection: Connection, organization_id: UUID, transcript_id: UUID, current_run_id: UUID | None) -> RunView | None:
    """The run that counts or, before one does, the transcript's latest live run."""
    query = select(*_RUN, _NEXT_LOOK, _LEASED).where(RunRow.organization_id == organization_id, RunRow.transcript_id == transcript_id)
    if current_run_id:
        query = query.where(RunRow.id == current_run_id)
    else:
        query = query.where(RunRow.purpose == Purpose.LIVE.value).order_by(RunRow.created_at.desc(), RunRow.id.desc()).limit(1)
    row = connection.execute(query).first()
    if row is None:
        return None
    found = row._asdict()
    leased = found.pop("leased")
    return RunView(**found, steps=_fetch_steps(connection, organization_id, found, leased=leased))


def fetch_utterances(connection: Connection, organization_id: UUID, run_id: UUID) -> tuple[UtteranceView, ...]:
    """What was said, in order."""
    mine = (UtteranceRow.organization_id == organization_id, UtteranceRow.run_id == run_id)
    return tuple(UtteranceView(**row._asdict()) for row in connection.execute(select(*_UTTERANCE).where(*mine).order_by(UtteranceRow.seq)))


def fetch_analysis(connection: Connection, organization_id: UUID, run_id: UUID) -> AnalysisView | None:
    """What the run made of it, if it has come so far."""
    mine = (AnalysisRow.organization_id == organization_id, AnalysisRow.run_id == run_id)
    row = connection.execute(select(*_ANALYSIS).where(*mine)).first()
    return AnalysisView(**row._asdict()) if row else None


def fetch_reply(connection: Connection, organization_id: UUID, run_id: UUID) -> ReplyView | None:
    """What the run answers, if it has come so far."""
    mine = (ReplyRow.organization_id == organization_id, ReplyRow.run_id == run_id)
    row = connection.execute(select(*_REPLY).where(*mine)).first()
    return ReplyView(**row._asdict()) if row else None


def _fetch_steps(connection: Connection, organization_id: UUID, run: Mapping[str, Any], *, leased: bool) -> tuple[StepView, ...]:
    mine = (RunStepRow.organization_id == organization_id, RunStepRow.run_id == run["id"])
    figures = {row.stage: row._asdict() for row in connection.execute(select(*_STEP).where(*mine))}
    current, state = Stage(run["stage"]), RunState(run["state"])
    return tuple(
        StepView(**({"stage": stage} | figures.get(stage, {})), state=step_state(stage, current=current, state=state, leased=leased))
        for stage in STAGES
    )
