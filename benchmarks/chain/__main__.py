"""``python -m benchmarks.chain``: what a whole run costs, beside four empty tasks and a durable queue; about five minutes."""

import statistics
import sys
from datetime import UTC, datetime

from benchmarks.chain import measuring
from benchmarks.front import bodies, worker
from benchmarks.front.houses import Hookline
from benchmarks.harness import rig as rigs
from benchmarks.harness.rig import Rig
from benchmarks.options import is_short

ROUNDS, RUNS, EMPTY_RUNS = 3, 600, 3_000
IDLE_RUNS, IDLE_PER_S = 100, 2.5


def main() -> int:
    """Measure and print."""
    rounds, runs = (1, RUNS // 2) if is_short("benchmarks.chain", __doc__) else (ROUNDS, RUNS)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {measuring.POOL} pool processes, {rounds} rounds, medians\n", flush=True)
    with rigs.opened("bench") as rig:
        house = Hookline()
        house.start(rig)
        _throughput(rig, house, rounds, runs)
        _idle(rig, house, IDLE_RUNS)
        _weight(rig, house)
    return 0


def _throughput(rig: Rig, house: Hookline, rounds: int, runs: int) -> None:
    taken: dict[str, list[float]] = {"four empty Celery tasks": [], "procrastinate": [], "hookline, SMS": [], "hookline, 43 KB": []}
    for _ in range(rounds):
        taken["four empty Celery tasks"].append(measuring.empty(rig, EMPTY_RUNS))
        taken["procrastinate"].append(measuring.procrastinate(rig, runs))
        taken["hookline, SMS"].append(measuring.hookline(rig, house, bodies.FORM, runs))
        taken["hookline, 43 KB"].append(measuring.hookline(rig, house, bodies.CALL, runs))
    print("| chain of four | runs a second | time, of four empty tasks | throughput, of procrastinate |\n|---|---|---|---|")
    for name, found in taken.items():
        longer = statistics.median(its / mine for mine, its in zip(found, taken["four empty Celery tasks"], strict=True))
        more = statistics.median(mine / its for mine, its in zip(found, taken["procrastinate"], strict=True))
        print(f"| {name} | {statistics.median(found):.0f} | {longer:.1f} | {more:.2f} |", flush=True)


def _idle(rig: Rig, house: Hookline, runs: int) -> None:
    print("\n| idle: webhook to completed | p50 / p95 / p99, ms | waited + worked by step, ms |\n|---|---|---|")
    for size in (bodies.FORM, bodies.CALL):
        found = measuring.idle(rig, house, size, runs, IDLE_PER_S)
        steps = ", ".join(f"{stage} {waited:.0f} + {worked:.0f}" for stage, (waited, worked) in found.steps.items())
        print(f"| {size.name} | {found.p50_ms:.0f} / {found.p95_ms:.0f} / {found.p99_ms:.0f} | {steps} |", flush=True)


def _weight(rig: Rig, house: Hookline) -> None:
    worker.fill(house, bodies.CALL, RUNS // 4, measuring.FILLED_PER_S)
    at_work = measuring.start_worker(rig, house)
    measuring.settle(house, at_work)
    weights = {"web": measuring.weight_mib(house.process), "pool": measuring.weight_mib(at_work)}
    print("\n| process | RSS, MiB |\n|---|---|")
    for name, found in weights.items():
        print(f"| {name} | {' / '.join(f'{each:.0f}' for each in found)} |")


if __name__ == "__main__":
    sys.exit(main())
