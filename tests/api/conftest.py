"""A finished transcript to read."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.pool import PoolProxiedConnection

from api import limits
from db import people
from db.driver import Rows, ask
from db.engine import FRONT, engine
from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from domain.chain import STAGES, RunState, Stage
from domain.statuses import ProcessingStatus
from tests.support.factories import AnalysisFactory, ReplyFactory, RunFactory, RunStepFactory, TranscriptFactory, UtteranceFactory
from tests.support.people import HASH
from tests.support.sessions import session


@pytest.fixture
def finished(organization: OrganizationRow) -> TranscriptRow:
    """A transcript that went through the whole chain; its run counts."""
    return finish(TranscriptFactory.create(organization_id=organization.id, processing_status=ProcessingStatus.COMPLETED.value))


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that the front sends, by SQLAlchemy or in one trip; not those that have the latter planned."""
    sent: list[str] = []

    def asked(held: PoolProxiedConnection, message: bytes) -> Rows:
        sent.append(message.decode())
        return ask(held, message)

    monkeypatch.setattr("db.one_trip.ask", asked)

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine(FRONT), "before_cursor_execute", note)
    yield sent
    event.remove(engine(FRONT), "before_cursor_execute", note)


def finish(transcript: TranscriptRow) -> TranscriptRow:
    run = RunFactory.create(
        organization_id=transcript.organization_id, transcript_id=transcript.id, state=RunState.DONE.value, stage=Stage.PERSIST.value
    )
    for stage in STAGES:
        RunStepFactory.create(run_id=run.id, stage=stage.value)
    for seq, role in enumerate(("agent", "customer")):
        UtteranceFactory.create(run_id=run.id, seq=seq, speaker=seq, role=role)
    AnalysisFactory.create(
        run_id=run.id,
        intake={"name": "Ann Lee", "guests": None},
        safety=[{"rule": "chest_pain", "urgency": "emergency", "seq": 1}],
        figures={"talk_ratio_customer": 0.4, "turns": 3},
    )
    ReplyFactory.create(run_id=run.id)
    transcript.current_run_id = run.id
    session().commit()
    return transcript


@pytest.fixture
def fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has asked before, and Redis may take its time."""
    monkeypatch.setattr(limits, "TIMEOUT_S", 30.0)
    limits.forget()


@pytest.fixture
def ada(organization: OrganizationRow) -> UUID:
    """An operator of ``organization``, as she writes herself."""
    return people.create(organization.id, "Ada@Example.com", HASH, Scope.OPERATOR, "test")
