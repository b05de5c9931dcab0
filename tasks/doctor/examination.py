"""Asks every room at the same time and waits for none longer than the whole may take: whatever is broken, there is an answer."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from queue import Empty, SimpleQueue

import structlog

import settings
from domain.diagnosis.finding import Finding, Weight
from domain.errors import StoreUnavailable

log = structlog.get_logger()

# the whole of it; below the patience of a person, and of a host's health check
WITHIN_S = 14.0
# rooms that others bring along, such as webhooks, which this one may not import: name -> a function without arguments
GROUP = "hookline.checks"

Look = Callable[[], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the house. ``needs`` names the settings without which there is nothing to look at: somebody else says that they are bad."""

    name: str
    look: Look
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in a room; ``unchecked`` says in a few words why nobody could look."""

    room: str
    findings: tuple[Finding, ...] = ()
    unchecked: str | None = None


def brought_along() -> list[Room]:
    """The rooms of the group; each needs the database."""
    return [Room(entry.name, entry.load(), needs=("DATABASE_URL",)) for entry in entry_points(group=GROUP)]


def examine(rooms: Sequence[Room], within_s: float = WITHIN_S) -> Iterator[Seen]:
    """What is seen, in the order in which the rooms are done; those that are not in time come last, as unchecked."""
    answers: SimpleQueue[Seen] = SimpleQueue()
    waiting = {room.name: room for room in rooms}
    for room in rooms:
        # nobody waits for a thread that hangs, neither here nor at the end of the process
        threading.Thread(target=lambda room=room: answers.put(_looked(room)), name=room.name, daemon=True).start()
    ends = time.monotonic() + within_s
    while waiting:
        try:
            seen = answers.get(timeout=max(0.0, ends - time.monotonic()))
        except Empty:
            break
        del waiting[seen.room]
        yield seen
    yield from (Seen(name, unchecked=f"no answer within {within_s:.0f} s") for name in waiting)


def _looked(room: Room) -> Seen:
    missing = [name for name in room.needs if name in settings.bad()]
    if missing:
        return Seen(room.name, unchecked=f"needs {', '.join(missing)}")
    try:
        return Seen(room.name, tuple(room.look()))
    except StoreUnavailable as error:
        return Seen(room.name, unchecked=str(error))
    except Exception as error:  # noqa: BLE001 - a room that cannot be looked at must not hide the others; its words may be anybody's
        return Seen(room.name, unchecked=type(error).__name__)


def together(seen: Sequence[Seen]) -> list[Finding]:
    """All findings, the heaviest first, with one for all that could not be looked at."""
    findings = [finding for each in seen for finding in each.findings]
    unchecked: Mapping[str, str] = {each.room: each.unchecked for each in seen if each.unchecked}
    if unchecked:
        facts = tuple(f"{room}: {why}" for room, why in sorted(unchecked.items()))
        rest = Finding(
            "not_checked",
            Weight.WARNING,
            f"{len(unchecked)} of {len(seen)} rooms could not be looked at.",
            facts,
            "mend what else is named here, then run `celery -A tasks doctor` again",
        )
        findings.append(rest)
    order = (Weight.BROKEN, Weight.WARNING, Weight.FINE)
    return sorted(findings, key=lambda finding: order.index(finding.weight))
