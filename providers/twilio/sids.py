"""Twilio's ids, checked before one becomes part of a URL."""

import re

ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
CALL = re.compile(r"CA[0-9a-fA-F]{32}")
MESSAGE = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
RECORDING = re.compile(r"RE[0-9a-fA-F]{32}")
