"""Real-time transcription of a live call: what each side says, told as it is said (twilio.com/docs/voice/twiml/transcription)."""

from datetime import UTC, datetime

import orjson

from scripts.twin.twilio.store import Call, new_sid
from scripts.twin.twilio.twiml import Verb
from scripts.twin.twilio.webhooks import webhook
from scripts.twin.world import World

OURS, THEIRS = "outbound_track", "inbound_track"
ENGINE, CONFIDENCE, STABILITY = "google", 0.95, 0.9


class Transcription:
    """One of them. Its events are numbered from 1; the order holds per track, and the network promises none."""

    def __init__(self, world: World, call: Call, verb: Verb, url: str) -> None:
        """It starts now."""
        self._world, self._call, self._verb, self._url = world, call, verb, url
        self._sid, self._number = new_sid("GT"), 0
        told = verb.attributes
        self._tell(
            "transcription-started",
            {
                "ProviderConfiguration": orjson.dumps({"speechModel": told.get("speechModel", "telephony")}).decode(),
                "TranscriptionEngine": told.get("transcriptionEngine", ENGINE),
                "LanguageCode": self._language,
                "PartialResults": "true" if verb.is_set("partialResults") else "false",
                "InboundTrackLabel": told.get("inboundTrackLabel", ""),
                "OutboundTrackLabel": told.get("outboundTrackLabel", ""),
                "Track": self._track,
                **({"Name": told["name"]} if "name" in told else {}),
            },
        )

    def heard(self, track: str, words: str) -> None:
        """Somebody said so much."""
        if self._track not in {track, "both_tracks"} or not words:
            return
        about = {"LanguageCode": self._language, "Track": track}
        if self._verb.is_set("partialResults"):
            begun = " ".join(words.split()[: max(1, len(words.split()) // 2)])
            data = {"TranscriptionData": _json(transcript=begun), "Stability": str(STABILITY), "Final": "false"}
            self._tell("transcription-content", {**about, **data})
        self._tell("transcription-content", {**about, "TranscriptionData": _json(transcript=words, confidence=CONFIDENCE), "Final": "true"})

    def stop(self) -> None:
        """The call is over."""
        self._tell("transcription-stopped", {})

    @property
    def _track(self) -> str:
        return self._verb.attributes.get("track", "both_tracks")

    @property
    def _language(self) -> str:
        return self._verb.attributes.get("languageCode", "en-US")

    def _tell(self, event: str, about: dict[str, str]) -> None:
        self._number += 1
        fields = {
            "AccountSid": self._call.account,
            "CallSid": self._call.sid,
            "TranscriptionSid": self._sid,
            "Timestamp": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "SequenceId": str(self._number),
            "TranscriptionEvent": event,
            **about,
        }
        self._world.post.send(webhook("transcription", self._url, fields, self._world.config.accounts[self._call.account]))


def _json(**told: str | float) -> str:
    return orjson.dumps(told).decode()
