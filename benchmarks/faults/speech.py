"""A phone call as Deepgram writes it down: small, and every time somebody else's."""

from collections.abc import Sequence
from typing import Any

SAID = (
    (0, "Good morning, this is the front desk, how can I help you?"),
    (1, "Hello, I would like to change my appointment to Friday, please."),
    (0, "Of course. Is ten o'clock fine?"),
    (1, "Yes, ten is fine. Thank you very much."),
) * 5


def document(request_id: str, said: Sequence[tuple[int, str]] = SAID) -> dict[str, object]:
    """The body of a callback in which two speakers say these things; by default about 20 KB, a hundred and ninety words."""
    words, utterances, at = [], [], 0.0
    for speaker, text in said:
        turn = [_word(word, at + index * 0.3, speaker) for index, word in enumerate(text.split())]
        at = turn[-1]["end"] + 0.4
        words += turn
        utterances.append(
            {"start": turn[0]["start"], "end": turn[-1]["end"], "channel": 0, "transcript": text, "speaker": speaker, "confidence": 0.98}
        )
    alternative = {"transcript": " ".join(text for _, text in said), "confidence": 0.98, "words": words}
    metadata = {"request_id": request_id, "duration": round(at, 2), "channels": 1}
    return {"metadata": metadata, "results": {"channels": [{"alternatives": [alternative]}], "utterances": utterances}}


def _word(word: str, start: float, speaker: int) -> dict[str, Any]:
    told = {"word": word.lower(), "punctuated_word": word, "confidence": 0.97}
    return {**told, "start": round(start, 2), "end": round(start + 0.25, 2), "speaker": speaker}
