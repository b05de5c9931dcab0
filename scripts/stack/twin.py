"""The vendor twin beside the stack: whoever has no vendor's key talks to it instead of to Twilio, Deepgram and OpenAI."""

from collections.abc import Mapping
from pathlib import Path

from scripts.stack.places import ROOT
from scripts.twin import config

NAME = "twin"
EARS = ROOT / "demo" / "recordings"
# with any of these somebody means a real vendor, and the twin would stand in its way
REAL = (
    "DEEPGRAM_API_KEY",
    "OPENAI_API_KEY",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_ACCOUNTS",
    "DEEPGRAM_BASE_URL",
    "OPENAI_BASE_URL",
    "TWILIO_BASE_URL",
    "WHISPER_MODEL_PATH",
)


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether no vendor's key or address is set."""
    return not any(environment.get(name) for name in REAL)


def settings(url: str) -> dict[str, str]:
    """What makes the product talk to the twin."""
    return {
        "TWILIO_BASE_URL": url,
        "DEEPGRAM_BASE_URL": url,
        "DEEPGRAM_API_KEY": config.DEEPGRAM_KEY,
        "DEEPGRAM_PROJECT_ID": config.PROJECT_ID,
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": config.OPENAI_KEY,
    }


def command(port: int, public_base_url: str, web_url: str, ears: Path = EARS) -> str:
    """How it is started; what it signs for the public address it sends to the local one."""
    return f"python -m scripts.twin --port {port} --ears '{ears}' --route '{public_base_url}={web_url}'"
