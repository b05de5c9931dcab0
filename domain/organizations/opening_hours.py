"""When an organization is open: a week by the clocks of its own place, and days on which it is closed all the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.checks import Fault, Rule, is_told, list_of, record, that

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
SPANS, CLOSED_DAYS = 4, 60

_MIDNIGHT = 24 * 60
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)")
# names of places only: others may mean whatever the machine's own clock is set to
_ZONE = re.compile(r"UTC|[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){1,2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

# from, until: minutes since midnight; what ends on the next day ends after 1440
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """``timezone`` is of the IANA list (``America/New_York``), ``week`` has the spans of each day, Monday first, ``closed`` whole days."""

    timezone: str
    week: tuple[tuple[Span, ...], ...]
    closed: frozenset[date] = frozenset()

    @classmethod
    def read(cls, told: Mapping[str, object]) -> "OpeningHours | None":
        """From JSON that ``hours_rule`` lets in; None from any other, also where this machine does not know the time zone."""
        weekly, closed = told.get("weekly"), told.get("closed") or ()
        if next(hours_rule("hours", told), None) or not isinstance(weekly, Mapping) or not isinstance(closed, Sequence):
            return None
        week = tuple(tuple(_span(each) for each in weekly.get(day) or ()) for day in DAYS)
        return cls(str(told["timezone"]), week, frozenset(date.fromisoformat(day) for day in closed))

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at a moment, which must know its offset. A night that began on a closed day is closed, too."""
        if at.tzinfo is None:
            raise ValueError("a moment has a time zone")
        local = at.astimezone(ZoneInfo(self.timezone))
        today, minute = local.date(), local.hour * 60 + local.minute
        return _covers(self._spans(today), minute) or _covers(self._spans(today - timedelta(days=1)), minute + _MIDNIGHT)

    @property
    def words(self) -> str:
        """The week for people: ``Monday to Friday, 9:00 to 17:00; Saturday, 9:00 to 12:00``. Closed days are not in it."""
        days = [(day, spans) for day, spans in zip(DAYS.values(), self.week, strict=True)]
        alike = [([day for day, _ in group], spans) for spans, group in groupby(days, key=lambda each: each[1])]
        return "; ".join(f"{_days(names)}, {' and '.join(_spoken(span) for span in spans)}" for names, spans in alike if spans)

    def _spans(self, day: date) -> tuple[Span, ...]:
        return () if day in self.closed else self.week[day.weekday()]


def _covers(spans: tuple[Span, ...], minute: int) -> bool:
    return any(start <= minute < end for start, end in spans)


def _days(names: Sequence[str]) -> str:
    if len(names) == len(DAYS):
        return "every day"
    return names[0] if len(names) == 1 else f"{names[0]} {'and' if len(names) == 2 else 'to'} {names[-1]}"  # noqa: PLR2004 - a pair


def _spoken(span: Span) -> str:
    if span == (0, _MIDNIGHT):
        return "around the clock"
    start, end = (f"{minute // 60 % 24}:{minute % 60:02}" for minute in span)
    return f"{start} to {'midnight' if span[1] == _MIDNIGHT else end}"


def _span(told: Sequence[str]) -> Span:
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in told)
    return start, end if end > start else end + _MIDNIGHT


def _is_span(value: object) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:  # noqa: PLR2004 - from, until
        return False
    return all(isinstance(clock, str) and _CLOCK.fullmatch(clock) for clock in value) and value[0] not in {value[1], "24:00"}


def _knows(zone: object) -> bool:
    try:
        return isinstance(zone, str) and bool(_ZONE.fullmatch(zone)) and bool(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(_DAY.fullmatch(value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False


_each_span = list_of(that(_is_span, 'must be like ["09:00", "17:00"]'), SPANS)


def _check_spans(path: str, value: object) -> Iterator[Fault]:
    faults = list(_each_span(path, value))
    yield from faults
    if not faults and isinstance(value, Sequence):
        spans = [_span(each) for each in value]
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            yield Fault(path, "must be in order of time, without overlap")


_each_day = record(dict.fromkeys(DAYS, Rule(_check_spans, ([],))))


def _check_week(path: str, value: object) -> Iterator[Fault]:
    yield from _each_day(path, value)
    if isinstance(value, Mapping) and not any(is_told(spans) for spans in value.values()):
        yield Fault(path, "must have a day that is open")


hours_rule: Rule = record(
    {
        "timezone": that(_knows, "must be a time zone of the IANA list such as America/New_York", ""),
        "weekly": Rule(_check_week, ({},)),
        "closed": list_of(that(_is_day, "must be a day such as 2026-12-25"), CLOSED_DAYS),
    },
    needs=("timezone", "weekly"),
)
