"""Says a reply into a live call, or ends the call: Twilio aborts what it is doing and does what we ask (wire/twilio.md §5)."""

from domain.errors import PermanentError
from domain.runs import Effect, LiveTurn, Sighting
from domain.telephony import call_flow, twiml
from domain.vendors import Vendor
from providers.twilio import errors, sids
from providers.twilio.client import TwilioApi
from settings import TwilioSettings

BAD_SID, TWIML_TOO_LONG = "twilio:bad_sid", "twilio:twiml_too_long"

# Seconds. The caller waits meanwhile, and is told that a person will get back to them when nobody knows for longer what becomes of it.
LIMIT_S = 8.0


class TwilioCaller:
    """Implements ``domain.ports.Messenger`` for what is done in a call."""

    vendor: Vendor | None = Vendor.TWILIO
    name = "twilio"

    def __init__(self, twilio: TwilioSettings, public_base_url: str, limit_s: float) -> None:
        """Connects nowhere yet. ``limit_s`` is the time after which whoever asks is given up."""
        self._api = TwilioApi(twilio, min(limit_s, LIMIT_S))
        self._public_base_url = public_base_url

    def send(self, effect: Effect) -> str:
        """Say the effect's words to the turn that it answers, or end the call if it answers none; the sid of the call.

        Raises CallOverError if the call has ended.
        """
        if not sids.CALL.fullmatch(effect.target):
            raise PermanentError(BAD_SID)
        change = {"twiml": self._twiml(effect, effect.answers)} if effect.answers else {"status": "completed"}
        with errors.reported(is_act=True):
            self._api.client(effect.account).calls(effect.target).update(**change)
        return effect.target

    def find(self, _effect: Effect) -> Sighting:
        """A call tells nobody what it was asked to do."""
        return Sighting(None, conclusive=False)

    def _twiml(self, effect: Effect, to: LiveTurn) -> str:
        script = call_flow.replied(effect.body, to.turn, to.locale, to.number, effect.id, to.shows)
        document = twiml.render(script, self._public_base_url)
        if len(document) > twiml.MAX_CHARS:
            raise PermanentError(TWIML_TOO_LONG)
        return document
