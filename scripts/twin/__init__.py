"""The vendor twin: one loopback process that speaks what we use of Twilio, Deepgram and OpenAI, and misbehaves on request."""

from scripts.twin.client import TwinClient
from scripts.twin.config import Config
from scripts.twin.running import running

__all__ = ["Config", "TwinClient", "running"]
