"""Which times, days and sums of money a text names, so that what a reply says can be held against what the organization says."""

import re
from collections.abc import Iterator

_HALF_DAY = 12 * 60
_HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_HOUR = rf"(?:{'|'.join(_HOURS)}|noon|midnight|mediod[ií]a|medianoche)"
_CLOCK = re.compile(
    r"\b(\d{1,2})[:.h](\d{2})\b(?!\.?\d)"
    r"|\b(\d{1,2}) ?(?:a\.?m\b|p\.?m\b|o'clock|uhr\b|hrs?\b|h\b)"
    rf"|\b(?:(?:at|by|until|till|before|after|around|a las?|hasta las?|desde las?) (?=\d|{_HOUR}\b)|(?:from|to|and) (?=\d))"
    rf"(\d{{1,2}}|{_HOUR})\b"
    r"(?! ?(?:[%$€£/:.,]?\d|[a-z]*(?:minutes?|hours?|days?|weeks?|months?|years?|people|persons|of|st\b|nd\b|rd\b|th\b|percent|%"
    r"|dollars|euros|pounds|other|more|our|team|member)))"
    r"|\b(\d{1,2}) ?(?:-|\u2013|to|until) ?(\d{1,2})\b(?! ?(?:[/:.,]?\d|minutes?|hours?|days|weeks?|months?|years?|people|%))"
)
# what an organization says of its hours may be as short as "9-17"
_ANY_HOUR = re.compile(r"\b(\d{1,2})(?:[:.h](\d{2}))?\b")
_ANY_WORD = re.compile(rf"\b{_HOUR}\b")
_ROUND_THE_CLOCK = re.compile(
    r"\b24 ?/ ?7\b|24 hours|around the clock|round the clock|day and night|every day|seven days|365 days|las 24 horas"
)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday|s|r|rs)?s?"
_SPAN = re.compile(rf"\b({_DAY})\.? ?(?:-|\u2013|to|through|thru|until) ?({_DAY})\b")
_ONE_DAY = re.compile(rf"\b{_DAY}\b")
_OPEN_ON = re.compile(r"[^.!?;]*\b(?:(?:we're|we are|it's|it is|is|are) (?:also |always |both )?open|abrimos|abierto)\b[^.!?;]*")

_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_NUMBERS = {word: number for number, word in enumerate((*_HOURS, *_TEENS), start=1)} | {
    word: 10 * ten for ten, word in enumerate(_TENS, start=2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_UNIT = r"(?:dollars?|usd|euros?|eur|pounds?|gbp|rupees?|inr|pesos?|bucks|cents|per ?cent|percent)"
_SUM = re.compile(
    rf"[$\u20ac\u00a3\u20b9]\s?(\d[\d.,]*)|\b(?:rs|usd|eur|gbp|inr)\.? ?(\d[\d.,]*)|\b(\d[\d.,]*) ?(?:[%$\u20ac\u00a3\u20b9]|{_UNIT}\b)"
    rf"|\b((?:(?:a|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w{{3,5}}ty|half a|hundred|thousand"
    rf"|million)[ -]){{1,4}}){_UNIT}\b"
)


def clock_times(text: str) -> frozenset[int]:
    """The times of day that a text names, in minutes on a dial of twelve hours: few say which half of the day they mean."""
    return frozenset(_minutes(text))


def hours_told(text: str) -> frozenset[int]:
    """The same of words that are about hours, where every small number may be one."""
    bare = (_dial(int(found[1]), int(found[2] or 0)) for found in _ANY_HOUR.finditer(text) if int(found[1]) <= 24)  # noqa: PLR2004 - the hours and minutes of a day
    return clock_times(text) | frozenset(bare) | frozenset(_dial(_hour(found.group()), 0) for found in _ANY_WORD.finditer(text))


def is_round_the_clock(text: str) -> bool:
    """Whether a text says that somebody is always there."""
    return bool(_ROUND_THE_CLOCK.search(text))


def days(text: str) -> frozenset[str]:
    """The days of the week that a text names, as three letters; a span names those between."""
    named = {found.group()[:3] for found in _ONE_DAY.finditer(text)}
    return frozenset(named.union(*(_between(found[1][:3], found[2][:3]) for found in _SPAN.finditer(text))))


def days_open(text: str) -> frozenset[str]:
    """The days on which it says that somebody is there."""
    return frozenset[str]().union(*(days(found.group()) for found in _OPEN_ON.finditer(text)))


def sums(text: str) -> frozenset[str]:
    """The sums of money and the percentages that a text names, as their digits or words."""
    return frozenset(_amount(next(filter(None, found.groups()))) for found in _SUM.finditer(text))


def _amount(written: str) -> str:
    """``1,200.00`` and ``twelve hundred`` as ``1200``."""
    plain = written.strip(" .,-").replace(",", "")
    return re.sub(r"\.0+$", "", plain) if plain[0].isdecimal() else str(_counted(re.split(r"[ -]+", plain)))


def _counted(words: list[str]) -> int:
    """What number words come to; 0 for those that are none."""
    total = 0
    for word in words:
        total = total * _SCALES[word] if word in _SCALES and total else total + (_SCALES.get(word) or _NUMBERS.get(word, 0))
    return total


def _between(first: str, last: str) -> set[str]:
    start, end = _DAYS.index(first), _DAYS.index(last)
    return {_DAYS[place % 7] for place in range(start, (end if end >= start else end + 7) + 1)}


def _minutes(text: str) -> Iterator[int]:
    for hour, minute, marked, said, first, last in (found.groups() for found in _CLOCK.finditer(text)):
        if hour and int(hour) <= 24 and int(minute) < 60:  # noqa: PLR2004 - the hours and minutes of a day
            yield _dial(int(hour), int(minute))
        for alone in (marked, said, first, last):
            if alone:
                yield _dial(_hour(alone), 0)


def _hour(written: str) -> int:
    if written.isdecimal():
        return int(written)
    return _HOURS.index(written) + 1 if written in _HOURS else 0


def _dial(hour: int, minute: int) -> int:
    return (hour * 60 + minute) % _HALF_DAY
