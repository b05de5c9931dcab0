"""A promise that cannot be checked is nobody else's misfortune: the others are, and written down."""

from datetime import datetime

import pytest
from sqlalchemy import text

from db.engine import SWEEP, engine
from db.plant import invariants
from db.plant.invariants import PROMISES
from db.tables.organizations import OrganizationRow
from tasks.invariants import rules
from tests.support import chain
from tests.support.stored import rows
from tests.support.unchecked import unanswerable

FIRST, LOST, LAST = PROMISES[1].name, "I1.run", PROMISES[-1].name
TOO_SLOW = "database:QueryCanceled:57014"


def _found() -> dict[str, tuple[int, str | None]]:
    """Checked and recorded: what does not hold, how often, or why nobody knows."""
    findings = invariants.check(rules())
    invariants.record(findings)
    assert [finding.promise.name for finding in findings] == [promise.name for promise in PROMISES], "in their order, whatever the turn"
    return {finding.promise.name: (finding.count, finding.unchecked) for finding in findings if not finding.holds}


def _recorded() -> dict[str, datetime]:
    return {row["invariant"]: row["checked_at"] for row in rows("SELECT invariant, checked_at FROM invariant_checks")}


@pytest.fixture(autouse=True)
def _lost(organization: OrganizationRow) -> None:
    """A promise that is broken."""
    stored = chain.store_sms(organization.id)
    rows("DELETE FROM runs WHERE id = %s RETURNING id", str(stored.run_id))


def test_a_query_that_is_too_slow_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariants, "STATEMENT_MS", 1_000)
    unanswerable(monkeypatch, LAST, "SELECT 'run' AS what, gen_random_uuid() AS id FROM pg_sleep(60)")
    assert _found() == {LOST: (1, None), LAST: (0, TOO_SLOW)}
    assert set(_recorded()) == {promise.name for promise in PROMISES} - {LAST}


def test_a_query_that_fails_fails_alone_and_its_age_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    _found()
    before = _recorded()
    unanswerable(monkeypatch, FIRST, "SELECT 'run' AS what, id FROM nowhere")
    found = _found()
    assert found.pop(FIRST) == (0, "database:UndefinedTable:42P01")
    after = _recorded()
    assert [name for name in before if after[name] == before[name]] == [FIRST]


def test_what_a_check_does_not_come_to_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariants, "BUDGET_S", -1.0)
    assert _found() == {promise.name: (0, invariants.OUT_OF_TIME) for promise in PROMISES}
    assert _recorded() == {}


def test_what_the_last_check_did_not_answer_comes_last_so_that_it_takes_nobody_elses_time() -> None:
    _found()
    rows("UPDATE invariant_checks SET checked_at = checked_at - interval '1 minute' WHERE invariant = %s RETURNING invariant", FIRST)
    rows("DELETE FROM invariant_checks WHERE invariant = %s RETURNING invariant", LOST)
    checks = _checks()
    assert {promise.name for promise in invariants._in_turn(checks)[-2:]} == {FIRST, LOST}
    assert len({invariants._in_turn(checks)[-1].name for _ in range(50)}) == 2, "they take turns"


def _checks() -> invariants.Checks:
    with engine(SWEEP).connect() as connection:
        return connection.execute(text(invariants._SINCE)).all()
