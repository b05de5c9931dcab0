"""Where the database's user may make no roles, the API works by its filters alone; the two lines of the doctor mend it."""

import os
import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class, whatever its name
from sqlalchemy import make_url, select

import settings
from db import organizations
from db.engine import WORK, engine
from db.plant import confining
from db.tables import Base
from db.tables.organizations import OrganizationRow
from db.tenancy import confined
from domain.diagnosis.finding import Weight
from tasks.doctor.database import confinement, look, trouble
from tests.support import database


@pytest.fixture
def superuser(migrating: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """Who rules the server of a hosted database; the settings name its owner, who may nothing else."""
    url, user = make_url(os.environ["DATABASE_URL"]), f"plain_{uuid4().hex}"
    names = {"user": sql.Identifier(user), "database": sql.Identifier(url.database or "")}
    with migrating.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE ROLE {user} LOGIN; ALTER DATABASE {database} OWNER TO {user}").format(**names))
        cursor.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {user}").format(**names))
    monkeypatch.setenv("DATABASE_URL", url.set(username=user).render_as_string(hide_password=False))
    settings.current.cache_clear()
    yield migrating
    engine(WORK).dispose()
    with migrating.cursor() as cursor:
        cursor.execute(sql.SQL("REASSIGN OWNED BY {user} TO CURRENT_USER; DROP OWNED BY {user}; DROP ROLE {user}").format(**names))


def _seen(organization_id: UUID) -> set[str]:
    with confined(organization_id), engine().connect() as connection:
        return set(connection.scalars(select(OrganizationRow.slug)))


def test_a_user_who_may_make_no_roles_is_told_and_mended(superuser: Connection) -> None:
    # somebody else's database of the cluster has the role already
    with superuser.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'hookline_api'")
        assert cursor.fetchone() == (1,)
    database.upgrade()
    for slug in ("mine", "theirs"):
        organizations.ensure(slug, slug, None)
    tenant = organizations.find_by_slug("mine")
    assert tenant
    assert not confining.look().is_ours
    assert _seen(tenant.id) == {"mine", "theirs"}, "no worse than without"

    [finding] = confinement(confining.look())
    assert finding.code == "api_not_confined"
    told = re.fullmatch(r"as a user who may make roles: psql -c '(.*)'; then: celery -A tasks setup", finding.fix or "")
    assert told, finding.fix
    with superuser.cursor() as cursor:
        cursor.execute(told[1])
    assert confining.mend().is_ours
    assert _seen(tenant.id) == {"mine"}, "without a restart"
    assert confinement(confining.look()) == []


def test_a_table_that_lost_its_policy_gets_it_back(migrating: Connection) -> None:
    database.upgrade()
    with migrating.cursor() as cursor:
        cursor.execute("DROP POLICY of_the_organization ON runs; ALTER TABLE effects DISABLE ROW LEVEL SECURITY")
    assert set(confining.look().bare) == {"runs", "effects"}
    [finding] = confinement(confining.look())
    assert (finding.code, finding.fix) == ("api_not_confined", "celery -A tasks setup")
    assert confining.mend().bare == ()


def test_a_right_that_was_taken_is_told_as_such_and_given_back(migrating: Connection) -> None:
    """All of the API answered with errors, and everything was said to be well."""
    database.upgrade()
    with migrating.cursor() as cursor:
        cursor.execute("REVOKE SELECT ON transcripts FROM hookline_api; REVOKE INSERT ON audits FROM hookline_api")
    [finding] = confinement(confining.look())
    assert (finding.code, finding.weight, finding.fix) == ("api_denied", Weight.BROKEN, "celery -A tasks setup")
    assert "audits, transcripts" in finding.sentence
    assert confining.mend().denied == ()
    assert confinement(confining.look()) == []


def test_a_table_that_is_gone_is_named(migrating: Connection) -> None:
    database.upgrade()
    assert confining.missing_tables() == []
    with migrating.cursor() as cursor:
        cursor.execute("ALTER TABLE utterances RENAME TO utterances_x")
    found = trouble()
    assert found
    assert (found.code, "utterances" in found.sentence) == ("table_missing", True)
    assert [finding.code for finding in look()] == ["table_missing"]


def test_all_tables_of_organizations_are_mended_and_organizations_last() -> None:
    mine = {table.name for table in Base.metadata.sorted_tables if "organization_id" in table.c}
    assert {*confining.tables()} == mine | {"organizations"}
    assert confining.tables()[-1] == "organizations", "its policy says that the others are there"
