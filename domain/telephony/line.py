"""The two ends of a call: which number is shown to whoever takes over, who cannot take over, and where help comes from. Pure rules."""

import re
from dataclasses import dataclass, field

from domain.numbers import NOBODYS, takes_sms

# digit by digit, as they are to be spoken; by the region of a locale, and by the first digits of a telephone number
_OF_REGIONS = {
    "US": "9 1 1",
    "CA": "9 1 1",
    "MX": "9 1 1",
    "GB": "9 9 9",
    "AU": "0 0 0",
    "NZ": "1 1 1",
    **dict.fromkeys(("AT", "BE", "CH", "DE", "DK", "ES", "FI", "FR", "IE", "IN", "IT", "NL", "NO", "PL", "PT", "SE"), "1 1 2"),
}
_OF_NUMBERS = {
    "+1": "9 1 1",
    "+52": "9 1 1",
    "+44": "9 9 9",
    "+61": "0 0 0",
    "+64": "1 1 1",
    **dict.fromkeys(
        ("+31", "+32", "+33", "+34", "+351", "+353", "+358", "+39", "+41", "+43", "+45", "+46", "+47", "+48", "+49", "+91"), "1 1 2"
    ),
}
OF_THE_PLACE = "your local emergency number"
_REGION = re.compile(r"-([A-Z]{2})\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """Our number and theirs, as far as they are known: E.164, a client's or SIP address, or a word such as ``anonymous``."""

    ours: str | None = field(default=None, repr=False)
    theirs: str | None = field(default=None, repr=False)

    @property
    def shows(self) -> str | None:
        """The number to show to whoever takes over; None where Twilio shows the caller's own.

        Without a number that can be shown the call to them fails (twilio.com/docs/api/errors/13214); ours always may be.
        """
        return self.ours if takes_sms(self.ours) and not takes_sms(self.theirs) else None

    @property
    def is_hidden(self) -> bool:
        """Whether the caller shows nothing under which anybody could call them back."""
        named = self.theirs is not None and self.theirs.startswith(("+", "sip:", "client:", "whatsapp:"))
        return self.theirs is not None and (not named or self.theirs in NOBODYS)

    def first_of(self, *numbers: str | None) -> str | None:
        """The first of these whom the caller may be put through to: ours would come back to us, theirs is busy with this call."""
        return next((number for number in numbers if number and number not in {self.ours, self.theirs}), None)

    def help_number(self, locale: str) -> str:
        """The number of help of where both ends are, as far as that can be told; else of the region that a locale (BCP 47) names.

        Where the ends are in two places nobody knows in which of them help is needed: then none is named.
        """
        places = {_of(number) for number in (self.ours, self.theirs) if number and takes_sms(number)}
        if places:
            return places.pop() if len(places) == 1 else OF_THE_PLACE
        region = _REGION.search(locale)
        return _OF_REGIONS.get(region[1], OF_THE_PLACE) if region else OF_THE_PLACE


def _of(number: str) -> str:
    # no country code among them begins with another one
    return next((told for code, told in _OF_NUMBERS.items() if number.startswith(code)), OF_THE_PLACE)


NOWHERE = Line()
