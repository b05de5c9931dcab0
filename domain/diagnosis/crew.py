"""Who works: which workers are there, which are silent, and which queues nobody listens to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# Its sweeper says twice a second that it is there. One that lives may say nothing for 15 s: a statement of its pass may hang for 10, then
# it pauses for 2 and may need 2 to connect. Not longer than a bell is missed for, either: who was killed is not blamed for not ringing.
SILENT_AFTER_S = 20.0
# whoever was killed is not there any more after so long, though its successor has its name
JUST_SEEN_S = 5.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker by its row: seconds since it began and since it was seen. ``name`` is ``worker@host/boot``.

    ``fingerprints`` of its settings are empty where it says nothing of them.
    """

    name: str
    queues: tuple[str, ...]
    started_s: float
    seen_s: float
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        """Whether its sweeper lives."""
        return self.seen_s <= SILENT_AFTER_S

    @property
    def hostname(self) -> str:
        """The name by which Celery knows it."""
        return self.name.partition("/")[0]

    @property
    def kind(self) -> str:
        """What its hosts share, such as ``worker``."""
        return self.name.partition("@")[0]


def silent(workers: Sequence[Worker]) -> list[Worker]:
    """Those that are gone and have no successor: one of the same kind that began about when they were seen last, as in a deploy."""
    return [each for each in workers if not each.is_there and not any(_succeeds(other, each) for other in workers)]


def _succeeds(other: Worker, gone: Worker) -> bool:
    is_same = other.hostname == gone.hostname or other.kind == gone.kind
    return other.is_there and is_same and other.started_s <= gone.seen_s + SILENT_AFTER_S


def namesakes(workers: Sequence[Worker]) -> Mapping[str, Sequence[Worker]]:
    """Names that more than one living process has, with these."""
    living: dict[str, list[Worker]] = {}
    for each in workers:
        if each.seen_s <= JUST_SEEN_S:
            living.setdefault(each.hostname, []).append(each)
    return {name: found for name, found in living.items() if len(found) > 1}


def unheard(queues: Iterable[str], listening: Iterable[Iterable[str]]) -> list[str]:
    """The queues that nobody listens to."""
    heard = {queue for each in listening for queue in each}
    return [queue for queue in queues if queue not in heard]
