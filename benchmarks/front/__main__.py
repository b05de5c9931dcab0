"""``python -m benchmarks.front``: what the front takes and how quickly, beside a floor and the common way; about ten minutes."""

import math
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from benchmarks.front import bodies, measuring, worker
from benchmarks.front.bodies import Size
from benchmarks.front.houses import Front, Hookline, Plain, all_of_them
from benchmarks.front.measuring import Length, Taken
from benchmarks.harness import rig as rigs
from benchmarks.harness.rig import Rig
from benchmarks.options import is_short

FULL, SHORT = Length(seconds=8.0, rounds=3), Length(seconds=3.0, rounds=1)
# what a busy worker works off in a second is less than this
BUSY_PER_S = 80
OUTAGES: Mapping[str, Callable[[Rig], AbstractContextManager[None]]] = {
    "well": lambda _: nullcontext(),
    "refused": measuring.redis_refused,
    "hung": measuring.redis_hung,
    "wiped": measuring.redis_wiped,
}


def main() -> int:
    """Measure and print."""
    length = SHORT if is_short("benchmarks.front", __doc__) else FULL
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {length.rounds} rounds of {length.seconds:.0f} s each, medians\n", flush=True)
    with rigs.opened("bench") as rig:
        floor, common, hookline = all_of_them()
        for front in (floor, common, hookline):
            front.start(rig)
        half = _closed_loop(rig, (floor, common, hookline), length)
        _with_a_busy_worker(rig, floor, hookline, half, length)
        _without_redis(rig, hookline, half[bodies.CALL], length)
    return 0


def _closed_loop(rig: Rig, fronts: Sequence[Front], length: Length) -> dict[Size, float]:
    """Print the first table; half of what the product takes, by size."""
    print("| sent | front | a second | p50 / p95 / p99 / max, ms | CPU a request, ms | failed", end=" | ")
    print("published after the last answer / never | of the floor | of the common way |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    half = {}
    for size in (bodies.FORM, *bodies.DOCUMENTS):
        taken = measuring.throughput(rig, fronts, size, length)
        for front in fronts:
            mine = taken[front.name]
            against = [f"{_ratio(mine, taken[other]):.2f}" for other in ("floor", "common")]
            print(f"| {size.name} | {front.name} | {_figures(mine)} | {_bells(mine)} | {' | '.join(against)} |", flush=True)
        half[size] = statistics.median(run.pace.per_s for run in taken["hookline"]) / 2
    return half


def _with_a_busy_worker(rig: Rig, floor: Plain, hookline: Hookline, half: Mapping[Size, float], length: Length) -> None:
    print("\nAt half of what the product takes, beside a busy worker:\n")
    print("| sent | front | a second | p50 / p95 / p99 / max, ms | CPU a request, ms | failed | p99 of the floor's |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for size in (bodies.CALL, bodies.HOUR):
        hookline.empty(rig)
        runs = round(BUSY_PER_S * (length.seconds + 3) * 2 * length.rounds)
        with worker.busy(rig, hookline, runs):
            taken: dict[str, list[Taken]] = {floor.name: [], hookline.name: []}
            for _ in range(length.rounds):
                for front in (floor, hookline):
                    taken[front.name].append(measuring.steadily(front, size, half[size], length.seconds))
        for front in (floor, hookline):
            over = statistics.median(
                mine.pace.p99_ms / its.pace.p99_ms for mine, its in zip(taken[front.name], taken[floor.name], strict=True)
            )
            print(f"| {size.name} | {front.name} | {_figures(taken[front.name])} | {over:.2f} |", flush=True)


def _without_redis(rig: Rig, hookline: Hookline, per_s: float, length: Length) -> None:
    print("\nAt half of what the product takes, 43 KB, whatever becomes of Redis:\n")
    print("| Redis | a second | p50 / p95 / p99 / max, ms | CPU a request, ms | failed | median of that when it is well |")
    print("|---|---|---|---|---|---|", flush=True)
    taken: dict[str, list[Taken]] = {name: [] for name in OUTAGES}
    for _ in range(length.rounds):
        for name, outage in OUTAGES.items():
            hookline.empty(rig)
            with outage(rig):
                taken[name].append(measuring.steadily(hookline, bodies.CALL, per_s, length.seconds))
    for name, runs in taken.items():
        beside = statistics.median(mine.pace.p50_ms / well.pace.p50_ms for mine, well in zip(runs, taken["well"], strict=True))
        print(f"| {name} | {_figures(runs)} | {beside:.2f} |", flush=True)


def _figures(runs: Sequence[Taken]) -> str:
    def middle(of: Callable[[Taken], float]) -> float:
        return statistics.median(of(run) for run in runs)

    latency = " / ".join(
        f"{middle(of):.1f}" for of in (lambda r: r.pace.p50_ms, lambda r: r.pace.p95_ms, lambda r: r.pace.p99_ms, lambda r: r.pace.max_ms)
    )
    failed = sum(run.pace.failed for run in runs)
    return f"{middle(lambda run: run.pace.per_s):.0f} | {latency} | {middle(lambda run: run.cpu_ms):.2f} | {failed}"


def _bells(runs: Sequence[Taken]) -> str:
    """Messages that were published after the last answer, and those that never were: the sum of all runs."""
    found = [run.bells for run in runs if run.bells]
    return f"{sum(each.late for each in found)} / {sum(each.dropped for each in found)}" if found else ""


def _ratio(runs: Sequence[Taken], others: Sequence[Taken]) -> float:
    # whoever is that slow may finish none in a short run
    return statistics.median(
        mine.pace.per_s / its.pace.per_s if its.pace.per_s else math.inf for mine, its in zip(runs, others, strict=True)
    )


if __name__ == "__main__":
    sys.exit(main())
