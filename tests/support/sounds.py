"""Recordings that sound like a call: something that a voice detector takes for a voice, and silence."""

import io
import wave
from typing import Any

import numpy as np

from domain.recordings import Recording

RATE = 8_000
Sound = np.ndarray[Any, Any]

# what the throat gives is shaped by the mouth: resonances in Hz, how far they wander, and how loud they are
_RESONANCES = ((500, 250, 120, 1.0), (1_500, 500, 180, 0.6), (2_500, 0, 250, 0.25))
_HARMONICS = 25


def voice(seconds: float) -> Sound:
    """Syllables of nobody: a tone of 120 Hz with the resonances of a mouth that opens four times a second."""
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = 120 + 20 * np.sin(2 * np.pi * 2.5 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    parts = [_loudness(number * pitch, time) * np.sin(number * phase) for number in range(1, _HARMONICS)]
    sound = np.sum(parts, axis=0) * (1 + np.sin(2 * np.pi * 4 * time - 1.5))
    return np.asarray(0.3 * sound / np.abs(sound).max())


def silence(seconds: float) -> Sound:
    """Nothing."""
    return np.zeros(round(seconds * RATE))


def recording(*channels: Sound) -> Recording:
    """A WAV of these channels, of the same length, as Twilio keeps one."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(len(channels))
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes((np.stack(channels, axis=1) * 32_767).astype("<i2").tobytes())
    return Recording(buffer.getvalue(), "audio/x-wav", len(channels[0]) / RATE, len(channels))


def _loudness(frequency: Sound, time: Sound) -> Sound:
    wander = np.sin(2 * np.pi * 3 * time)
    shaped = [loud * np.exp(-(((frequency - (centre + far * wander)) / width) ** 2)) for centre, far, width, loud in _RESONANCES]
    return np.asarray(np.sum(shaped, axis=0) + 0.02)
