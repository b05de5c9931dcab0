"""The vendors that we ask over the network, and what the house remembers of each."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

# this many failures in a row open the circuit; below the attempts of a step, so that an outage alone kills no run
OPENS_AFTER = 4
# the pause of an open circuit in seconds: doubled with each probe that fails, up to the cap
FIRST_PAUSE_S = 5.0
PAUSE_CAP_S = 300.0
# for no longer does anybody hold a place: a call may take ten minutes at most (WORKER_TIMEOUT_SECONDS), and a little more to give it back
HELD_AT_MOST_S = 660.0


class Vendor(StrEnum):
    """Whoever is asked over the network; each has a circuit and a number of places for calls at the same time."""

    DEEPGRAM = "deepgram"
    OPENAI = "openai"
    TWILIO = "twilio"


@dataclass(frozen=True, slots=True)
class Place:
    """One of a vendor's places for calls at the same time, held until it is left or its lease runs out.

    ``is_probe``: the circuit was open, and this one call finds out whether the vendor is back.
    """

    vendor: Vendor
    id: UUID
    is_probe: bool = False


def pause_s(failures: int) -> float:
    """How long a circuit stays open after so many failures in a row, in seconds; 0 while they are too few to open it."""
    if failures < OPENS_AFTER:
        return 0.0
    return min(PAUSE_CAP_S, FIRST_PAUSE_S * 2.0 ** min(failures - OPENS_AFTER, 30))
