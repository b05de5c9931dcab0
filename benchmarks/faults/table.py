"""The table that people read: one line for each fault, both houses side by side."""

from benchmarks.faults.rows import Row
from benchmarks.faults.verdict import Verdict

COLUMNS = (
    "fault",
    "house",
    "accepted",
    "exactly once",
    "never",
    "twice",
    "dead",
    "unknown",
    "refused",
    "answers > 100 ms (control)",
    "p50 / p99 / max, ms",
    "drain, s",
    "rung again",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


def line(row: Row, house: str, found: Verdict) -> str:
    """One line of Markdown."""
    cells = (
        row.title,
        house,
        len(found.accepted),
        len(found.once),
        len(found.never),
        len(found.twice),
        len(found.dead),
        len(found.unknown),
        len(found.refusals),
        f"{found.slow} of {found.answers} ({found.slow_control} of {found.controls})",
        f"{found.p50_ms:.0f} / {found.p99_ms:.0f} / {found.slowest_ms:.0f}",
        "never" if found.drain_s is None else f"{found.drain_s:.0f}",
        found.republished,
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"
