"""``python -m benchmarks.reprocess``: stored calls once more with a new prompt, beside live webhooks; ten minutes for a thousand.

Starts the whole house with the twin as its vendors, lets calls ring, and sends live webhooks at a fixed rate, in turns alone and beside
``celery -A tasks reprocess``. The command is killed, then a worker; both go on. Ends with 1 if a promise of docs/reprocessing.md is broken.
"""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.reprocess import course, house, verdict
from benchmarks.reprocess.house import OverdueError, tell

LIMIT_S = 720.0


def main() -> int:
    """Measure and print; the exit code is 1 if a promise was broken, or could not be looked at within the time."""
    told = _arguments()
    began = time.monotonic()
    head = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {told.calls} calls, {told.calls} runs with another prompt for replies"
    try:
        with house.opened(LIMIT_S) as opened:
            lines = list(verdict.lines(course.play(opened, told.calls)))
    except OverdueError as error:
        tell(f"not within {LIMIT_S / 60:.0f} minutes: {error}")
        return 1
    table = "\n".join([f"{head}, {time.monotonic() - began:.0f} s in all", "", verdict.HEAD, *map(str, lines)])
    print(table, flush=True)
    if told.into:
        told.into.write_text(f"# A batch beside live work\n\n`python -m benchmarks.reprocess --calls {told.calls}`, {table}\n", "utf-8")
    return 0 if all(line.is_kept for line in lines) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reprocess", description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000, help="how many are stored, and worked on again")
    parser.add_argument("--into", type=Path, metavar="FILE", help="also write the table there, such as benchmarks/results/reprocess.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
