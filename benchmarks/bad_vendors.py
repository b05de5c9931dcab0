"""What becomes of calls while a fifth of what the vendors answer is an error: ``python -m benchmarks.bad_vendors``; some minutes.

Starts the whole stack in a folder of its own, with the twin as the vendors, lets ``--runs`` calls ring, and prints a Markdown table. Ends
with 1 unless 99.9 % of the runs complete, no SMS goes twice, no transcription is paid more than twice, and none is lost.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.database import rows
from scripts.run import of_running
from scripts.stack import card, commands, places, running, single
from scripts.twin.client import TwinClient
from scripts.twin.journal import Entry

SHARE = 0.2
# kind → its part of the errors; ``down`` alone leaves nobody knowing whether a recording was taken without its having been
KINDS: dict[str, tuple[float, dict[str, Any]]] = {
    "429": (0.2, {"retry_after_s": 1}),
    "500": (0.25, {}),
    "503": (0.25, {"shape": "html"}),
    "504": (0.05, {"after_work": True}),
    "truncated": (0.1, {}),
    "html": (0.05, {"after_work": True}),
    "accept_then_hang": (0.05, {"delay_s": 6.0}),
    "down": (0.05, {}),
}
SETTINGS = {
    "WORKER_TIMEOUT_SECONDS": "5",
    "DEEPGRAM_OVERDUE_SECONDS": "30",
    "LLM_CACHE_TTL_SECONDS": "0",
    "WORKER_CONCURRENCY": "4",
    "PORT": "",
}
CALLS_PER_S = 10
LIMIT_S = 3_000
GOAL = 0.999
_STATES = "SELECT state, last_error, count(*) AS n FROM runs WHERE predecessor_id IS NULL GROUP BY 1, 2"
_EFFECTS = "SELECT state, last_error, count(*) AS n FROM effects GROUP BY 1, 2"
_TRIES = "SELECT stage, max(attempts) AS most, max(submission) AS submissions FROM run_steps GROUP BY 1"
_DEGRADED = "SELECT count(*) FILTER (WHERE degraded) AS degraded, count(predecessor_id) AS redone FROM runs"


def main() -> int:
    """Run it in the foreground; the exit code."""
    told = _arguments()
    os.environ.update(SETTINGS)
    with tempfile.TemporaryDirectory(prefix="hookline-bad-vendors-") as folder:
        here = places.of(Path(folder) / "run")
        here.make()
        with single.held(here.lock), running.stack(here) as stack:
            commands.run("celery -A tasks organization --answer-calls-by-sms", of_running(here) or {}, here.logs / "setup.log")
            return _measure(stack, told.runs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    return parser.parse_args()


def _measure(stack: card.Card, runs: int) -> int:
    twin = TwinClient(stack.twin_url)
    left = 1.0
    for mode, (part, how) in KINDS.items():
        for vendor in ("deepgram", "openai", "twilio"):
            # the first that fires decides, so that each later one has to fire more often
            twin.misbehave(vendor, mode, probability=SHARE * part / left, seed=hash_of(vendor, mode), **how)
        left -= SHARE * part
    begin = time.monotonic()
    url = stack.database_url.replace("postgresql+psycopg2://", "postgresql://")
    _ring(twin, stack, runs)
    taken_s = time.monotonic() - begin
    ended_s = _wait(url, runs, begin)
    return _tell(url, twin.log(direction="in"), runs, taken_s, ended_s)


def hash_of(vendor: str, mode: str) -> int:
    """A seed that is the same in every process."""
    return sum(ord(letter) * place for place, letter in enumerate(f"{vendor}:{mode}", start=1))


def _ring(twin: TwinClient, stack: card.Card, runs: int) -> None:
    begin = time.monotonic()
    for number in range(runs):
        time.sleep(max(0.0, begin + number / CALLS_PER_S - time.monotonic()))
        caller = f"+1555{number:07d}"
        twin.play_call(
            stack.public_base_url, account=stack.twilio_account_sid, duration_s=2, gap_s=0.02, from_=caller, fragment="rc=5&rp=all"
        )


def _wait(url: str, runs: int, begin: float) -> float:
    """Until every run is at an end, and every message sent or being looked up: how long the runs took."""
    ended_s = 0.0
    while time.monotonic() - begin < LIMIT_S:
        ended = sum(row["n"] for row in rows(url, _STATES) if row["state"] in {"done", "dead"})
        pending = sum(row["n"] for row in rows(url, _EFFECTS) if row["state"] == "pending")
        print(
            f"\r{time.monotonic() - begin:5.0f} s: {ended} of {runs} ended, {pending} messages to send ",
            end="",
            file=sys.stderr,
            flush=True,
        )
        if ended >= runs:
            ended_s = ended_s or time.monotonic() - begin
            if not pending:
                break
        time.sleep(2)
    print(file=sys.stderr)
    return ended_s or time.monotonic() - begin


def _tell(url: str, log: Sequence[Entry], runs: int, taken_s: float, ended_s: float) -> int:
    bad = sum(1 for entry in log if entry.mode)
    listened = sum(1 for entry in log if entry.operation == "listen" and entry.paid)
    sent = Counter(entry.about.get("to_hash", "") for entry in log if entry.operation == "message.create" and entry.paid)
    states, messages = _by_end(url, _STATES), _by_end(url, _EFFECTS)
    tries = rows(url, _TRIES)
    done, most_sent = states["done"], max(sent.values(), default=0)
    told = {
        "runs": f"{runs}, taken in {taken_s:.0f} s, all at an end after {ended_s:.0f} s",
        "vendor calls": f"{len(log)}, of which {bad} ({bad / max(1, len(log)):.1%}) misbehaved",
        "runs by end": _listed(states),
        "messages by end": _listed(messages),
        "most tries of a step": _listed({row["stage"]: row["most"] for row in tries}),
        "recordings paid": f"{listened}; submitted at most {max(row['submissions'] for row in tries)} times",
        "SMS to one caller": f"at most {most_sent}",
        "degraded, and redone": _listed(rows(url, _DEGRADED)[0]),
    }
    print("| | |\n|---|---|")
    for name, value in told.items():
        print(f"| {name} | {value} |")
    print(f"\n{done} of {runs} runs completed ({done / runs:.2%}; goal {GOAL:.1%}).")
    return 0 if done >= GOAL * runs and sum(states.values()) == runs and most_sent <= 1 else 1


def _by_end(url: str, query: str) -> Counter[str]:
    return Counter({f"{row['state']} {row['last_error'] or ''}".strip(): row["n"] for row in rows(url, query)})


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counts.items()) or "none"


if __name__ == "__main__":
    sys.exit(main())
