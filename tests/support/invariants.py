"""What every suite asks in the end: does the house keep its promises?"""

from datetime import UTC, datetime

from tasks import invariants

EVER = datetime(2000, 1, 1, tzinfo=UTC)


def broken() -> dict[str, tuple[str, ...]]:
    """What is broken, with samples, however old it is."""
    return {finding.promise.name: finding.samples for finding in invariants.check(limit=20, since=EVER) if finding.count}


def assert_they_hold() -> None:
    """I1 to I9 hold for everything in the database; else fails with the names and the ids."""
    assert broken() == {}
