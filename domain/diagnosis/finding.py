"""What somebody is told who asks why: one sentence, what it is told from, and the command that mends it."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause. ``sentence`` names what it happened to, ``evidence`` are facts of a line each, ``fix`` is a command, or what to do.

    ``code`` is stable, in snake_case, for tests, alerts and scripts. No part of it has a word or number of any caller.
    """

    code: str
    weight: Weight
    sentence: str
    evidence: tuple[str, ...] = ()
    fix: str | None = None
