"""The closed loop: so many connections, each of which sends again as soon as it was answered. What wrk counts is the most that is taken."""

import itertools
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.front.bodies import REQUEST_ID

SCRIPT = Path(__file__).with_name("post.lua")
MISSING = "wrk is not on the PATH (Debian, Ubuntu: apt-get install wrk; macOS: brew install wrk)"
GRACE_S = 30.0

_prefixes = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Pace:
    """What one run of a loop saw. ``failed`` counts everything that was not answered with 2xx or 3xx."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def run(url: str, requests: Sequence[bytes], folder: Path, *, connections: int, seconds: float) -> Pace:
    """Send one request again and again under new numbers, or each of many once. Raises RuntimeError if wrk cannot, or runs out."""
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError(MISSING)
    written = folder / "requests"
    written.write_bytes(b"\0".join(requests))
    how = ["numbered", REQUEST_ID, f"00000000-0000-4000-{next(_prefixes):04x}-"] if len(requests) == 1 else ["listed"]
    command = [
        program,
        "-t1",
        f"-c{connections}",
        f"-d{seconds:.0f}s",
        "--timeout",
        "15s",
        "-s",
        str(SCRIPT),
        url,
        "--",
        str(written),
        *how,
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds + GRACE_S, check=False)
    told = ended.stdout.rstrip().rpartition("\n")[2]
    if ended.returncode or not told.startswith("{") or "more requests" in ended.stderr:
        raise RuntimeError(f"wrk: {ended.stderr or ended.stdout}")
    return Pace(**orjson.loads(told))
