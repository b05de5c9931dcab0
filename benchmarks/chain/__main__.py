"""``python -m benchmarks.chain``: what a whole run costs, beside four empty tasks and a durable queue; about seven minutes."""

import statistics
import sys
from datetime import UTC, datetime

from benchmarks.chain import measuring
from benchmarks.chain.asking import Asking
from benchmarks.front import bodies, worker
from benchmarks.front.houses import Hookline
from benchmarks.harness import rig as rigs
from benchmarks.harness.rig import Rig
from benchmarks.options import is_short

ROUNDS, RUNS, EMPTY_RUNS = 3, 600, 3_000
IDLE_RUNS, IDLE_PER_S = 100, 2.5
EMPTY, PROCRASTINATE, ASKING = "four empty Celery tasks", "procrastinate", "hookline, SMS, OpenAI and Twilio by the twin"


def main() -> int:
    """Measure and print."""
    rounds, runs = (1, RUNS // 2) if is_short("benchmarks.chain", __doc__) else (ROUNDS, RUNS)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {measuring.POOL} pool processes, {rounds} rounds, medians\n", flush=True)
    with rigs.opened("bench") as rig:
        house, asking = Hookline(), Asking()
        house.start(rig)
        asking.start(rig)
        _throughput(rig, house, asking, rounds, runs)
        _idle(rig, house, asking, IDLE_RUNS)
        _weight(rig, house)
    return 0


def _throughput(rig: Rig, house: Hookline, asking: Asking, rounds: int, runs: int) -> None:
    taken: dict[str, list[float]] = {EMPTY: [], PROCRASTINATE: [], "hookline, SMS": [], "hookline, 43 KB": [], ASKING: []}
    for _ in range(rounds):
        taken[EMPTY].append(measuring.empty(rig, EMPTY_RUNS))
        taken[PROCRASTINATE].append(measuring.procrastinate(rig, runs))
        taken["hookline, SMS"].append(measuring.hookline(rig, house, bodies.FORM, runs))
        taken["hookline, 43 KB"].append(measuring.hookline(rig, house, bodies.CALL, runs))
        taken[ASKING].append(measuring.hookline(rig, asking, bodies.FORM, runs))
        asking.has_asked(runs)
    print("| chain of four | runs a second | time, of four empty tasks | throughput, of procrastinate |\n|---|---|---|---|")
    for name, found in taken.items():
        longer = statistics.median(its / mine for mine, its in zip(found, taken[EMPTY], strict=True))
        more = statistics.median(mine / its for mine, its in zip(found, taken[PROCRASTINATE], strict=True))
        print(f"| {name} | {statistics.median(found):.0f} | {longer:.1f} | {more:.2f} |", flush=True)


def _idle(rig: Rig, house: Hookline, asking: Asking, runs: int) -> None:
    print("\n| idle: webhook to completed | p50 / p95 / p99, ms | waited + worked by step, ms |\n|---|---|---|")
    for name, asked, size in (
        (bodies.FORM.name, house, bodies.FORM),
        (bodies.CALL.name, house, bodies.CALL),
        (ASKING, asking, bodies.FORM),
    ):
        found = measuring.idle(rig, asked, size, runs, IDLE_PER_S)
        steps = ", ".join(f"{stage} {waited:.0f} + {worked:.0f}" for stage, (waited, worked) in found.steps.items())
        print(f"| {name} | {found.p50_ms:.0f} / {found.p95_ms:.0f} / {found.p99_ms:.0f} | {steps} |", flush=True)


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
