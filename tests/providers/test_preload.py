"""A worker imports the clients of its vendors before it forks, and builds each port once."""

import subprocess
import sys

import pytest

from tests.architecture.source import ROOT
from tests.support.signing import ACCOUNT_SID
from tests.support.vendor_house import House

ASKED = """
import sys
from providers import registry
registry.preload()
print(*sorted({"openai", "deepgram", "twilio.rest"} & set(sys.modules)))
"""


def _imported() -> list[str]:
    return _run(ASKED)


def _run(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


FIRST_CALLS = """
import sys
from contextlib import suppress
import openai
from domain.errors import StepError
from providers import registry
registry.preload()
before = set(sys.modules)
with suppress(openai.APIConnectionError):
    registry._language_model(None)._client().responses.with_streaming_response.create(model="m", input="hello").__enter__()
with suppress(StepError):
    registry._twilio_messenger()._api.client(ACCOUNT).messages.create(to="+15005550111", from_="+15005550100", body="hello")
with suppress(StepError):
    registry.transcriber()._ask(lambda deepgram, told: deepgram.listen.v1.media.transcribe_file(request=b"", request_options=told))
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))
"""
NOWHERE = "http://127.0.0.1:1"


def test_whoever_has_a_key_is_imported(house: House) -> None:
    assert _imported() == ["deepgram", "openai", "twilio.rest"]


def test_nobody_else_is() -> None:
    assert "openai" not in _imported()
    assert "deepgram" not in _imported()


def test_the_first_call_to_each_imports_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    for vendor in ("OPENAI", "DEEPGRAM", "TWILIO"):
        monkeypatch.setenv(f"{vendor}_BASE_URL", NOWHERE)
    for vendor in ("OPENAI", "DEEPGRAM"):
        monkeypatch.setenv(f"{vendor}_API_KEY", "a key")
    assert _run(FIRST_CALLS.replace("ACCOUNT", repr(ACCOUNT_SID))) == []
