"""Just enough of WAV and MP3: how long, how many channels, one channel instead of two, and a tone to record."""

import array
import io
import math
import struct
import wave
from dataclasses import dataclass
from functools import lru_cache

RATE = 8_000
TONE_HZ, LOUDNESS = 400, 3_000
_PCM16 = 2
_DUAL = 2
# MPEG-2 layer III, 32 kbit/s, 22.05 kHz, mono; side information of nothing but zeros is silence
_MP3_HEADER, _MP3_BYTES, _MP3_SECONDS = b"\xff\xf3\x40\xc0", 104, 576 / 22_050
_KNOWN = (b"RIFF", b"ID3", b"OggS", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")


@dataclass(frozen=True, slots=True)
class Sound:
    """What the header tells; ``seconds`` is 0 where it tells nothing."""

    channels: int
    seconds: float


def is_audio(data: bytes) -> bool:
    """Whether it begins as a sound file does."""
    return data.startswith(_KNOWN)


def probe(data: bytes) -> Sound:
    """Channels and length of a WAV file (any encoding); anything else counts as one channel of unknown length."""
    channels, byte_rate, at = 1, 0, 12
    while data.startswith(b"RIFF") and at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"fmt " and at + 20 <= len(data):
            channels, _, byte_rate = struct.unpack_from("<HII", data, at + 10)
        if name == b"data":
            held = min(size, len(data) - at - 8)
            return Sound(channels, held / byte_rate if byte_rate else 0.0)
        at += 8 + size + size % 2
    return Sound(channels, 0.0)


@lru_cache(maxsize=16)
def tone(seconds: float, channels: int = _DUAL) -> bytes:
    """A WAV file with a tone, 16 bit, 8 kHz."""
    period = [round(LOUDNESS * math.sin(2 * math.pi * TONE_HZ * n / RATE)) for n in range(RATE // TONE_HZ)]
    samples = array.array("h", [value for value in period for _ in range(channels)])
    wanted = round(seconds * RATE) * channels * _PCM16
    data = samples.tobytes() * (wanted // (len(samples) * _PCM16) + 1)
    return _wav(data[:wanted], channels, RATE)


@lru_cache(maxsize=8)
def mono(data: bytes) -> bytes:
    """Both channels of a 16-bit WAV file mixed into one; what cannot be mixed stays as it is."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        return data
    if channels != _DUAL or width != _PCM16:
        return data
    both = array.array("h", frames)
    mixed = array.array("h", [(left + right) // 2 for left, right in zip(both[::2], both[1::2], strict=True)])
    return _wav(mixed.tobytes(), 1, rate)


def silent_mp3(seconds: float) -> bytes:
    """An MP3 file of silence, for whoever asks for the recording in that format: nothing here encodes."""
    frame = _MP3_HEADER + bytes(_MP3_BYTES - len(_MP3_HEADER))
    return frame * max(1, math.ceil(seconds / _MP3_SECONDS))


def _wav(data: bytes, channels: int, rate: int) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(_PCM16)
        file.setframerate(rate)
        file.writeframes(data)
    return made.getvalue()
