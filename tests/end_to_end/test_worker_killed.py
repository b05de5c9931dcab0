"""A worker dies between two stages: the run goes on where it stood, once."""

from pathlib import Path

from sqlalchemy import ColumnElement, func, select

from db.tables.effects import EffectRow
from db.tables.results import ReplyRow
from db.tables.runs import RunRow, RunStepRow
from tests.end_to_end.conftest import Follow
from tests.support import processes
from tests.support.processes import until
from tests.support.sessions import session
from tests.support.vendors import send_sms


def _run_at(stage: str) -> RunRow | None:
    session.rollback()
    return session.scalar(select(RunRow).where(RunRow.stage == stage, RunRow.lease_token.is_(None)))


def _first_step() -> RunStepRow:
    session.rollback()
    return session.scalars(select(RunStepRow).where(RunStepRow.stage == "transcribe")).one()


def test_a_killed_worker_repeats_no_stage_and_sends_nothing_twice(web_url: str, tmp_path: Path, message_sid: str, follow: Follow) -> None:
    with processes.worker(tmp_path, options="-Q speech") as first:
        assert send_sms(web_url, message_sid, "Can I change my appointment to Friday?").status_code == 200
        until(lambda: _run_at("classify_speakers"), "the run stands at its second stage")
        done_at = _first_step().finished_at
        first.kill_group()

    with processes.worker(tmp_path):
        transcript = follow(message_sid)
        until(lambda: _count(EffectRow, EffectRow.state == "sent") == 1, "the reply is sent")

    assert transcript["processing_status"] == "completed"
    assert (_first_step().attempts, _first_step().finished_at) == (1, done_at)
    assert _count(ReplyRow) == 1
    assert _count(EffectRow) == 1


def _count(table: type[EffectRow | ReplyRow], *where: ColumnElement[bool]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table).where(*where)) or 0
