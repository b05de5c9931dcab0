"""Dates, times, numbers, telephone numbers and addresses as people say them and as transcripts write them. English only; pure rules.

What can be read in two ways, such as 03/04/2026, is not read at all.
"""

import datetime as dt
import re
from itertools import takewhile

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_UNIT = {word: number for number, word in enumerate(_UNITS.split())}
_TENS = {word: 10 * number for number, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)}
_DIGIT = {word: str(number) for word, number in _UNIT.items() if number <= 9} | {"oh": "0", "o": "0"}  # noqa: PLR2004 - digits
_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"]
_MONTH = {month[:3]: number for number, month in enumerate(_MONTHS, 1)}
_NAMES = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_MONTH_FIRST = re.compile(rf"\b{_NAMES}\.?\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?:of\s+)?(\d{{4}})\b")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_NAMES}\.?,?\s+(\d{{4}})\b")
_SLASHES = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d{2}))?\s*([ap])\.?\s?m\b")
_CLOCK_24 = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SPOKEN_EMAIL = re.compile(r"\b([\w+-]+(?: dot [\w+-]+)*) at ([\w-]+(?: dot [\w-]+)+)\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.-])\+?\(?\d(?:[\s().-]{0,2}\d){6,14}(?![\w-])")
_WORD = re.compile(r"[a-z]+")
# fewer digits in a row are a house number or a year
MIN_SPOKEN_DIGITS = 7


def date(text: str) -> str | None:
    """The first whole date in it, ISO (YYYY-MM-DD); a date without its year is none."""
    said = text.lower()
    if found := _ISO.search(said):
        return _iso(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH_FIRST.search(said):
        return _iso(int(found[3]), _MONTH[found[1][:3]], int(found[2]))
    if found := _DAY_FIRST.search(said):
        return _iso(int(found[3]), _MONTH[found[2][:3]], int(found[1]))
    if found := _SLASHES.search(said):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        either = {_iso(year, first, second), _iso(year, second, first)} - {None}
        return either.pop() if len(either) == 1 else None
    return None


def time(text: str) -> str | None:
    """The first time of day in it, HH:MM."""
    said = with_digits(text.lower()).replace("noon", "12:00").replace("midnight", "00:00")
    if found := _CLOCK.search(said):
        hour, minute = int(found[1]), int(found[2] or 0)
        return f"{hour % 12 + 12 * (found[3] == 'p'):02}:{minute:02}" if 1 <= hour <= 12 and minute < 60 else None  # noqa: PLR2004 - a clock
    found = _CLOCK_24.search(said)
    return f"{int(found[1]):02}:{found[2]}" if found else None


def email(text: str) -> str | None:
    """The first address in it, also as "ann at example dot com"."""
    if found := _EMAIL.search(text):
        return found[0]
    told = _SPOKEN_EMAIL.search(text)
    return f"{told[1]}@{told[2]}".replace(" dot ", ".").replace(" Dot ", ".").lower() if told else None


def phone(text: str) -> str | None:
    """The digits of the first telephone number in it, with its plus; also digit by digit in words."""
    if found := _PHONE.search(text):
        return re.sub(r"[^\d+]", "", found[0])
    words = text.lower().replace("-", " ").replace(",", " ").split()
    for at in range(len(words)):
        digits = "".join(takewhile(bool, (_DIGIT.get(word, word if word.isdigit() else "") for word in words[at:])))
        if len(digits) >= MIN_SPOKEN_DIGITS:
            return digits
    return None


def with_digits(text: str) -> str:
    """Lower-case text with its number words below a hundred as digits: "twenty five dogs" → "25 dogs"."""
    tens = "|".join(_TENS)
    joined = re.sub(rf"\b({tens})[\s-]({'|'.join(list(_UNIT)[1:10])})\b", lambda found: str(_TENS[found[1]] + _UNIT[found[2]]), text)
    return _WORD.sub(lambda found: str(_UNIT.get(found[0], _TENS.get(found[0], found[0]))), joined)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None
