"""Whether a front has published what it owes for what it has accepted: counted in its queue, once a run is over."""

import time
from dataclasses import dataclass

from benchmarks.front.closed import Pace
from benchmarks.front.houses import Doorbell, Front
from benchmarks.harness import database
from benchmarks.harness.rig import Rig

POLL_S = 0.1
# whoever has not published anything for so long has nothing more to publish
QUIET_S = 3.0


@dataclass(frozen=True, slots=True)
class Bells:
    """Messages of one run: ``late`` were published after its last answer; ``dropped`` never, as the front itself has said of each."""

    late: int
    dropped: int


class LostError(RuntimeError):
    """A webhook was answered and not stored, or stored and neither published nor said to be dropped."""


def dropped_by(front: Front) -> int:
    """How often the front has said, since it was started, that it leaves a message to the sweeper."""
    events = front.doorbell.dropped if front.doorbell else ()
    return sum(front.process.said(f'"event":"{event}"') for event in events)


def counted(rig: Rig, front: Front, pace: Pace, dropped_before: int) -> Bells | None:
    """What became of them, once the front is done with publishing; None if it never publishes. No worker may consume its queue.

    ``dropped_before`` is what ``dropped_by`` told when the front was empty. Raises LostError.
    """
    if front.doorbell is None:
        return None
    in_time = published = _published(rig, front.doorbell)
    owed, ends = _owed(front, front.doorbell), time.monotonic() + QUIET_S
    while owed > published and time.monotonic() < ends:
        time.sleep(POLL_S)
        # what is owed first: a slow front may store what was on its way at any moment, and rings a moment later
        before, owed, published = (owed, published), _owed(front, front.doorbell), _published(rig, front.doorbell)
        if (owed, published) != before:
            ends = time.monotonic() + QUIET_S
    # wrk ends with requests on their way: these are stored, and nobody has counted their answers
    if owed < pace.requests - pace.failed:
        raise LostError(f"{front.name} answered {pace.requests - pace.failed} webhooks well and has stored {owed}")
    missing = max(0, owed - published)
    # one that it gave up may have reached the broker all the same, so that it may say more than are missing
    if missing > (said := dropped_by(front) - dropped_before):
        raise LostError(f"{front.name} owes {owed} messages, {missing} of them are not in its queue, and it speaks of {said}")
    return Bells(late=published - in_time, dropped=missing)


def _owed(front: Front, doorbell: Doorbell) -> int:
    return int(database.rows(front.database, f"SELECT count(*) AS n FROM {doorbell.owing}")[0]["n"])  # noqa: S608 - a name of ours


def _published(rig: Rig, doorbell: Doorbell) -> int:
    with rig.servers.broker() as broker:
        return int(broker.llen(doorbell.queue))
