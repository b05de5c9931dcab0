"""A house that is well, and what is no reason to be alarmed."""

from tests.support.doctor_house import House


def test_a_house_that_is_well_gets_no_warning(house: House) -> None:
    """Not even with every vendor's key, all of which are tried."""
    house.is_well(**house.keys)
    assert "promises" in house.doctor().progress


def test_nothing_is_stored_by_looking(house: House) -> None:
    tables = ("webhook_events", "quarantine", "transcripts", "effects")
    before = [house.rows(f"SELECT count(*) AS n FROM {table}") for table in tables]  # noqa: S608 - the names stand above
    house.doctor()
    assert [house.rows(f"SELECT count(*) AS n FROM {table}") for table in tables] == before  # noqa: S608 - our own words


def test_a_deploy_leaves_no_warning_behind(house: House) -> None:
    """On a host every deploy has new hosts' names: the worker of before is gone, and its successor is there."""
    house.rows(
        "INSERT INTO workers (name, queues, started_at, seen_at) VALUES ('worker@gone-host/1111', '{speech}', now() - interval '1 day',"
        " (SELECT min(started_at) FROM workers)) RETURNING name"
    )
    try:
        house.is_well()
    finally:
        house.rows("DELETE FROM workers WHERE name = 'worker@gone-host/1111' RETURNING name")
