"""How a text travels by SMS: in segments of 140 bytes, which lose six each if there are several (3GPP TS 23.038, 23.040)."""

from collections.abc import Iterator

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
# septets of GSM-7, or 16-bit units of UCS-2: a message alone, and each segment of a longer one
_GSM, _UCS2 = (160, 153), (70, 67)
# One letter outside GSM-7 halves the room. A text of 300 letters is as readable in Greek as in English, so it may take more segments there.
MOST_GSM, MOST_UCS2 = 3, 5

# what writers of typography put where a telephone has a plain sign
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f", " "),
        **dict.fromkeys("\u200b\u200d\ufeff", ""),
        "\u2026": "...",
    }
)


def plain(text: str) -> str:
    """The text with plain quotes, dashes and spaces, if that is all that keeps it out of GSM-7; else as it is."""
    simple = text.translate(_PLAIN)
    return simple if is_gsm(simple) else text


def is_gsm(text: str) -> bool:
    """Whether it can be written in the telephone's own letters."""
    return all(letter in _BASIC or letter in _EXTENDED for letter in text)


def count(text: str) -> int:
    """In how many segments it travels; no letter is cut in two."""
    alone, each = _GSM if is_gsm(text) else _UCS2
    widths = list(_widths(text))
    if sum(widths) <= alone:
        return 1
    segments, used = 1, 0
    for width in widths:
        if used + width > each:
            segments, used = segments + 1, 0
        used += width
    return segments


def fits(text: str) -> bool:
    """Whether a reply of ours may be so long."""
    return count(text) <= (MOST_GSM if is_gsm(text) else MOST_UCS2)


def room(like: str) -> int:
    """How many letters a reply may have that is written as ``like`` is."""
    return MOST_GSM * _GSM[1] if is_gsm(plain(like)) else MOST_UCS2 * _UCS2[1]


def _widths(text: str) -> Iterator[int]:
    if is_gsm(text):
        return (2 if letter in _EXTENDED else 1 for letter in text)
    return (2 if ord(letter) > 0xFFFF else 1 for letter in text)  # noqa: PLR2004 - what UTF-16 writes as a pair
