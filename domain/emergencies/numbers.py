"""The number that help comes from, by the region of a locale (ISO 3166) or a telephone number. Only where one brings everybody."""

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
# by the first digits of a telephone number; none of them begins another country's
_CALLING: Mapping[str, str] = {
    **dict.fromkeys(("+1", "+52", "+63"), "911"),
    **dict.fromkeys(("+44", "+60", "+852"), "999"),
    **dict.fromkeys(
        (
            "+31", "+32", "+33", "+34", "+351", "+353", "+358", "+36", "+39", "+40", "+41", "+420", "+421", "+43",
            "+45", "+46", "+47", "+48", "+49", "+90", "+91",
        ),
        "112",
    ),
    "+61": "000",
    "+64": "111",
}  # fmt: skip


def region_of(locale: str) -> str:
    """``IE`` of ``en-IE``, ``TW`` of ``zh-Hant-TW``; "" of a language alone."""
    language, _, region = locale.rpartition("-")
    return region.upper() if language and len(region) == len("IE") else ""


def of(region: str) -> str | None:
    """The digits as they are dialled; None where we do not know one that is right for all."""
    return NUMBERS.get(region)


def of_number(number: str) -> str | None:
    """The digits as they are dialled where a number (E.164) is at home; None where we do not know."""
    return next((digits for code, digits in _CALLING.items() if number.startswith(code)), None)


def spoken(digits: str) -> str:
    """Digit by digit, as a voice is to say them."""
    return " ".join(digits)
