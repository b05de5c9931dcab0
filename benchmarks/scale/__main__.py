"""``python -m benchmarks.scale``: an empty house beside one with a million events and 100,000 waiting runs; about five minutes."""

import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime

import requests

from benchmarks.chain import measuring as chains
from benchmarks.front import bodies, measuring, worker
from benchmarks.front.houses import Hookline
from benchmarks.front.measuring import Taken
from benchmarks.harness import rig as rigs
from benchmarks.harness.rig import Rig
from benchmarks.options import is_short
from benchmarks.scale import filling
from scripts.stack import commands

EVENTS, WAITING = 1_000_000, 100_000
ROUNDS, SECONDS, PER_S = 5, 6.0, 80.0
PASSES, CALLS, ASKED = 15, 300, 60
# a pass rings for 64: as many wait in the empty house as all its passes ring for, so that they differ in the backlog alone
FEW_WAITING = 1_000


def main() -> int:
    """Measure and print."""
    rounds = 1 if is_short("benchmarks.scale", __doc__) else ROUNDS
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {EVENTS:,} events, {WAITING:,} runs waiting, {rounds} rounds in turns\n", flush=True)
    with rigs.opened("bench") as rig:
        empty, full = Hookline("empty"), Hookline("full")
        for house in (empty, full):
            house.start(rig)
        filling.fill(full, EVENTS, WAITING)
        _answers(rig, empty, full, rounds)
        _reading(rig, empty, full)
        _sweeper(rig, empty, full)
        _weight(rig, empty)
    return 0


def _answers(rig: Rig, empty: Hookline, full: Hookline, rounds: int) -> None:
    taken: dict[str, list[Taken]] = {empty.name: [], full.name: []}
    for number in range(rounds):
        for house in (empty, full) if number % 2 else (full, empty):
            empty.empty(rig)
            rig.servers.flush_redis()
            taken[house.name].append(measuring.steadily(house, bodies.CALL, PER_S, SECONDS))
    print(f"| 43 KB at {PER_S:.0f}/s | p50 / p95 / p99, ms | p99 of the empty one's |\n|---|---|---|")
    for name, runs in taken.items():
        figures = [statistics.median(values) for values in zip(*((r.pace.p50_ms, r.pace.p95_ms, r.pace.p99_ms) for r in runs), strict=True)]
        over = statistics.median(mine.pace.p99_ms / its.pace.p99_ms for mine, its in zip(runs, taken[empty.name], strict=True))
        print(f"| {name} | {' / '.join(f'{each:.1f}' for each in figures)} | {over:.2f} |", flush=True)


def _sweeper(rig: Rig, empty: Hookline, full: Hookline) -> None:
    print("\n| a pass of the sweeper | ms | bells rung |\n|---|---|---|")
    empty.empty(rig)
    _swept("empty", empty)
    filling.fill(empty, FEW_WAITING * filling.EVENTS_A_CALL, FEW_WAITING)
    _swept(f"{FEW_WAITING:,} waiting", empty)
    _swept(f"{WAITING:,} waiting, {EVENTS:,} events", full)


def _swept(name: str, house: Hookline) -> None:
    command = [sys.executable, "-m", "benchmarks.scale.sweeping", str(PASSES)]
    told = subprocess.run(command, env=house.environment, capture_output=True, text=True, check=True)
    took_ms, rung = told.stdout.split()[-2:]
    print(f"| {name} | {took_ms} | {rung} |", flush=True)


def _reading(rig: Rig, empty: Hookline, full: Hookline) -> None:
    print("\n| read through the API | p50 / p95, ms |\n|---|---|")
    for house in (empty, full):
        key = commands.run("celery -A tasks keys create --name benchmark", house.environment, rig.places.logs / "keys.log")
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {key}"
            base = f"http://127.0.0.1:{house.port}/v1/transcripts"
            [newest, *_] = session.get(base, timeout=10).json()["items"]
            for name, url in (("a page", base), ("one", f"{base}/{newest['id']}")):
                took = sorted(_asked(session, url) for _ in range(ASKED))
                print(f"| {house.name}: {name} | {took[ASKED // 2]:.1f} / {took[ASKED * 95 // 100]:.1f} |", flush=True)


def _asked(session: requests.Session, url: str) -> float:
    began = time.perf_counter()
    session.get(url, timeout=10).raise_for_status()
    return (time.perf_counter() - began) * 1_000


def _weight(rig: Rig, house: Hookline) -> None:
    house.empty(rig)
    before = filling.bytes_held(house)
    worker.fill(house, bodies.CALL, CALLS, PER_S)
    at_work = chains.start_worker(rig, house)
    chains.settle(house, at_work)
    at_work.kill_group()
    after = filling.bytes_held(house)
    print(f"\n| a call of {len(bodies.document(bodies.CALL)):,} bytes holds | table, bytes | indexes, bytes |\n|---|---|---|")
    for name, (table, indexes) in after.items():
        held = [(now - then) / CALLS for now, then in zip((table, indexes), before.get(name, (0, 0)), strict=True)]
        if any(held):
            print(f"| {name} | {held[0]:.0f} | {held[1]:.0f} |")


if __name__ == "__main__":
    sys.exit(main())
