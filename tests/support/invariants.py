"""What every suite asks in the end: does the house keep its promises?"""

from datetime import UTC, datetime

from tasks import invariants

EVER = datetime(2000, 1, 1, tzinfo=UTC)


def broken() -> dict[str, tuple[str, ...]]:
    """What is broken, with samples, however old it is, and what could not be checked, with the reason."""
    findings = [finding for finding in invariants.check(limit=20, since=EVER) if not finding.holds]
    return {finding.promise.name: (finding.unchecked,) if finding.unchecked else finding.samples for finding in findings}


def assert_they_hold() -> None:
    """I1 to I9 hold for everything in the database; else fails with the names and the ids."""
    found = broken()
    # imported late, so that pytest does not show what stands here
    assert found == {}, found
