"""While an organization is served, nobody else's rows are there: whatever a query forgot, and whatever became of the connection before."""

import os
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from db import audits, tenancy
from db.driver import ask, borrowed
from db.engine import WORK, engine
from db.outage import reported
from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from db.tenancy import confined, confined_stream, unconfined
from domain.errors import StoreUnavailable
from tests.architecture.test_tenancy import TENANT_TABLES
from tests.support import database
from tests.support.factories import OrganizationFactory, TranscriptFactory
from tests.support.stored import rows

WHO = "SELECT current_user AS who, COALESCE(current_setting('hookline.organization', true), '') AS organization"
POLICIES = """
SELECT tablename::text, qual, with_check, roles::text[], cmd, permissive, c.relrowsecurity AS is_on
FROM pg_policies AS p JOIN pg_class AS c ON c.relname = p.tablename WHERE p.schemaname = 'public'"""


@pytest.fixture
def other() -> OrganizationRow:
    """Somebody else."""
    return OrganizationFactory.create(slug="other")


@pytest.fixture(autouse=True)
def _small_pool() -> Iterator[None]:
    """Each test begins and ends without connections that another one has used."""
    engine(WORK).dispose()
    yield
    engine(WORK).dispose()


def _without_any_filter() -> set[UUID]:
    with engine().connect() as connection:
        return set(connection.scalars(select(TranscriptRow.organization_id)))


def _who() -> tuple[str, str]:
    with engine().connect() as connection:
        return tuple(connection.execute(text(WHO)).one())


def _pid() -> int:
    with engine().connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_a_query_without_a_filter_finds_only_what_is_the_askers(organization: OrganizationRow, other: OrganizationRow) -> None:
    for owner in (organization, other):
        TranscriptFactory.create(organization_id=owner.id)
    assert _without_any_filter() == {organization.id, other.id}, "front and workers serve everybody"
    for owner in (organization, other):
        with confined(owner.id):
            assert _without_any_filter() == {owner.id}
            with unconfined():
                assert _without_any_filter() == {organization.id, other.id}
    assert _without_any_filter() == {organization.id, other.id}


def test_the_drivers_own_connections_are_confined_too(organization: OrganizationRow, other: OrganizationRow) -> None:
    TranscriptFactory.create(organization_id=other.id)
    with confined(organization.id), borrowed() as held:
        assert ask(held, "SELECT id FROM transcripts") == []
    with borrowed() as held:
        assert len(ask(held, "SELECT id FROM transcripts")) == 1


def test_what_was_planned_for_everybody_is_not_used_for_one(organization: OrganizationRow, other: OrganizationRow) -> None:
    """db/planned.py keeps statements on a connection, and the same connection serves both."""
    TranscriptFactory.create(organization_id=other.id)
    with borrowed() as held:
        ask(held, "PREPARE all_of_them AS SELECT id FROM transcripts")
        assert len(ask(held, "EXECUTE all_of_them")) == 1
    with confined(organization.id), borrowed() as held:
        assert ask(held, "EXECUTE all_of_them") == []
    with borrowed() as held:
        assert len(ask(held, "EXECUTE all_of_them")) == 1


def test_nothing_is_written_for_somebody_else(organization: OrganizationRow, other: OrganizationRow) -> None:
    theirs = TranscriptFactory.create(organization_id=other.id)
    with confined(organization.id):
        with engine().begin() as connection:
            assert connection.execute(update(TranscriptRow).values(turn=9)).rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"), engine().begin() as connection:
            audits.record(connection, other.id, "ada", "key.create", "key", uuid4())
        with engine().begin() as connection:
            audits.record(connection, organization.id, "ada", "key.create", "key", uuid4())
    assert [found["organization_id"] for found in rows("SELECT organization_id FROM audits")] == [str(organization.id)]
    assert rows("SELECT turn FROM transcripts WHERE id = %s", str(theirs.id)) == [{"turn": theirs.turn}]


@pytest.mark.parametrize("statement", ["SELECT password_hash FROM people", "DELETE FROM transcripts", "UPDATE audits SET act = 'x'"])
def test_what_no_request_needs_is_refused(organization: OrganizationRow, statement: str) -> None:
    with confined(organization.id), pytest.raises(ProgrammingError, match="permission denied"), engine().begin() as connection:
        connection.execute(text(statement))


def test_a_connection_comes_back_clean(organization: OrganizationRow) -> None:
    owner, pid = _who(), _pid()
    with confined(organization.id):
        assert _who() == ("hookline_api", str(organization.id))
    assert (_who(), _pid()) == (owner, pid), "the same connection, as it was"


def _fails_in_a_transaction() -> None:
    with engine().begin() as connection:
        connection.execute(text("SELECT 1 / 0"))


def _fails_in_the_drivers_own() -> None:
    with borrowed() as held:
        ask(held, "SELECT 1 / 0")


def _fails_half_way() -> None:
    with borrowed() as held:
        ask(held, "BEGIN")
        raise KeyError("of ours")


def _is_cut() -> None:
    with engine().connect() as connection, database.connected(os.environ["DATABASE_URL"]) as killer, killer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", (connection.scalar(text("SELECT pg_backend_pid()")),))
        connection.execute(text("SELECT 1"))


@pytest.mark.parametrize("fail", [_fails_in_a_transaction, _fails_in_the_drivers_own, _fails_half_way, _is_cut])
def test_a_connection_comes_back_clean_or_not_at_all_whatever_happened(organization: OrganizationRow, fail: Callable[[], None]) -> None:
    owner = _who()
    with confined(organization.id), pytest.raises((DBAPIError, KeyError)):
        fail()
    assert _who() == owner
    with confined(organization.id):
        assert _who() == ("hookline_api", str(organization.id))


def test_a_connection_that_cannot_be_cleaned_is_closed(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = _who()
    monkeypatch.setattr(tenancy, "_LAY_DOWN", "SELECT nonsense")
    with confined(organization.id):
        pid = _pid()
    assert _who() == owner
    assert _pid() != pid


def test_a_connection_that_cannot_be_confined_serves_nobody(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = _who()
    monkeypatch.setattr(tenancy, "_TAKE_ON", "SELECT %s::uuid, pg_terminate_backend(pg_backend_pid())")
    with confined(organization.id), pytest.raises(StoreUnavailable), reported():
        _without_any_filter()
    assert _who() == owner


def test_an_answer_that_is_made_while_it_is_sent_is_confined_part_by_part(organization: OrganizationRow, other: OrganizationRow) -> None:
    closed = []

    def parts() -> Iterator[bytes]:
        try:
            for _ in range(3):
                yield _who()[1].encode()
        finally:
            closed.append(True)

    stream = confined_stream(organization.id, parts())
    with confined(other.id):
        assert next(stream) == str(organization.id).encode()
        assert _who()[1] == str(other.id), "between the parts somebody else is served"
    assert next(stream) == str(organization.id).encode()
    stream.close()  # type: ignore[attr-defined]  # it is a generator
    assert closed == [True]


@pytest.mark.parametrize("table", [*(table.name for table in TENANT_TABLES), "organizations"])
def test_every_table_of_organizations_has_its_policy(table: str) -> None:
    column = "id" if table == "organizations" else "organization_id"
    mine = f"({column} = (current_setting('hookline.organization'::text))::uuid)"
    assert [found for found in rows(POLICIES) if found["tablename"] == table] == [
        {
            "tablename": table,
            "qual": mine,
            "with_check": mine,
            "roles": ["hookline_api"],
            "cmd": "ALL",
            "permissive": "PERMISSIVE",
            "is_on": True,
        }
    ]
