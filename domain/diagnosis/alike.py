"""Which workers run with other settings than the rest, told from fingerprints: nobody sees a setting."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

# every fingerprint is made with it: where this one differs, nothing is known of the others
SECRET = "SECRET_KEY"  # noqa: S105 - its name
_PURPOSE = "hookline settings"
# as many as tell a handful of workers apart, and too few to find a key by
_DIGITS = 8

Sides = tuple[tuple[str, ...], ...]


def fingerprint(secret: str, name: str, value: str) -> str:
    """The same for the same value under the same secret; without the secret it says nothing of the value."""
    return hmac.digest(secret.encode(), f"{_PURPOSE}\0{name}\0{value}".encode(), "sha256").hex()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Settings about which workers disagree; ``sides`` are those who agree, the most first."""

    settings: tuple[str, ...]
    sides: Sides

    @property
    def odd(self) -> tuple[str, ...]:
        """Those who differ from most; nobody if there is no most."""
        most, *others = self.sides
        return tuple(name for side in others for name in side) if len(most) > len(others[0]) else ()


def disagreements(told: Mapping[str, Mapping[str, str]]) -> list[Disagreement]:
    """About what the workers of these names disagree; what one of them does not say is not compared with it."""
    every = dict.fromkeys(name for each in told.values() for name in each)
    found: dict[Sides, list[str]] = {}
    for name in [SECRET] if len(_sides(told, SECRET)) > 1 else every:
        sides = _sides(told, name)
        if len(sides) > 1:
            found.setdefault(sides, []).append(name)
    return [Disagreement(tuple(names), sides) for sides, names in found.items()]


def _sides(told: Mapping[str, Mapping[str, str]], name: str) -> Sides:
    alike: dict[str, list[str]] = {}
    for worker, each in sorted(told.items()):
        if name in each:
            alike.setdefault(each[name], []).append(worker)
    return tuple(sorted((tuple(side) for side in alike.values()), key=lambda side: (-len(side), side)))
