"""A worker imports the clients of its vendors before it forks, and builds each port once."""

import subprocess
import sys

from tests.architecture.source import ROOT
from tests.support.vendor_house import House

ASKED = """
import sys
from providers import registry
registry.preload()
print(*sorted({"openai", "deepgram", "twilio.rest"} & set(sys.modules)))
"""


def _imported() -> list[str]:
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_whoever_has_a_key_is_imported(house: House) -> None:
    assert _imported() == ["deepgram", "openai", "twilio.rest"]


def test_nobody_else_is() -> None:
    assert "openai" not in _imported()
    assert "deepgram" not in _imported()
