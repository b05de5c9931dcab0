"""Several statements in one message: all of them or none, the last one's rows, one visit to the database for a step."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import PoolProxiedConnection

from db.driver import Rows, ask
from db.engine import engine
from db.one_trip import FORGETTABLE, Statement, commit, fenced, transaction
from db.results import publish, record_assessment, record_reply, record_transcription
from db.work import load
from domain.chain import Stage
from domain.errors import LeaseLost, StoreUnavailable
from domain.runs import Assessment, Claim, Publication
from tests.support import chain, visits
from tests.support.factories import OrganizationFactory, RunFactory
from tests.support.stored import count, row, rows

_NAME = "UPDATE organizations SET name = :name WHERE id = :id"
_ODD = '50 % off: it\'s \\ a "test" :name {table} ?'


def test_all_of_it_is_one_message_and_the_last_ones_rows_come_back() -> None:
    organization = OrganizationFactory.create()
    mine = {"id": organization.id, "name": _ODD}
    told = Statement("SELECT name, CAST(:name AS text) AS told FROM organizations WHERE id = :id", mine)
    commit(told, Statement(_NAME, mine))
    with visits.counted() as seen:
        found = commit(Statement(_NAME, mine), told)
    assert [tuple(each) for each in found] == [(_ODD, _ODD)]
    assert len(seen) == 1


def test_a_last_statement_without_rows_answers_none() -> None:
    organization = OrganizationFactory.create()
    assert list(commit(Statement(_NAME, {"id": organization.id, "name": "new"}))) == []
    assert row("SELECT name FROM organizations")["name"] == "new"


def test_if_one_fails_none_has_happened() -> None:
    organization = OrganizationFactory.create()
    again = "INSERT INTO organizations (id, slug, name) SELECT id, slug, name FROM organizations"
    with pytest.raises(IntegrityError):
        commit(Statement(_NAME, {"id": organization.id, "name": "new"}), Statement(again, {}))
    assert row("SELECT name FROM organizations")["name"] == organization.name


@pytest.mark.parametrize("place", [0, 1], ids=["first", "last"])
def test_a_fence_that_moves_nothing_undoes_all_of_it(place: int) -> None:
    organization = OrganizationFactory.create()
    told = [Statement(_NAME, {"id": organization.id, "name": "new"})]
    told.insert(place, fenced("UPDATE organizations SET plan = 'x' WHERE name = :name", {"name": "nobody's"}))
    with pytest.raises(LeaseLost):
        commit(*told)
    assert row("SELECT name FROM organizations")["name"] == organization.name


def test_a_transaction_that_is_left_by_an_error_has_not_happened() -> None:
    organization = OrganizationFactory.create()

    def leave_early() -> None:
        with transaction() as begun:
            begun.send(fenced(_NAME, {"id": organization.id, "name": "new"}))
            raise KeyError("of ours")

    with pytest.raises(KeyError):
        leave_early()
    assert row("SELECT name FROM organizations")["name"] == organization.name


def test_a_lock_is_reported_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE organizations"), pytest.raises(StoreUnavailable):
        commit(Statement("SELECT 1 FROM organizations", {}))


def test_what_may_be_forgotten_is_so_for_one_transaction_only() -> None:
    [told] = commit(Statement(f"SELECT {FORGETTABLE}", {}), Statement("SELECT current_setting('synchronous_commit') AS now", {}))
    assert told.now == "off"
    with engine().connect() as connection:
        assert connection.scalar(text("SHOW synchronous_commit")) == "on"


_RECORDS: dict[Stage, Callable[[Any], object]] = {
    Stage.TRANSCRIBE: lambda held: record_transcription(held, chain.transcription()),
    Stage.CLASSIFY_SPEAKERS: lambda held: record_assessment(held, Assessment(chain.analysis())),
    Stage.GENERATE_REPLY: lambda held: record_reply(held, chain.reply()),
    Stage.PERSIST: lambda held: publish(held, Publication((chain.sms(held.transcript_id),))),
}


@pytest.mark.parametrize("stage", list(Stage))
def test_a_step_pays_few_visits(stage: Stage) -> None:
    first, second = RunFactory.create(), RunFactory.create()
    for run in (first, second):
        chain.bring_to(run.id, stage)
    _RECORDS[stage](_begun(first.id, stage))
    with visits.counted() as seen:
        _RECORDS[stage](_begun(second.id, stage))
    # claim, load, fence and figures, words; whoever rings for an effect has to know which were entered before it commits
    assert len(seen) == (5 if stage is Stage.PERSIST else 4)
    assert count("effects") == (2 if stage is Stage.PERSIST else 0)


def _begun(run_id: UUID, stage: Stage) -> Claim:
    held = chain.claim(run_id, stage)
    load(held)
    return held


@pytest.mark.parametrize("stage", list(Stage))
def test_a_message_that_a_lost_lease_ends_carries_nobodys_words(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server writes it into its own log."""
    run = RunFactory.create()
    chain.bring_to(run.id, stage)
    late = chain.claim(run.id, stage)
    rows("UPDATE runs SET lease_token = gen_random_uuid() RETURNING id")
    said: list[str] = []

    def noted(held: PoolProxiedConnection, message: bytes) -> Rows:
        said.append(message.decode())
        return ask(held, message)

    monkeypatch.setattr("db.one_trip.ask", noted)
    with pytest.raises(LeaseLost):
        _RECORDS[stage](late)
    [message] = said
    words = (chain.TEXT, chain.reply().text, chain.sms(late.transcript_id).target)
    assert [word for word in words if word in message] == []
