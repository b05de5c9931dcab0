"""How long a WAV file is and how many channels it has, from its header alone."""

import struct
from collections.abc import Iterator

# what a telephone recording is written in; the length of anything compressed cannot be told from its size
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE
_UNCOMPRESSED = frozenset({_PCM, _FLOAT, _A_LAW, _MU_LAW})
_FORMAT = struct.Struct("<HHIIHH")
_SUB_FORMAT_AT, _FORMAT_ENDS = 24, 40
# a real file has fewer than ten; a forged one must not keep us busy
_MAX_CHUNKS = 64
# what a writer leaves as the length of a stream whose end it did not know
_UNKNOWN_SIZES = frozenset({0, 0xFFFFFFFF})


def probe(audio: bytes) -> tuple[float | None, int | None]:
    """Seconds and channels of a RIFF WAV in PCM, float, A-law or µ-law; None for what the header does not tell. Never raises.

    What is really there counts: a header that promises more than the file holds does not make a recording longer.
    """
    if audio[:4] != b"RIFF" or audio[8:12] != b"WAVE":
        return None, None
    layout = None
    for name, start, size in _chunks(audio):
        if name == b"fmt ":
            layout = _layout(audio[start : start + min(size, _FORMAT_ENDS)])
        if name == b"data":
            return (None, None) if layout is None else _told(layout, len(audio) - start if size in _UNKNOWN_SIZES else size)
    return (None, None) if layout is None else (None, layout[0])


def _chunks(audio: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and size of each chunk; the size is never more than what is left of the file, unless it is one of the unknown."""
    at = 12
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(audio):
            return
        name, size = struct.unpack_from("<4sI", audio, at)
        at += 8
        yield name, at, size if size in _UNKNOWN_SIZES else min(size, len(audio) - at)
        at += size + size % 2


def _layout(chunk: bytes) -> tuple[int, int] | None:
    """Channels, and bytes per second or 0 if they do not tell the length; None if the fields contradict each other."""
    if len(chunk) < _FORMAT.size:
        return None
    code, channels, rate, _, frame, bits = _FORMAT.unpack_from(chunk)
    if code == _EXTENSIBLE and len(chunk) >= _SUB_FORMAT_AT + 2:
        (code,) = struct.unpack_from("<H", chunk, _SUB_FORMAT_AT)
    if channels == 0:
        return None
    if code not in _UNCOMPRESSED:
        return channels, 0
    consistent = rate > 0 and frame == channels * ((bits + 7) // 8) > 0
    return (channels, rate * frame) if consistent else None


def _told(layout: tuple[int, int], size: int) -> tuple[float | None, int | None]:
    channels, per_second = layout
    return (size / per_second if per_second else None), channels
