"""What a batch would take: reckoned before anything is written, and before anybody is paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.chain import Stage


@dataclass(slots=True)
class StagePlan:
    """Of one stage: how many runs take over what is known, do it in our own house for nothing, or ask a vendor."""

    reused: int = 0
    free: int = 0
    asked: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def ask(self, vendor: str, model: str, prompt: str) -> None:
        """One more that asks this model with this prompt."""
        self.asked[vendor, model, prompt] = self.asked.get((vendor, model, prompt), 0) + 1

    @property
    def calls(self) -> int:
        """How many calls of vendors."""
        return sum(self.asked.values())


@dataclass(slots=True)
class Plan:
    """``usd`` counts what could be priced, ``unpriced`` the calls that could not; ``seconds`` are those of all calls, one after another."""

    runs: int = 0
    stages: dict[Stage, StagePlan] = field(default_factory=lambda: {stage: StagePlan() for stage in Stage})
    usd: float = 0.0
    unpriced: int = 0
    seconds: float = 0.0

    @property
    def calls(self) -> Mapping[str, int]:
        """How many calls of each vendor."""
        found: dict[str, int] = {}
        for stage in self.stages.values():
            for (vendor, _, _), count in stage.asked.items():
                found[vendor] = found.get(vendor, 0) + count
        return found
