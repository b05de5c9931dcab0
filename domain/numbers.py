"""Telephone numbers as networks write them."""

import re

_E164 = re.compile(r"\+[1-9]\d{6,14}")
# What stands for the number of a caller who shows none: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE, spelled on a telephone.
# Programs that take Twilio's calls list them, and name its help article 223179988; we have not seen that article. The last two are slips
# that such lists have, and nobody's numbers either.
NOBODYS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "+7378742883", "+8566696"})


def takes_sms(number: str | None) -> bool:
    """Whether a message can be sent there: a number in E.164, no short code, no name, no SIP address, and not what hides a number."""
    return bool(number and _E164.fullmatch(number)) and number not in NOBODYS
