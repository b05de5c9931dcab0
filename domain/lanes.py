"""Who goes first: what a person waits for, on the line or in danger, never stands behind what nobody waits for."""

from enum import StrEnum

from domain.chain import EffectKind


class Lane(StrEnum):
    """The lane of a run or of an effect; each has queues of its own."""

    URGENT = "urgent"
    NORMAL = "normal"


# a call for a person, and what is said into a call or ends it
URGENT_KINDS = (EffectKind.ESCALATION, EffectKind.CALL_UPDATE)


def lane_of(kind: EffectKind) -> Lane:
    """The lane of an effect: what it is says who waits for it."""
    return Lane.URGENT if kind in URGENT_KINDS else Lane.NORMAL
