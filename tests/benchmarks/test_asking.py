"""The house whose vendors are asked: every question of every run is, and what the vendors report later is no part of how long it took."""

from collections.abc import Iterator

import pytest

from benchmarks.chain import measuring
from benchmarks.chain.asking import Asking
from benchmarks.front import bodies
from benchmarks.harness import rig as rigs
from benchmarks.harness.rig import Rig

RUNS, PER_S = 5, 2.5


@pytest.fixture
def rig() -> Iterator[Rig]:
    """PostgreSQL and Redis of their own."""
    with rigs.opened("bench", durable=False) as opened:
        yield opened


def test_each_run_asks_for_itself(rig: Rig) -> None:
    house = Asking()
    house.start(rig)
    assert measuring.hookline(rig, house, bodies.FORM, RUNS) > 0
    house.has_asked(RUNS)
    with pytest.raises(RuntimeError, match="have paid for"):
        house.has_asked(RUNS + 1)
    found = measuring.idle(rig, house, bodies.FORM, RUNS, PER_S)
    house.has_asked(RUNS)
    assert 0 < found.p50_ms <= found.p99_ms
