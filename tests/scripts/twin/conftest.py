"""One twin for all tests of this room, as new for each; and the official SDKs pointed at it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from deepgram import DeepgramClient
from deepgram.environment import DeepgramClientEnvironment
from openai import OpenAI
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from scripts import twin
from scripts.twin import config
from scripts.twin.client import TwinClient
from tests.scripts.twin.receiver import Receiver, receiving
from tests.scripts.twin.switchboard import Switchboard, switchboard

SPEED = 50
# deepgram-sdk 7.17 asks for websockets' old names first
DEEPGRAM_LOADS_OLD_NAMES = pytest.mark.filterwarnings("ignore:websockets:DeprecationWarning")


class Loopback(TwilioHttpClient):  # type: ignore[misc]  # the SDK ships no annotations
    """Sends to the twin what is meant for api.twilio.com."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=10)
        self._base = base

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        parts = urlsplit(url)
        return super().request(method, f"{self._base}{parts.path}?{parts.query}", *args, **more)


@pytest.fixture(scope="session")
def one_twin() -> Iterator[TwinClient]:
    with twin.running() as client:
        yield client


@pytest.fixture
def t(one_twin: TwinClient) -> TwinClient:
    one_twin.reset()
    one_twin.speed(SPEED)
    return one_twin


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def board() -> Iterator[Switchboard]:
    with switchboard() as made:
        yield made


@pytest.fixture
def twilio(t: TwinClient) -> Client:
    return Client(config.ACCOUNT_SID, config.AUTH_TOKEN, http_client=Loopback(t.url))


@pytest.fixture
def deepgram(t: TwinClient) -> DeepgramClient:
    return DeepgramClient(api_key=config.DEEPGRAM_KEY, environment=environment(t.url), timeout=10, max_retries=0)


@pytest.fixture
def openai(t: TwinClient) -> Iterator[OpenAI]:
    with OpenAI(api_key=config.OPENAI_KEY, base_url=t.openai_url, timeout=10, max_retries=0) as client:
        yield client


def environment(url: str) -> DeepgramClientEnvironment:
    """Everything of Deepgram's at one address."""
    return DeepgramClientEnvironment(base=url, production=url, agent=url, agent_rest=url)
