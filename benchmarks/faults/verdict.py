"""What became of every accepted webhook: finished exactly once, never, twice, or honestly unknown."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.faults.traffic import Answer, Sent

PROMISED_S = 0.1
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Ending:
    """What a house knows of one key. ``done`` counts how often it was worked off, ``sent`` how often its effect reached the vendor.

    ``owes_effect`` says that something must leave the house for it; ``dead`` and ``unknown`` hold the reason why it ended without.
    """

    done: int = 0
    sent: int = 0
    owes_effect: bool = False
    dead: str | None = None
    unknown: str | None = None

    @property
    def is_twice(self) -> bool:
        """Whether something happened to it more than once."""
        return self.done > 1 or self.sent > 1

    @property
    def is_never(self) -> bool:
        """Whether something that should have happened to it did not."""
        return self.dead is None and self.unknown is None and (self.done == 0 or (self.owes_effect and self.sent == 0))


NOTHING = Ending()


@dataclass(slots=True)
class Verdict:
    """One line of the table."""

    accepted: set[str]
    refusals: list[Answer] = field(default_factory=list)
    once: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)
    dead: dict[str, str] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    answers: int = 0
    slow: int = 0
    slow_control: int = 0
    controls: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    slowest_ms: float = 0.0
    slowest: list[str] = field(default_factory=list)
    drain_s: float | None = None
    republished: int = 0


def of(sent: Sent, endings: Mapping[str, Ending]) -> Verdict:
    """Judge what was sent by how it ended. A webhook that is stored although its answer got lost must be finished as well."""
    accepted = sent.accepted
    found = Verdict(accepted, [answer for answer in sent.answers if not answer.accepted], answers=len(sent.answers))
    for key in accepted | set(endings):
        ending = endings.get(key, NOTHING)
        if ending.is_twice:
            found.twice.add(key)
        elif ending.is_never:
            found.never.add(key)
        elif ending.dead is not None:
            found.dead[key] = ending.dead
        elif ending.unknown is not None:
            found.unknown[key] = ending.unknown
        else:
            found.once.add(key)
    took = sorted(answer.took_s for answer in sent.answers)
    found.slow = sum(1 for seconds in took if seconds > PROMISED_S)
    found.slow_control = sum(1 for answer in sent.control if answer.took_s > PROMISED_S)
    late = sorted(sent.answers, key=lambda answer: -answer.took_s)[:SHOWN]
    found.slowest = [f"{answer.took_s * 1_000:.0f} ms ({answer.status}; {answer.spent})" for answer in late]
    found.controls = len(sent.control)
    found.p50_ms = statistics.median(took) * 1_000
    found.p99_ms = statistics.quantiles(took, n=100)[98] * 1_000
    found.slowest_ms = took[-1] * 1_000
    return found
