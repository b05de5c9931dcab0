"""How the words of others are told to a model: as JSON on one line, without letters that nobody sees."""

import re

import msgspec

# Zero-width letters, marks that turn the direction of reading, tags and selectors can carry words past a reader. What Persian, the
# languages of India and joined emoji need (U+200C, U+200D) stays.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e01ef]")
# a line ends for some readers where it does not for JSON
_LINE_ENDS = re.compile("[\u0085\u2028\u2029]")


def encoded(value: object) -> str:
    """The value as JSON: no quotation mark, brace or end of a line in it can be taken for one of ours."""
    return _LINE_ENDS.sub(" ", _INVISIBLE.sub("", msgspec.json.encode(value).decode()))
