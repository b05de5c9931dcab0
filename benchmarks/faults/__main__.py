"""``python -m benchmarks.faults``: the fault table; about an hour for all of it, ``--row`` for a part, ``--short`` for a quick look."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from benchmarks.faults import calls, experiment, table
from benchmarks.faults.call_rows import CALL_ROWS, CALLS_BY_NAME, CallRow
from benchmarks.faults.experiment import Size
from benchmarks.faults.hookline import Hookline
from benchmarks.faults.lab import House
from benchmarks.faults.promises import late
from benchmarks.faults.rows import BY_NAME, ROWS
from benchmarks.stock.house import Stock

CONTROL_DRAIN_S = 60.0


def main() -> int:
    """Run what was asked for; the exit code is 1 if the product broke a promise."""
    told = _arguments()
    size = experiment.SHORT if told.short else experiment.FULL
    # what stock Celery has not finished by then it finishes in an hour, when the broker hands it out again, or never
    control = replace(size, drain_s=CONTROL_DRAIN_S)
    wrong: list[str] = []
    unknown: list[str] = []
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {size.count} webhooks at {size.per_s:.0f}/s\n\n{table.HEAD}", flush=True)
    for row in [BY_NAME[name] for name in told.row if name in BY_NAME] if told.row else ROWS:
        houses: list[House] = [Hookline(), Stock()] if row.stock else [Hookline()]
        for house in houses:
            for _ in range(1 if told.once or house.name != Hookline.name else row.times):
                began = time.monotonic()
                found, broken = experiment.run(row, house, size if house.name == Hookline.name else control)
                print(table.line(row, house.name, found), flush=True)
                print(f"{row.name}: {time.monotonic() - began:.0f} s, slowest {found.slowest}", file=sys.stderr, flush=True)
                unknown += [f"{row.title}: {reason}" for reason in found.unknown.values()]
                if house.name == Hookline.name:
                    wrong += [f"{row.title}: {fault}" for fault in broken + ([] if told.short else late(row, found))]
    wrong += _with_callers([CALLS_BY_NAME[name] for name in told.row if name in CALLS_BY_NAME] if told.row else CALL_ROWS, size)
    print("\n" + "\n".join(f"- unknown, {one}" for one in unknown))
    print("\n" + ("\n".join(f"- BROKEN: {fault}" for fault in wrong) or "Every promise was kept."))
    return 1 if wrong else 0


def _with_callers(rows: Sequence[CallRow], size: Size) -> list[str]:
    """Play the rows with people on the line; what was wrong."""
    if rows:
        print(f"\n{calls.HEAD}", flush=True)
    wrong = []
    for row in rows:
        found, drain_s = calls.run(row, size)
        print(calls.line(row, found, drain_s), flush=True)
        wrong += [f"{row.title}: {fault}" for fault in found.wrong]
    return wrong


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument(
        "--row", action="append", default=[], choices=sorted(BY_NAME | CALLS_BY_NAME), help="only this one; repeat it for more"
    )
    parser.add_argument("--short", action="store_true", help="the size that the test suite runs")
    parser.add_argument("--once", action="store_true", help="each row once")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
