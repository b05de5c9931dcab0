"""How full the broker is."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Load:
    """What the broker says of itself; ``answers`` is False if it said nothing. Sizes in bytes, None where it names none; by queue."""

    answers: bool
    used_bytes: int | None = None
    max_bytes: int | None = None
    waiting: dict[str, int] = field(default_factory=dict)
