"""When somebody is there, by the clocks of the place, and how people are told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.organizations.opening_hours import DAYS, OpeningHours, hours_rule

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = [["09:00", "17:00"]]


def _hours(weekly: dict[str, Any], **more: Any) -> OpeningHours:
    told = {"timezone": "America/New_York", "weekly": weekly, **more}
    assert list(hours_rule("hours", told)) == []
    read = OpeningHours.read(told)
    assert read
    return read


def _at(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK)


# 2026-11-23 is a Monday
@pytest.mark.parametrize(
    ("day", "clock", "is_open"),
    [
        ("2026-11-23", "08:59:59", False),
        ("2026-11-23", "09:00", True),
        ("2026-11-23", "16:59:59", True),
        ("2026-11-23", "17:00", False),
        ("2026-11-24", "10:00", False),
        ("2026-11-27", "21:59", False),
        ("2026-11-27", "23:00", True),
        ("2026-11-28", "01:59", True),
        ("2026-11-28", "02:00", False),
        ("2026-11-29", "00:00", True),
        ("2026-11-29", "23:59", True),
        ("2026-11-30", "00:00", False),
    ],
)
def test_it_is_open_from_the_first_minute_to_the_last(day: str, clock: str, is_open: bool) -> None:  # noqa: FBT001 - a parameter of the test
    hours = _hours({"mon": OFFICE, "fri": [["22:00", "02:00"]], "sun": [["00:00", "24:00"]]})
    assert hours.is_open(_at(day, clock)) is is_open


def test_the_clocks_are_those_of_the_place() -> None:
    hours = _hours({"mon": OFFICE})
    assert hours.is_open(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    assert not hours.is_open(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


def test_the_day_that_clocks_change_has_its_own_hours() -> None:
    """In New York 2026-11-01 has 25 hours: 9:00 is 14:00 UTC on that day, and was 13:00 UTC the day before."""
    hours = _hours({"sat": OFFICE, "sun": OFFICE})
    assert [hours.is_open(datetime(2026, 10, 31, hour, tzinfo=UTC)) for hour in (12, 13)] == [False, True]
    assert [hours.is_open(datetime(2026, 11, 1, hour, tzinfo=UTC)) for hour in (13, 14)] == [False, True]


def test_a_closed_day_is_closed_and_so_is_the_night_that_begins_on_it() -> None:
    hours = _hours({key: [["22:00", "02:00"]] for key in DAYS}, closed=["2026-12-25"])
    assert hours.is_open(_at("2026-12-25", "01:00")), "the night before goes on"
    assert not hours.is_open(_at("2026-12-25", "23:00"))
    assert not hours.is_open(_at("2026-12-26", "01:00"))
    assert hours.is_open(_at("2026-12-26", "23:00"))


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        _hours({"mon": OFFICE}).is_open(datetime(2026, 11, 23, 10))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("weekly", "words"),
    [
        ({key: [["11:00", "23:00"]] for key in DAYS}, "every day, 11:00 to 23:00"),
        ({key: [["00:00", "24:00"]] for key in DAYS}, "every day, around the clock"),
        (dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), OFFICE), "Monday to Friday, 9:00 to 17:00"),
        ({"mon": OFFICE, "tue": OFFICE, "sat": [["09:30", "12:00"], ["13:00", "24:00"]]},
         "Monday and Tuesday, 9:00 to 17:00; Saturday, 9:30 to 12:00 and 13:00 to midnight"),
        ({"mon": OFFICE, "wed": OFFICE, "sun": []}, "Monday, 9:00 to 17:00; Wednesday, 9:00 to 17:00"),
        ({"fri": [["22:00", "02:00"]]}, "Friday, 22:00 to 2:00"),
    ],
)  # fmt: skip
def test_people_are_told_the_week_in_words(weekly: dict[str, Any], words: str) -> None:
    assert _hours(weekly).words == words


@pytest.mark.parametrize(
    ("told", "path", "right"),
    [
        ({"timezone": "Mars/Olympus"}, "hours.timezone", "time zone of the IANA list such as America/New_York"),
        ({"timezone": "America"}, "hours.timezone", "America/New_York"),
        ({"timezone": "../../etc/passwd"}, "hours.timezone", "America/New_York"),
        ({"timezone": "localtime"}, "hours.timezone", "America/New_York"),
        ({"weekly": {"monday": OFFICE}}, "hours.weekly.monday", "is not known; there are mon, tue"),
        ({"weekly": {"mon": ["09:00-17:00"]}}, "hours.weekly.mon.0", 'must be like ["09:00", "17:00"]'),
        ({"weekly": {"mon": [["9:00", "17:00"]]}}, "hours.weekly.mon.0", "09:00"),
        ({"weekly": {"mon": [["09:00", "24:01"]]}}, "hours.weekly.mon.0", "09:00"),
        ({"weekly": {"mon": [["24:00", "02:00"]]}}, "hours.weekly.mon.0", "09:00"),
        ({"weekly": {"mon": [["09:00", "09:00"]]}}, "hours.weekly.mon.0", "09:00"),
        ({"weekly": {"mon": [["13:00", "17:00"], ["09:00", "12:00"]]}}, "hours.weekly.mon", "in order of time, without overlap"),
        ({"weekly": {"mon": [["22:00", "02:00"], ["23:00", "24:00"]]}}, "hours.weekly.mon", "without overlap"),
        ({"weekly": {"mon": [["09:00", "10:00"]] * 5}}, "hours.weekly.mon", "must have 4 at most"),
        ({"weekly": {"mon": []}}, "hours.weekly", "must have a day that is open"),
        ({"closed": ["25.12.2026"]}, "hours.closed.0", "must be a day such as 2026-12-25"),
        ({"closed": ["2026-02-30"]}, "hours.closed.0", "2026-12-25"),
        ({"open": []}, "hours.open", "is not known; there are timezone, weekly, closed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_path(told: dict[str, Any], path: str, right: str) -> None:
    wrong = {"timezone": "America/New_York", "weekly": {"mon": OFFICE}, **told}
    [fault] = hours_rule("hours", wrong)
    assert fault.path == path
    assert right in fault.right
    assert OpeningHours.read(wrong) is None


CLOCKS = st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=4, unique=True).map(sorted)


@given(st.dictionaries(st.sampled_from(tuple(DAYS)), CLOCKS, min_size=1), st.integers(0, 7 * 24 * 60 - 1))
def test_a_week_is_open_exactly_within_its_spans(starts: dict[str, list[int]], minute: int) -> None:
    """Counted on one line of minutes from Monday on, which ends where it begins."""
    weekly = {day: [[_clock(start), _clock(end)] for start, end in zip(m[::2], m[1::2], strict=False)] for day, m in starts.items()}
    monday = datetime(2026, 11, 23, tzinfo=ZoneInfo("Asia/Kolkata"))  # no clocks are changed there
    hours = OpeningHours.read({"timezone": "Asia/Kolkata", "weekly": weekly})
    assert hours
    inside = any(
        begin + start <= minute < begin + end
        for begin, day in zip(range(0, 7 * 24 * 60, 24 * 60), DAYS, strict=True)
        for start, end in zip(starts.get(day, [])[::2], starts.get(day, [])[1::2], strict=False)
    )
    assert hours.is_open(monday + timedelta(minutes=minute)) is inside


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def test_closed_days_are_read_as_days() -> None:
    assert _hours({"mon": OFFICE}, closed=["2026-12-25"]).closed == {date(2026, 12, 25)}
