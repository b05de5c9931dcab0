"""The number that help comes from, by the region of a locale (ISO 3166). Only regions in which one number brings everybody."""

from collections.abc import Mapping

# beside numbers of its own that each has
_EUROPE = (
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
NUMBERS: Mapping[str, str] = {
    **dict.fromkeys(("US", "CA", "MX", "PR", "PH"), "911"),
    **dict.fromkeys(("GB", "HK", "MY"), "999"),
    **dict.fromkeys((*_EUROPE, "IN", "TR"), "112"),
    "AU": "000",
    "NZ": "111",
}


def region_of(locale: str) -> str:
    """``IE`` of ``en-IE``, ``TW`` of ``zh-Hant-TW``; "" of a language alone."""
    language, _, region = locale.rpartition("-")
    return region.upper() if language and len(region) == len("IE") else ""


def of(region: str) -> str | None:
    """The digits as they are dialled; None where we do not know one that is right for all."""
    return NUMBERS.get(region)


def spoken(digits: str) -> str:
    """Digit by digit, as a voice is to say them."""
    return " ".join(digits)
