"""Every row of the fault table, short: real processes under load, the real fault, and what became of every webhook that was accepted."""

import pytest

from benchmarks.faults import calls, experiment
from benchmarks.faults.call_rows import CALL_ROWS, CallRow
from benchmarks.faults.experiment import SHORT
from benchmarks.faults.hookline import Hookline
from benchmarks.faults.rows import BY_NAME, ROWS, Row
from benchmarks.stock.house import Stock

LEAST = 60
LOST = BY_NAME["redis-wiped"]


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_accepted_webhook_is_lost_and_none_happens_twice(row: Row) -> None:
    """A run whose fault does not fall between the first and the last accepted one is played again: it would prove nothing."""
    found, broken = experiment.run(row, Hookline(), SHORT)

    assert broken == []
    assert found.answers >= LEAST
    assert len(found.once) + len(found.dead) + len(found.unknown) >= len(found.accepted) > 0


@pytest.mark.timeout(1_200)
def test_the_harness_sees_what_stock_celery_loses() -> None:
    found, _ = experiment.run(LOST, Stock(), SHORT)

    assert found.accepted
    assert found.never, "a harness that sees no loss here proves nothing by seeing none elsewhere"


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("row", CALL_ROWS, ids=lambda row: row.name)
def test_every_caller_is_answered_once_or_told_and_whoever_is_in_danger_is_put_through(row: CallRow) -> None:
    found, drain_s = calls.run(row, SHORT)

    assert found.wrong == []
    assert drain_s is not None
    assert found.answered + found.told == (calls.SHORT_CALLS - found.put_through) * len(calls.TALK)
    assert found.put_through == calls.SHORT_CALLS // calls.DANGER_EVERY
