"""What was said, page by page, as the run that counts has it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from db.engine import engine
from db.outage import reported
from db.pages import Page, Query
from db.tables.conversations import TranscriptRow
from db.tables.results import UtteranceRow
from db.tables.runs import RunRow
from db.views import UtteranceView
from domain.chain import Purpose

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


def _shown(organization_id: UUID, transcript_id: UUID, run_id: UUID | None) -> Query:
    """The id of that run of a transcript or, if none is named, of its latest live one."""
    query = select(RunRow.id).where(RunRow.organization_id == organization_id, RunRow.transcript_id == transcript_id)
    if run_id:
        return query.where(RunRow.id == run_id)
    return query.where(RunRow.purpose == Purpose.LIVE.value).order_by(RunRow.created_at.desc(), RunRow.id.desc()).limit(1)


def _said(organization_id: UUID, run_id: UUID | None) -> Query:
    mine = (UtteranceRow.organization_id == organization_id, UtteranceRow.run_id == run_id)
    return select(*_UTTERANCE).where(*mine).order_by(UtteranceRow.seq)
