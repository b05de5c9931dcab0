"""Sends messages through Twilio, once, and looks up what an interrupted attempt has left there."""

from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from domain.chain import EffectKind
from domain.errors import NotYetError, PermanentError
from domain.runs import Effect, Sighting
from domain.vendors import Vendor
from providers.twilio import errors, sids
from providers.twilio.client import TwilioApi
from providers.twilio.history import TwilioHistory
from settings import TwilioSettings

NO_SENDER = "twilio:no_sender"

REPORTS = "/webhooks/twilio/message-status"
# for Twilio alone, never sent: repeat a report that met a 5xx or found nobody (docs/usage/webhooks/webhooks-connection-overrides)
REPEAT = "#rc=3&rp=5xx,ct,rt"

# how far Twilio's clock may be behind ours
CLOCKS_APART = timedelta(seconds=60)


class TwilioMessenger:
    """Implements ``domain.ports.Messenger``. A number is in no error and no log line."""

    vendor: Vendor | None = Vendor.TWILIO
    name = "twilio"

    def __init__(self, twilio: TwilioSettings, public_base_url: str, limit_s: float) -> None:
        """Connects nowhere yet. ``limit_s`` is the time after which whoever asks is given up."""
        self._api = TwilioApi(twilio, limit_s)
        self._history = TwilioHistory(self._api)
        self._public_base_url = public_base_url

    def send(self, effect: Effect) -> str:
        """Send a message; its sid."""
        if not effect.sender:
            # somebody may be in danger: a number may still come to be known. Twilio was not asked, and has failed nobody.
            raise (NotYetError if effect.kind is EffectKind.ESCALATION else PermanentError)(NO_SENDER)
        messages = self._api.client(effect.account).messages
        with errors.reported(is_act=True):
            sid = messages.create(to=effect.target, from_=effect.sender, body=effect.body, **self._callback(effect)).sid
        if not isinstance(sid, str) or not sids.MESSAGE.fullmatch(sid):
            raise errors.unreadable(is_act=True)
        return sid

    def find(self, effect: Effect) -> Sighting:
        """The message with this effect's target, sender and words, created since the effect was.

        Its absence proves nothing: it may come to be after we looked. Two effects with the same words to the same number within the same
        minute cannot be told apart here: all of them are named, and whoever keeps the ledger knows which are another's. The delivery
        report names the effect, too.
        """
        found = self._history.messages_to(effect.account, effect.created_at - CLOCKS_APART, effect.target)
        mine = [message.sid for message in found if (message.sender, message.body) == (effect.sender, effect.body)]
        # the list begins with the newest
        return Sighting(mine[-1] if mine else None, conclusive=bool(mine), alike=tuple(reversed(mine)))

    def _callback(self, effect: Effect) -> dict[str, str]:
        """Where the delivery is to be reported; nowhere if Twilio cannot reach us: it refuses a message with such an address (21609)."""
        if _is_loopback(self._public_base_url) and not _is_loopback(self._api.base_url):
            return {}
        return {"status_callback": f"{self._public_base_url}{REPORTS}?effect={effect.id}{REPEAT}"}


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
