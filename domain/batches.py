"""A batch: which stored conversations are worked on again, and what is done otherwise than in their live runs."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.chain import STAGES, Source, Stage
from domain.errors import RefusedError
from domain.speech import Role
from domain.statuses import ProcessingStatus

# A batch takes no more than this share of a vendor's places and of a day's limit: the rest is for whoever calls now.
SHARE = 0.5
# with so many live messages waiting in one queue, nothing more is rung for a batch
LIVE_WAITING = 8
QUEUE = "batch"

ESCALATED = "escalated"
# what may stand after --where, and which values it takes; None: any word
CRITERIA: dict[str, tuple[str, ...] | None] = {
    "intent": None,
    "engine": None,
    "role": tuple(Role),
    "source": tuple(Source),
    "status": tuple(ProcessingStatus),
    ESCALATED: ("yes", "no"),
}
_WORD = "[A-Za-z0-9_.:+-]{1,100}"
# how one is spelled
CRITERION = "|".join([ESCALATED, *(f"{name}=({_WORD if words is None else '|'.join(words)})" for name, words in CRITERIA.items())])


def stands_back(depths: Mapping[str, int], full_at: int) -> bool:
    """Whether nothing is rung for a batch now: too much waits in another queue, of which each takes ``full_at`` messages at most."""
    return any(depth >= min(LIVE_WAITING, full_at) for queue, depth in depths.items() if queue != QUEUE)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that must hold of the run that counts for a transcript, or of its conversation."""

    name: str
    value: str

    @classmethod
    def read(cls, said: str) -> "Criterion":
        """``name=value``, or ``escalated`` alone. Raises ValueError with what may stand there."""
        name, equals, value = said.partition("=")
        if name == ESCALATED and not equals:
            return cls(name, "yes")
        if name not in CRITERIA:
            raise ValueError(f"{name!r} is none of {', '.join(sorted(CRITERIA))}")
        allowed = CRITERIA[name]
        if allowed is not None and value not in allowed:
            raise ValueError(f"{name} may be {', '.join(allowed)}")
        if not re.fullmatch(_WORD, value):
            raise ValueError(f"say {name}=WORD")
        return cls(name, value)

    def __str__(self) -> str:
        """As it was said."""
        return f"{self.name}={self.value}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Transcripts with words that were received from ``since`` on and before ``until``, for which every criterion holds."""

    since: datetime
    until: datetime
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """What is done otherwise: from ``from_step`` on nothing is reused, and ``prompt`` and ``model`` take the place of the usual ones.

    Without ``from_step`` whatever came of the very same inputs is reused, wherever it stands in the chain.
    """

    from_step: Stage | None = None
    prompt: str | None = None
    model: str | None = None

    def reuses(self, stage: Stage) -> bool:
        """Whether a stage may take over what an earlier run found."""
        return self.from_step is None or STAGES.index(stage) < STAGES.index(self.from_step)

    def prompt_at(self, stage: Stage) -> str | None:
        """The prompt that is wished for at a stage; None where the usual one holds."""
        return self.prompt if self._holds_at(stage) else None

    def model_at(self, stage: Stage) -> str | None:
        """The model that is wished for at a stage; None where the usual one holds."""
        return self.model if self._holds_at(stage) else None

    def _holds_at(self, stage: Stage) -> bool:
        return self.from_step is None or STAGES.index(stage) >= STAGES.index(self.from_step)


@dataclass(frozen=True, slots=True)
class Order:
    """A batch as somebody asks for it. The same order under the same name is the same batch."""

    name: str
    selection: Selection
    variant: Variant

    @classmethod
    def of(cls, selection: Selection, variant: Variant, name: str | None = None) -> "Order":
        """Without a name of its own it is called by its days and what is done, so that the same command twice means the same batch."""
        return cls(name or _called(selection, variant), selection, variant)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that there is."""

    id: UUID
    organization_id: UUID
    order: Order
    trace_id: str
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is: its runs by how they stand, how many results count, and what it cost in US dollars so far."""

    batch: Batch
    created_at: datetime
    created_by: str
    planned: int
    opened: int
    done: int
    dead: int
    counting: int
    usd: float
    planned_usd: float | None

    @property
    def is_over(self) -> bool:
        """Whether nothing is under way."""
        return self.done + self.dead >= self.opened


def named(said: str) -> str:
    """A name that a person gave. Raises RefusedError."""
    if not re.fullmatch(_WORD, said):
        raise RefusedError("A batch is named by letters, digits and . _ : + - (100 at most).")
    return said


def _called(selection: Selection, variant: Variant) -> str:
    told = [selection.since.isoformat(), selection.until.isoformat(), *sorted(map(str, selection.criteria))]
    told += [variant.from_step or "", variant.prompt or "", variant.model or ""]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]
    return f"{selection.since:%Y%m%d}-{selection.until:%Y%m%d}-{digest}"
