"""Nothing makes the front or the chain much dearer than they are: held against what they are compared with, in the same run."""

import statistics
from collections.abc import Iterator

import pytest

from benchmarks.chain import measuring as chains
from benchmarks.front import bodies, measuring
from benchmarks.front.houses import Hookline, all_of_them
from benchmarks.harness import rig as rigs
from benchmarks.harness.rig import Rig

ROUNDS, PER_S, SECONDS = 3, 50.0, 3.0
RUNS, EMPTY_RUNS = 150, 600
# docs/performance.md says what they are; half as much again is a change that somebody should know of
CPU_OF_THE_FLOORS_AT_MOST = 4.0
TIME_OF_EMPTY_TASKS_AT_MOST = 7.5


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """PostgreSQL and Redis of their own."""
    with rigs.opened("bench") as opened:
        yield opened


@pytest.fixture(scope="module")
def house(rig: Rig) -> Hookline:
    """The product, listening."""
    made = Hookline()
    made.start(rig)
    return made


@pytest.mark.alone
@pytest.mark.timeout(300)
def test_a_webhook_costs_so_much_more_than_to_store_its_body(rig: Rig, house: Hookline) -> None:
    floor, _, _ = all_of_them()
    floor.start(rig)
    dearer = []
    for _ in range(ROUNDS):
        least, ours = (measuring.steadily(front, bodies.CALL, PER_S, SECONDS) for front in (floor, house))
        assert least.pace.failed == ours.pace.failed == 0
        dearer.append(ours.cpu_ms / least.cpu_ms)
    print(f"\nCPU of the floor's: {', '.join(f'{each:.1f}' for each in dearer)}")  # noqa: T201 - the figures are what a reader of the run wants to see
    assert statistics.median(dearer) < CPU_OF_THE_FLOORS_AT_MOST


@pytest.mark.alone
@pytest.mark.timeout(300)
def test_a_run_takes_so_much_longer_than_four_empty_tasks(rig: Rig, house: Hookline) -> None:
    longer = [chains.empty(rig, EMPTY_RUNS) / chains.hookline(rig, house, bodies.FORM, RUNS) for _ in range(ROUNDS)]
    print(f"\ntime of four empty tasks: {', '.join(f'{each:.1f}' for each in longer)}")  # noqa: T201 - as above
    assert statistics.median(longer) < TIME_OF_EMPTY_TASKS_AT_MOST
