"""Every messenger there is, each with something to send to: recorded answers of Twilio's, the vendor twin, our own ledger."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest

from domain.chain import EffectKind
from domain.ports import Messenger
from domain.runs import Effect, Sighting
from domain.vendors import Vendor
from providers.local.messenger import LocalMessenger
from providers.twilio.caller import TwilioCaller
from providers.twilio.messenger import TwilioMessenger
from scripts import twin
from scripts.twin import config
from scripts.twin.client import TwinClient
from settings import TwilioSettings
from tests.support import recorded_server, twilio_api
from tests.support.effects import effect
from tests.support.recorded_server import Handler, RecordedServer
from tests.support.signing import PUBLIC_BASE_URL
from tests.support.twilio_api import ACCOUNT, CALL, LIMIT_S, as_json


@dataclass(frozen=True, slots=True)
class Post:
    """A messenger and what it sends to. ``lost()`` loses the next answers after the work is done; ``left()`` counts what left the house."""

    messenger: Messenger
    account: str
    call: str
    left: Callable[[], int]
    lost: Callable[[], None]

    def effect(self, kind: EffectKind = EffectKind.SMS, **more: object) -> Effect:
        """An effect of the account that this messenger sends for."""
        target = {"target": self.call} if kind is EffectKind.CALL_UPDATE else {}
        return effect(kind, **{"account": self.account, **target, **more})


@contextmanager
def local() -> Iterator[Post]:
    """The ledger's own: nothing leaves the house, so nothing can be lost."""
    yield Post(LocalMessenger(), ACCOUNT, CALL, left=lambda: 0, lost=lambda: None)


@contextmanager
def by_recorded_answers() -> Iterator[Post]:
    """Twilio, as recorded."""
    with recorded_server.running() as server:
        kept = _Kept()
        server.will(kept.answer)
        messenger = _ByKind(twilio_api.settings(server.url), PUBLIC_BASE_URL)
        yield Post(messenger, ACCOUNT, CALL, left=lambda: _acts(server), lost=kept.lose)


@contextmanager
def by_the_twin() -> Iterator[Post]:
    """Twilio, as the twin plays it."""
    with twin.running() as t:
        accounts = {config.ACCOUNT_SID: (config.AUTH_TOKEN,)}
        messenger = _ByKind(twilio_api.settings(t.url, accounts), t.url)
        yield Post(messenger, config.ACCOUNT_SID, _live_call(t), left=lambda: _paid(t), lost=lambda: _lose(t))


MESSENGERS = [pytest.param(local, id="local"), pytest.param(by_recorded_answers, id="recorded"), pytest.param(by_the_twin, id="twin")]


class _ByKind:
    """Twilio's two, as the registry chooses between them."""

    vendor: Vendor | None = Vendor.TWILIO
    name = "twilio"

    def __init__(self, twilio: TwilioSettings, public_base_url: str) -> None:
        self._messages = TwilioMessenger(twilio, public_base_url, LIMIT_S)
        self._calls = TwilioCaller(twilio, public_base_url, LIMIT_S)

    def send(self, effect: Effect) -> str:
        return self._of(effect).send(effect)

    def find(self, effect: Effect) -> Sighting:
        return self._of(effect).find(effect)

    def _of(self, effect: Effect) -> Messenger:
        return self._calls if effect.kind is EffectKind.CALL_UPDATE else self._messages


class _Kept:
    """Remembers what it was sent, as a recording cannot, and lists it."""

    def __init__(self) -> None:
        self._sent: list[dict[str, object]] = []
        self._loses = False
        self._lock = threading.Lock()

    def lose(self) -> None:
        self._loses = True

    def answer(self, handler: Handler) -> None:
        asked = handler.recorded.asked[-1]
        if asked.method == "GET":
            as_json({"messages": [told for told in self._sent if told["to"] in asked.query.get("To", [])], "next_page_uri": None})(handler)
        elif "Twiml" in asked.form:
            self._give(handler, {"sid": CALL, "status": "in-progress"})
        else:
            self._give(handler, self._message(parse_qs(asked.body.decode())))

    def _message(self, form: dict[str, list[str]]) -> dict[str, object]:
        with self._lock:
            sid = f"SM{len(self._sent) + 1:032x}"
            told = twilio_api.message(sid) | {"to": form["To"][0], "from": form["From"][0], "body": form["Body"][0]}
            self._sent.insert(0, told)
        return told

    def _give(self, handler: Handler, told: dict[str, object]) -> None:
        recorded_server.hang_up(handler) if self._loses else as_json(told, 201)(handler)


def _acts(server: RecordedServer) -> int:
    return sum(asked.method == "POST" for asked in server.asked)


def _paid(t: TwinClient) -> int:
    return sum(entry.paid for entry in t.log(vendor="twilio", direction="in"))


def _lose(t: TwinClient) -> None:
    t.misbehave("twilio", "500", "message.create", after_work=True)
    t.misbehave("twilio", "500", "call.update", after_work=True)


def _live_call(t: TwinClient) -> str:
    call = t.play_call(t.url, hold=True, gap_s=0.0, account=config.ACCOUNT_SID).call_sid
    while t.call(call)["status"] != "in-progress":
        t.pass_time(0.01)
    return call
