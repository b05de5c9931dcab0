"""One figure of quality beside its goal, and how a row of it reads."""

import math
from dataclasses import dataclass

HEAD = "| asked | cases | reached | 95 % interval | unsure | goal | is it reached |\n|---|---|---|---|---|---|---|"
_Z = 1.959963984540054  # 95 %


@dataclass(frozen=True, slots=True)
class Figure:
    """``right`` of ``asked`` cases; ``unsure`` of them got no answer and count as wrong. ``goal`` is a share, 0..1, or None."""

    what: str
    asked: int
    right: int
    goal: float | None = None
    unsure: int = 0

    @property
    def share(self) -> float:
        """Of all that were asked."""
        return self.right / self.asked if self.asked else math.nan

    def row(self) -> str:
        """A line of the table."""
        low, high = wilson(self.right, self.asked)
        goal = "" if self.goal is None else f"≥ {self.goal:.3f}"
        verdict = "" if self.goal is None else ("yes" if self.share >= self.goal else "no")
        cells = (f"{self.share:.3f}", f"{low:.3f} to {high:.3f}", f"{self.unsure / self.asked:.3f}", goal, verdict)
        return f"| {self.what} | {self.asked} | {' | '.join(cells)} |"


@dataclass(frozen=True, slots=True)
class Amount:
    """What something takes, or how often it happens; ``goal`` is the most that it may be."""

    what: str
    amount: float
    unit: str
    goal: float | None = None
    asked: int | None = None

    def row(self) -> str:
        """A line of the same table."""
        goal = "" if self.goal is None else f"≤ {self.goal:g} {self.unit}"
        verdict = "" if self.goal is None else ("yes" if self.amount <= self.goal else "no")
        return f"| {self.what} | {'' if self.asked is None else self.asked} | {self.amount:.3g} {self.unit} | | | {goal} | {verdict} |"


def wilson(right: int, asked: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share, spread = right / asked, _Z * _Z / asked
    middle, reach = share + spread / 2, _Z * math.sqrt(share * (1 - share) / asked + spread / (4 * asked))
    return (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)
