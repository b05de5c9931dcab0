"""Where to look next, and a command to paste."""

import json
import uuid
from typing import Any

from scripts.stack.card import Card
from scripts.stack.console import paint, say


def tell(card: Card) -> None:
    """The links, and how to send a call of one's own."""
    ref = str(uuid.uuid4())
    body = json.dumps(_own_call(ref))
    say()
    say(paint("Look around", "bold"))
    say(f"  API      curl -s '{card.web_url}/v1/transcripts' -H 'Authorization: Bearer {card.api_key}'")
    say(f"           {card.web_url}/docs describes it")
    say(f"  Flower   {card.flower_url}/tasks   (user and password: {card.flower_basic_auth})")
    say()
    say(paint("Send a call of your own", "bold") + ": paste this, and change what is said and the request_id")
    say(f"  curl -si '{card.deepgram_callback_url}' -H 'Content-Type: application/json' -d '{body}'")
    say(f"  curl -s '{card.web_url}/v1/exports/transcripts?source_ref={ref}' -H 'Authorization: Bearer {card.api_key}'")


def _own_call(ref: str) -> dict[str, Any]:
    said = (
        (0, "good morning river clinic how can i help you"),
        (1, "hello i need to move my appointment to friday"),
        (0, "sure i can do that for you"),
    )
    utterances = [
        {"start": 3.0 * n, "end": 3.0 * n + 2.5, "confidence": 0.9, "channel": 0, "speaker": speaker, "transcript": words}
        for n, (speaker, words) in enumerate(said)
    ]
    transcript = " ".join(words for _, words in said)
    alternatives = [{"transcript": transcript, "confidence": 0.9, "words": []}]
    return {
        "metadata": {"request_id": ref, "duration": 9.0, "channels": 1},
        "results": {"channels": [{"alternatives": alternatives}], "utterances": utterances},
    }
