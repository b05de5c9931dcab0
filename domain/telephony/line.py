"""The two ends of a call: which number is shown to whoever takes over, who cannot take over, and where help comes from. Pure rules."""

from dataclasses import dataclass, field

from domain.emergencies import numbers
from domain.numbers import NOBODYS, takes_sms

OF_THE_PLACE = "your local emergency number"


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

    def first_of(self, *wanted: str | None) -> str | None:
        """The first of these whom the caller may be put through to: ours would come back to us, theirs is busy with this call."""
        return next((number for number in wanted if number and number not in {self.ours, self.theirs}), None)

    def help_number(self, locale: str) -> str:
        """The number of help of where both ends are, as far as that can be told; else of the region that a locale (BCP 47) names.

        Where the ends are in two places nobody knows in which of them help is needed: then none is named.
        """
        known = [number for number in (self.ours, self.theirs) if number and takes_sms(number)]
        places = {numbers.of_number(number) for number in known}
        agreed = places.pop() if len(places) == 1 else None
        found = agreed if known else numbers.of(numbers.region_of(locale))
        return numbers.spoken(found) if found else OF_THE_PLACE


NOWHERE = Line()
