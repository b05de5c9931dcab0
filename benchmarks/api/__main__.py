"""``python -m benchmarks.api``: what reading costs with 100,000 transcripts stored, beside a bare one-row route; within three minutes."""

import statistics
import sys
import time
from datetime import UTC, datetime

import requests

from benchmarks.api import crowd
from benchmarks.harness import database, product
from benchmarks.harness import rig as rigs
from benchmarks.harness.product import FRONT_PROCESSES, READY_FRONT
from benchmarks.harness.rig import Rig
from benchmarks.options import is_short
from scripts.stack import commands, ports

CALLS, SHORT_CALLS = 100_000, 5_000
ROUNDS, ASKED = 5, 20
AT_MOST = 3.0
_SLUG = "UPDATE api_keys SET organization_id = %s"
_NEWEST = "SELECT id, current_run_id FROM transcripts WHERE organization_id = %s ORDER BY created_at DESC LIMIT 1"


def main() -> int:
    """Measure and print; 1 if a list or a single transcript costs more than it may."""
    calls = SHORT_CALLS if is_short("benchmarks.api", __doc__) else CALLS
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {calls:,} transcripts, {ROUNDS} rounds of {ASKED} in turns, one caller\n", flush=True)
    with rigs.opened("api", durable=False) as rig:
        base, key, routes = _house(rig, calls)
        took = _measured(base, key, routes)
    bare = statistics.median(took["bare"])
    print("| read | p50, ms | of the bare route's |\n|---|---|---|")
    ratios = {name: statistics.median(times) / bare for name, times in took.items()}
    for name, times in took.items():
        print(f"| {name} | {statistics.median(times):.2f} | {ratios[name]:.1f} |")
    return int(max(ratios["list"], ratios["get"]) > AT_MOST)


def _house(rig: Rig, calls: int) -> tuple[str, str, dict[str, str]]:
    """The product with a full house: where it listens, a key, and what is asked of it by name."""
    port, url = ports.free(), rig.servers.new_database("api")
    environment = rig.environment(url, port)
    product.release(rig, environment)
    key = commands.run("celery -A tasks keys create --name benchmark --scope operator", environment, rig.places.logs / "keys.log")
    [crowded] = crowd.fill(url, calls)
    database.rows(url, _SLUG, str(crowded))
    [newest] = database.rows(url, _NEWEST, str(crowded))
    front = rig.process("front", commands.procfile()["web"].replace("wsgi:app", "benchmarks.api.bare:app"), environment)
    front.start()
    front.ready(READY_FRONT, FRONT_PROCESSES)
    one = newest["id"]
    routes = {
        "bare": f"/bare/{one}",
        "list": "/v1/transcripts",
        "get": f"/v1/transcripts/{one}",
        "a rare intent": "/v1/transcripts?intent=refund",
        "a status that nothing has": "/v1/transcripts?status=failed",
        "conversations": "/v1/conversations",
        "events": "/v1/events",
        "one run": f"/v1/runs/{newest['current_run_id']}",
        "a rare word": "/v1/search?q=refund+77700",
        "a common word": "/v1/search?q=appointment",
    }
    return f"http://127.0.0.1:{port}", key, routes


def _measured(base: str, key: str, routes: dict[str, str]) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {name: [] for name in routes}
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {key}"
        for _ in range(ROUNDS):
            for name, path in routes.items():
                took[name] += [_asked(session, base + path) for _ in range(ASKED)]
    return took


def _asked(session: requests.Session, url: str) -> float:
    began = time.perf_counter()
    session.get(url, timeout=10).raise_for_status()
    return (time.perf_counter() - began) * 1_000


if __name__ == "__main__":
    sys.exit(main())
