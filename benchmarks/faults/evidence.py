"""What an experiment left behind besides the endings: when faults struck, what the vendors' twin saw, what processes logged."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.faults.faults import Course
from benchmarks.faults.lab import Lab
from benchmarks.faults.rows import Row
from benchmarks.harness.processes import StubbornError
from scripts.twin.journal import Entry

RUNG, FENCED = "doorbells_rung_again", '"outcome":"lease lost'
SENDING = "crash_before_send"
# nobody is harmed by it
HARMLESS = "quick"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Times are on this machine's clock.

    ``interrupted`` is how many messages may have been cut off on their way to the vendor, or got no word from it of what became of them.
    """

    window: tuple[float, float]
    struck: Sequence[float]
    ended: Sequence[float]
    idle_harms: Sequence[str]
    interrupted: int
    fenced: int
    paid_recordings: int
    recordings: int
    lost_callbacks: int
    dropped_callbacks: int
    gone: Sequence[str]
    bad_ends: Sequence[str]
    broken: Sequence[str]


def gathered(row: Row, course: Course, window: tuple[float, float], recordings: int) -> Evidence:
    """Ask everybody who knows something."""
    lab = course.lab
    # whoever was started with a harm that is not there until it strikes must have been struck by it
    idle = [harm for harm in row.harms if not lab.harmed(harm)]
    calls = lab.twin.log(vendor="twilio", operation="message.create")
    callbacks = lab.twin.log(vendor="deepgram", direction="out")
    dropped = sum(1 for entry in callbacks if entry.mode == "drop")
    refused = sum(1 for entry in callbacks if entry.mode != "drop" and not _taken(entry.status))
    return Evidence(
        window=window,
        struck=course.struck,
        ended=course.ended,
        idle_harms=idle,
        interrupted=course.interrupted + len(lab.harmed(SENDING)) + sum(1 for entry in calls if without_a_word(entry)),
        fenced=sum(worker.said(FENCED) for worker in lab.workers),
        paid_recordings=sum(1 for entry in lab.twin.log(vendor="deepgram", operation="listen") if entry.paid),
        recordings=recordings,
        lost_callbacks=dropped + refused,
        dropped_callbacks=dropped,
        gone=lab.gone(),
        bad_ends=_bad_ends(lab),
        broken=lab.house.broken(lab),
    )


def rung_again(lab: Lab) -> int:
    """How many bells the sweepers rang."""
    return sum(entry["count"] for worker in lab.workers for entry in worker.entries(RUNG))


def without_a_word(entry: Entry) -> bool:
    """Whether the vendor did not do what was asked, in a way that does not tell so: whoever asked cannot know it (I4)."""
    return not entry.paid and (entry.status is None or entry.status >= 500)  # noqa: PLR2004 - HTTP's own word for a server's failure


def _taken(status: int | None) -> bool:
    return status is not None and 200 <= status < 300  # noqa: PLR2004 - HTTP's own word for success


def _bad_ends(lab: Lab) -> list[str]:
    try:
        return [f"a worker that was asked to end did so with {code}" for code in lab.retired() if code != 0]
    except StubbornError as error:
        return [str(error)]
