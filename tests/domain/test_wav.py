"""A recording's length is known before it is sent anywhere, and no header can make us stumble or wait."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.wav import probe
from tests.support.timing import work

PCM, FLOAT, ADPCM, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 0x11, 6, 7, 0xFFFE


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(content) if size is None else size) + content + b"\0" * (len(content) % 2)


def fmt(code: int = PCM, channels: int = 1, rate: int = 8_000, bits: int = 16, frame: int | None = None) -> bytes:
    frame = channels * bits // 8 if frame is None else frame
    return struct.pack("<HHIIHH", code, channels, rate, rate * frame % 2**32, frame, bits)


def riff(*chunks: bytes) -> bytes:
    content = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content) % 2**32) + content


def written(seconds: float, channels: int, rate: int, width: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(bytes(round(seconds * rate) * channels * width))
    return buffer.getvalue()


@given(
    frames=st.integers(0, 20_000),
    channels=st.integers(1, 8),
    rate=st.sampled_from([8_000, 16_000, 44_100]),
    width=st.sampled_from([1, 2, 3, 4]),
)
def test_what_the_standard_library_writes_is_read_back(frames: int, channels: int, rate: int, width: int) -> None:
    seconds, found = probe(written(frames / rate, channels, rate, width))
    assert found == channels
    assert seconds == pytest.approx(frames / rate, abs=1e-9)


@pytest.mark.parametrize(("code", "bits"), [(MU_LAW, 8), (A_LAW, 8), (PCM, 16), (FLOAT, 32)])
def test_telephone_formats_tell_seconds_and_channels(code: int, bits: int) -> None:
    second = bytes(8_000 * 2 * bits // 8)
    assert probe(riff(chunk(b"fmt ", fmt(code, 2, bits=bits) + b"\0\0"), chunk(b"fact", bytes(4)), chunk(b"data", second * 3))) == (3.0, 2)


def test_other_chunks_and_their_padding_are_stepped_over() -> None:
    audio = riff(
        chunk(b"LIST", b"odd"), chunk(b"fmt ", fmt()), chunk(b"bext", bytes(601)), chunk(b"data", bytes(16_000)), chunk(b"LIST", b"end")
    )
    assert probe(audio) == (1.0, 1)


def test_extensible_format_is_read_by_its_sub_format() -> None:
    def extensible(code: int) -> bytes:
        return fmt(EXTENSIBLE, 2) + struct.pack("<HHIH", 22, 16, 3, code) + bytes(14)

    assert probe(riff(chunk(b"fmt ", extensible(PCM)), chunk(b"data", bytes(32_000)))) == (1.0, 2)
    assert probe(riff(chunk(b"fmt ", extensible(ADPCM)), chunk(b"data", bytes(32_000)))) == (None, 2)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_stream_of_unknown_length_is_as_long_as_what_is_there(size: int) -> None:
    assert probe(riff(chunk(b"fmt ", fmt()), chunk(b"data", bytes(32_000), size))) == (2.0, 1)


def test_header_that_promises_too_much_is_not_believed() -> None:
    assert probe(riff(chunk(b"fmt ", fmt()), chunk(b"data", bytes(16_000), 2**31))) == (1.0, 1)


def test_no_sound_is_no_seconds() -> None:
    assert probe(riff(chunk(b"fmt ", fmt()), chunk(b"data", b""))) == (0.0, 1)


def test_ten_hours_are_told_from_the_header_at_once() -> None:
    audio = riff(chunk(b"fmt ", fmt(MU_LAW, bits=8)), chunk(b"data", bytes(36_000 * 8_000)))
    assert probe(audio) == (36_000.0, 1)
    assert work(lambda: probe(audio)) < work(lambda: audio.count(b"\1"), rounds=1) / 10, "the sound itself is not looked at"


@pytest.mark.parametrize(
    "audio",
    [
        b"",
        b"RIFF",
        b"<html><body>Not found</body></html>",
        b"ID3\x04\x00\x00 an mp3",
        b"RIFF\0\0\0\0AVI LIST",
        riff(),
        riff(chunk(b"data", bytes(100))),
        riff(chunk(b"fmt ", b"short"), chunk(b"data", bytes(100))),
        riff(chunk(b"fmt ", fmt(channels=0, frame=2)), chunk(b"data", bytes(100))),
        riff(chunk(b"fmt ", fmt(rate=0)), chunk(b"data", bytes(100))),
        riff(chunk(b"fmt ", fmt(frame=0)), chunk(b"data", bytes(100))),
        riff(chunk(b"fmt ", fmt(channels=40_000, frame=2)), chunk(b"data", bytes(100))),
    ],
)
def test_what_is_no_sound_header_tells_nothing(audio: bytes) -> None:
    assert probe(audio) == (None, None)


def test_compressed_sound_tells_its_channels_only() -> None:
    assert probe(riff(chunk(b"fmt ", fmt(ADPCM, 2, bits=4, frame=256)), chunk(b"data", bytes(1_024)))) == (None, 2)


def test_file_that_ends_before_its_sound_tells_its_channels() -> None:
    assert probe(riff(chunk(b"fmt ", fmt(channels=2)))) == (None, 2)


def test_forged_chain_of_empty_chunks_does_not_keep_us_busy() -> None:
    chunks = 500_000
    audio = riff(chunk(b"fmt ", fmt()), chunk(b"junk", b"") * chunks, chunk(b"data", bytes(16_000)))
    assert probe(audio) == (None, 1)
    walking = work(lambda: [struct.unpack_from("<4sI", audio, 8 * number) for number in range(chunks)], rounds=1)
    assert work(lambda: probe(audio)) < walking / 10


@given(st.binary(max_size=400))
def test_garbage_is_tolerated(garbage: bytes) -> None:
    assert probe(garbage) == (None, None)
    _sane(b"RIFF\0\0\0\0WAVE" + garbage)


@given(audio=st.just(written(0.01, 2, 8_000, 2)), at=st.integers(0, 60), byte=st.integers(0, 255), cut=st.integers(0, 400))
def test_damaged_header_is_tolerated(audio: bytes, at: int, byte: int, cut: int) -> None:
    _sane((audio[:at] + bytes([byte]) + audio[at + 1 :])[: len(audio) - cut])


def _sane(audio: bytes) -> None:
    seconds, channels = probe(audio)
    assert seconds is None or 0 <= seconds <= len(audio)
    assert channels is None or 1 <= channels <= 65_535
    assert seconds is None or channels is not None
