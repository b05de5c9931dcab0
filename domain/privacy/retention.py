"""How long what somebody said is kept."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

_MS_BITS_FROM = 80


class Kept(StrEnum):
    """What has a time of keeping of its own."""

    BODIES = "bodies"
    WORDS = "words"


def first_id_at(moment: datetime) -> UUID:
    """The smallest uuid v7 of that moment: every id that is smaller was made before it (to the millisecond)."""
    return UUID(int=int(moment.timestamp() * 1_000) << _MS_BITS_FROM)
