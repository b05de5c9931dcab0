"""What the calls of a batch would cost: as much as the same question of the same transcript did, the longer the dearer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

import settings
from db.rehearsal import Taken
from domain.chain import Stage
from domain.plans import Plan
from domain.ports import Basis
from domain.prices import price_usd

# what was never asked about is as dear as the others; where there are no others, an answer is about as long as this, in tokens
ANSWER_TOKENS = 150
INPUT, OUTPUT = "input_tokens", "output_tokens"


@dataclass(frozen=True, slots=True)
class Call:
    """One that would be made. ``longer`` is how many times as long the question is as it was when it took what it took."""

    stage: Stage
    basis: Basis | None
    taken: Taken | None
    longer: float


@dataclass(slots=True)
class Prices:
    """Adds calls up; those that nobody knows anything of are reckoned when all are known."""

    calls: list[Call] = field(default_factory=list)

    def add(self, call: Call) -> None:
        """One more."""
        self.calls.append(call)

    def settle(self, plan: Plan) -> None:
        """Write into the plan what all of them take."""
        for stage in Stage:
            known = [call for call in self.calls if call.stage is stage and call.taken]
            usual = _usual(known)
            seconds = fmean(call.taken.seconds for call in known if call.taken) if known else 0.0
            for call in (call for call in self.calls if call.stage is stage):
                usd = _usd(call, usual)
                plan.usd, plan.unpriced = plan.usd + (usd or 0.0), plan.unpriced + (usd is None)
                plan.seconds += call.taken.seconds if call.taken else seconds


def _usual(known: list[Call]) -> Mapping[str, int] | None:
    if not known:
        return None
    taken = [_usage(call.taken, call.longer) for call in known if call.taken]
    return {unit: round(fmean(usage.get(unit, 0) for usage in taken)) for unit in (INPUT, OUTPUT)}


def _usd(call: Call, usual: Mapping[str, int] | None) -> float | None:
    guessed = {INPUT: call.basis.tokens if call.basis else 0, OUTPUT: ANSWER_TOKENS}
    usage = _usage(call.taken, call.longer) if call.taken else usual or guessed
    provider = call.basis.provider if call.basis else call.taken.provider if call.taken else ""
    model = call.basis.model if call.basis else call.taken.model if call.taken else None
    found = price_usd(settings.current().spend.prices, provider, model, usage)
    return float(found) if found is not None else None


def _usage(taken: Taken, longer: float) -> Mapping[str, int]:
    return {**taken.usage, INPUT: round(taken.usage.get(INPUT, 0) * longer)}
