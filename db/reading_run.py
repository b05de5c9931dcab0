"""What customers read of one run: its standing, its steps, and what it found."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, func, select

from db.engine import engine
from db.outage import reported
from db.pages import Page, Query
from db.tables.conversations import TranscriptRow
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
# of a run that is shown as it stands
RUN = (*_RUN, _NEXT_LOOK, _LEASED)
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
    row = connection.execute(_shown(organization_id, transcript_id, current_run_id).with_only_columns(*RUN)).first()
    return run_view(connection, organization_id, row._asdict()) if row else None


def run_view(connection: Connection, organization_id: UUID, found: dict[str, Any]) -> RunView:
    """The run of a row that has the columns ``RUN``, with its steps."""
    leased = found.pop("leased")
    return RunView(**found, steps=_fetch_steps(connection, organization_id, found, leased=leased))


def fetch_utterances(connection: Connection, organization_id: UUID, run_id: UUID) -> tuple[UtteranceView, ...]:
    """What was said, in order."""
    return tuple(UtteranceView(**row._asdict()) for row in connection.execute(_said(organization_id, run_id)))


def fetch_utterance_page(
    organization_id: UUID, transcript_id: UUID, limit: int, after: tuple[Any, ...] | None = None
) -> Page[UtteranceView] | None:
    """What was said, in order, by the run that counts or, before one does, the latest live one; of the same run after a position.

    None if there is no such transcript. Raises StoreUnavailable.
    """
    with reported(), engine().connect() as connection:
        run_id, seq = after or (None, -1)
        mine = (TranscriptRow.organization_id == organization_id, TranscriptRow.id == transcript_id)
        transcript = connection.execute(select(TranscriptRow.current_run_id).where(*mine)).first()
        if transcript is None:
            return None
        shown = connection.scalar(_shown(organization_id, transcript_id, run_id or transcript.current_run_id))
        query = _said(organization_id, shown).where(UtteranceRow.seq > seq).limit(limit + 1)
        found = [UtteranceView(**row._asdict()) for row in connection.execute(query)]
    return Page(tuple(found[:limit]), (shown, found[limit - 1].seq) if len(found) > limit else None)


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


def _shown(organization_id: UUID, transcript_id: UUID, run_id: UUID | None) -> Query:
    """The id of that run of a transcript or, if none is named, of its latest live one."""
    query = select(RunRow.id).where(RunRow.organization_id == organization_id, RunRow.transcript_id == transcript_id)
    if run_id:
        return query.where(RunRow.id == run_id)
    return query.where(RunRow.purpose == Purpose.LIVE.value).order_by(RunRow.created_at.desc(), RunRow.id.desc()).limit(1)


def _said(organization_id: UUID, run_id: UUID | None) -> Query:
    mine = (UtteranceRow.organization_id == organization_id, UtteranceRow.run_id == run_id)
    return select(*_UTTERANCE).where(*mine).order_by(UtteranceRow.seq)


def _fetch_steps(connection: Connection, organization_id: UUID, run: Mapping[str, Any], *, leased: bool) -> tuple[StepView, ...]:
    mine = (RunStepRow.organization_id == organization_id, RunStepRow.run_id == run["id"])
    figures = {row.stage: row._asdict() for row in connection.execute(select(*_STEP).where(*mine))}
    current, state = Stage(run["stage"]), RunState(run["state"])
    return tuple(
        StepView(**({"stage": stage} | figures.get(stage, {})), state=step_state(stage, current=current, state=state, leased=leased))
        for stage in STAGES
    )
