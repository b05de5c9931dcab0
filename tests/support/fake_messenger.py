"""A messenger that does what a test says, and the end of every wait."""

from collections.abc import Callable

from domain.runs import Effect, Sighting
from tests.support.stored import rows

UNSEEN, ABSENT, SEEN = Sighting(None, conclusive=False), Sighting(None, conclusive=True), Sighting("SM1", conclusive=True)


class FakeMessenger:
    """A vendor that does as it is told and remembers what reached it."""

    vendor = None
    name = "fake"

    def __init__(self) -> None:
        """Sends everything, has seen nothing."""
        self.sent: list[Effect] = []
        self.looked_up = 0
        self.fails: Exception | None = None
        self.sighting: Sighting | Exception = UNSEEN
        self.before_answer: Callable[[], object] = lambda: None

    def send(self, effect: Effect) -> str:
        self.sent.append(effect)
        self.before_answer()
        if self.fails:
            raise self.fails
        return f"fake:{effect.id}"

    def find(self, _effect: Effect) -> Sighting:
        self.looked_up += 1
        if isinstance(self.sighting, Exception):
            raise self.sighting
        return self.sighting


def later() -> None:
    """Lease and back-off are over."""
    past = "clock_timestamp() - interval '1 second'"
    rows(f"UPDATE effects SET not_before = {past}, lease_until = CASE WHEN lease_until IS NOT NULL THEN {past} END RETURNING id")  # noqa: S608 - our own words
