"""Tells a running twin over HTTP what to do, and reads what it was asked; for tests, the demo and the benchmarks."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from scripts.twin.journal import Entry

TIMEOUT_S = 10.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class PlayedCall:
    """A call that rings now; ``recording_sid`` is None if nobody records it."""

    call_sid: str
    recording_sid: str | None


class TwinClient:
    """Every method is one control call. A refused one raises ValueError with the twin's own words."""

    def __init__(self, url: str) -> None:
        """``url`` is what TWILIO_BASE_URL and DEEPGRAM_BASE_URL are set to."""
        self.url = url.rstrip("/")

    @property
    def openai_url(self) -> str:
        """What OPENAI_BASE_URL is set to."""
        return f"{self.url}/v1"

    def misbehave(self, vendor: str, mode: str, operation: str | None = None, **how: Any) -> None:
        """Set a mode; see ``scripts.twin.modes.Mode`` for what ``how`` may hold (times, probability, seed, delay_s, …)."""
        self._ask("POST", "/modes", {"vendor": vendor, "mode": mode, "operation": operation, **how})

    def behave(self) -> None:
        """End all modes."""
        self._ask("DELETE", "/modes")

    def log(self, **which: str) -> list[Entry]:
        """What was asked and sent, oldest first; ``vendor``, ``operation`` and ``direction`` (``in`` or ``out``) narrow it."""
        return [Entry(**entry) for entry in self._ask("GET", "/log", params=which)["entries"]]

    def wait_for(self, count: int, timeout_s: float = TIMEOUT_S, **which: str) -> list[Entry]:
        """The log as soon as it has so many finished entries. Raises TimeoutError that tells how many there were."""
        until = time.monotonic() + timeout_s
        while len(found := [entry for entry in self.log(**which) if entry.took_ms is not None]) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(found)} of {count} {which} in {timeout_s} s")
            time.sleep(POLL_S)
        return found

    def reset(self) -> None:
        """As new."""
        self._ask("POST", "/reset")

    def speed(self, times: float) -> None:
        """Divide all of the twin's own delays by so much."""
        self._ask("POST", "/clock", {"speed": times})

    def pass_time(self, seconds: float) -> None:
        """Wait until so many seconds of the twin's time have passed; what was due in them has begun by then."""
        self._ask("POST", "/sleep", {"seconds": seconds})

    def route(self, public: str, local: str) -> None:
        """Call ``local`` where a URL says ``public``; what is signed stays the public one."""
        self._ask("POST", "/routes", {"public": public, "local": local})

    def hear(self, audio: bytes, document: Mapping[str, Any]) -> None:
        """From now on this audio holds this Deepgram document; its head (ids, dates) is made anew for each request."""
        self._ask("POST", f"/ears/{hashlib.sha256(audio).hexdigest()}", document)

    def add_recording(self, audio: bytes, **about: str | int) -> str:
        """The RecordingSid of a completed recording; ``account``, ``call`` and ``duration_s`` say more about it."""
        return str(self._ask("POST", "/recordings", audio, params=about)["recording_sid"])

    def play_call(self, base_url: str, **plan: Any) -> PlayedCall:
        """A call rings at ``base_url``; see ``scripts.twin.twilio.plays.CallPlan``."""
        return PlayedCall(**self._ask("POST", "/calls", {"base_url": base_url, **plan}))

    def end_call(self, call_sid: str) -> None:
        """A call that was played with ``hold`` ends."""
        self._ask("POST", f"/calls/{call_sid}/end")

    def play_live_call(self, base_url: str, lines: Sequence[Mapping[str, Any]], **plan: Any) -> str:
        """The CallSid of somebody who calls and talks; see ``scripts.twin.twilio.caller.LiveCallPlan`` and ``Line``."""
        return str(self._ask("POST", "/live-calls", {"base_url": base_url, "lines": lines, **plan})["call_sid"])

    def call(self, call_sid: str) -> dict[str, Any]:
        """A call as Twilio has it; ``twiml`` lists what it was told, ``course`` what happened in it."""
        return self._ask("GET", f"/calls/{call_sid}")

    def ended_call(self, call_sid: str, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """The call as soon as it is over. Raises TimeoutError that tells how far it came."""
        until = time.monotonic() + timeout_s
        while (found := self.call(call_sid))["ended"] is None:
            if time.monotonic() > until:
                raise TimeoutError(f"after {timeout_s} s the call is still {found['status']}: {found['course']}")
            time.sleep(POLL_S)
        return found

    def play_message(self, base_url: str, **plan: Any) -> str:
        """The MessageSid of an SMS that comes in at ``base_url``; see ``scripts.twin.twilio.plays.MessagePlan``."""
        return str(self._ask("POST", "/messages", {"base_url": base_url, **plan})["message_sid"])

    def play_thread(self, base_url: str, texts: Sequence[str], **plan: Any) -> list[str]:
        """The MessageSids of the messages of somebody who waits for answers; see ``scripts.twin.twilio.texting.ThreadPlan``."""
        return list(self._ask("POST", "/threads", {"base_url": base_url, "texts": texts, **plan})["message_sids"])

    def messages(self, direction: str | None = None) -> list[dict[str, Any]]:
        """All messages, newest first; ``direction`` is ``inbound`` or ``outbound-api``."""
        found: list[dict[str, Any]] = self._ask("GET", "/messages")["messages"]
        return [message for message in found if direction in {None, message["direction"]}]

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, params: Any = None) -> dict[str, Any]:
        sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        with requests.Session() as session:
            session.trust_env = False  # a proxy of this machine has no way to loopback
            answer = session.request(method, f"{self.url}/_twin{path}", params=params, timeout=TIMEOUT_S, **sent)
        told: dict[str, Any] = answer.json()
        if not answer.ok:
            raise ValueError(told.get("error", answer.text))
        return told
