"""Telephone recordings as tests need them: silence in a valid WAV."""

import io
import wave

RATE = 8_000


def silence(seconds: float = 1.0, channels: int = 1) -> bytes:
    """So much silence, 16 bit at 8 kHz."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"\0" * int(seconds * RATE) * 2 * channels)
    return out.getvalue()
