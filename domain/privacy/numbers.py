"""A caller's number as a keyed hash, and every spelling in which it may be found."""

import hmac
import re

_PURPOSE = b"hookline/erased-number/v1"
_BLOCK = 64
_ADDRESS = re.compile(r"(?:whatsapp:)?\+[1-9]\d{6,14}|(?:client|sip):[^\s\0]{1,200}")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# shorter than this, digits are somebody else's too
_TELLING_DIGITS = 7
_NATIONAL_DIGITS = 10


def is_address(text: str) -> bool:
    """Whether it names one caller: a number in E.164, also on WhatsApp, or a client's or SIP address. Withheld numbers name nobody."""
    return _ADDRESS.fullmatch(text) is not None


def addresses(number: str) -> tuple[str, ...]:
    """The number as vendors word it, plain and on WhatsApp."""
    return (number, f"whatsapp:{number}") if number.startswith("+") else (number,)


def hash_of(secret: str, number: str) -> bytes:
    """HMAC-SHA256 of a number under a key that is made from SECRET_KEY for this purpose alone."""
    return hmac.digest(_key(secret), number.encode(), "sha256")


def pads(secret: str) -> tuple[bytes, bytes]:
    """The two blocks with which SQL makes the same hash: sha256(outer || sha256(inner || number)). They are as secret as the key."""
    key = _key(secret).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x5C for byte in key), bytes(byte ^ 0x36 for byte in key)


def spellings(number: str) -> tuple[str, ...]:
    """What to look for when nothing of a number may be left: digits, groups of digits, and digits as they are spoken; lower case."""
    digits = re.sub(r"\D", "", number)
    if not number.removeprefix("whatsapp:").startswith("+") or len(digits) < _TELLING_DIGITS:
        return (number.lower(),)
    national = digits[-_NATIONAL_DIGITS:]
    area, exchange, line = national[:-7], national[-7:-4], national[-4:]
    grouped = [mark.join((area, exchange, line)) for mark in "-. "] + [f"({area}) {exchange}-{line}", f"({area}) {exchange} {line}"]
    spoken = " ".join(_DIGITS[int(digit)] for digit in national)
    return (national, *grouped, spoken, spoken.replace("zero", "oh"), spoken.replace(" ", ", "), spoken.replace(" ", "-"))


def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), _PURPOSE, "sha256")
