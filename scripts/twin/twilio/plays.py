"""Plays what happens at the telephone: a call that rings, is answered, ends and was recorded; a message that comes in."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from scripts.twin.sound import probe, tone
from scripts.twin.twilio import bodies
from scripts.twin.twilio.progress import ANSWERED_ENDS, ENDS, Progress
from scripts.twin.twilio.store import Call, Message, Recording, now
from scripts.twin.twilio.webhooks import webhook
from scripts.twin.world import World

CALLER, CALLED = "+14155550142", "+14155550100"  # 555-01xx belong to nobody
CALL_STATUS_PATH, RECORDING_STATUS_PATH, SMS_PATH = (
    "/webhooks/twilio/call-status",
    "/webhooks/twilio/recording-status",
    "/webhooks/twilio/sms",
)


@dataclass(frozen=True, slots=True)
class CallPlan:
    """A call to play. ``recording`` names a sound of the ears' folder or the sid of an added one; ``none`` means that nobody recorded.

    Without it a tone of ``duration_s`` seconds is the recording. ``recording_duration_s`` is what Twilio claims, if that is to differ.
    ``fragment`` is put behind ``#`` of the webhooks' URLs; ``hold`` keeps the call in progress until it is told to end; ``gap_s`` lies
    between two webhooks. ``age_s`` is how long ago it was, as the lists of calls and recordings tell it.
    """

    base_url: str
    account: str
    from_: str = CALLER
    to: str = CALLED
    direction: str = "inbound"
    duration_s: int = 12
    recording: str | None = None
    recording_duration_s: int | None = None
    ends_as: str = "completed"
    fragment: str = ""
    hold: bool = False
    gap_s: float = 0.5
    age_s: int = 0
    call_status_path: str = CALL_STATUS_PATH
    recording_status_path: str = RECORDING_STATUS_PATH

    def url(self, path: str) -> str:
        """A webhook's URL as it was configured at Twilio."""
        return self.base_url.rstrip("/") + path + (f"#{self.fragment}" if self.fragment else "")


@dataclass(frozen=True, slots=True)
class MessagePlan:
    """A message that comes in; ``age_s`` is how long ago it was, as the list of messages tells it."""

    base_url: str
    account: str
    body: str = "Hi! Are you open tomorrow morning?"
    from_: str = CALLER
    to: str = CALLED
    fragment: str = ""
    message_sid: str | None = None
    age_s: int = 0
    path: str = SMS_PATH


class Played:
    """One call on the stage."""

    def __init__(self, world: World, plan: CallPlan) -> None:
        """Enter it at Twilio. Raises ValueError if the recording is not there or the end is unknown."""
        if plan.ends_as not in ENDS:
            raise ValueError(f"ends_as must be one of {', '.join(sorted(ENDS))}")
        self._world, self._plan = world, plan
        self.call = Call(plan.account, plan.from_, plan.to, plan.direction, created=_ago(plan.age_s))
        self.recording = self._recorded()
        self._progress = Progress(world, self.call, plan.url(plan.call_status_path))
        self._lock = threading.Lock()
        self._steps: deque[Callable[[], None]] = deque()
        world.twilio.calls.put(self.call.sid, self.call)
        if self.recording:
            world.twilio.recordings.put(self.recording.sid, self.recording)

    def begin(self) -> None:
        """Let it ring; unless it is held it plays to its end."""
        steps: list[Callable[[], None]] = [partial(self._become, "ringing")]
        if self._plan.ends_as in ANSWERED_ENDS:
            steps.append(partial(self._become, "in-progress"))
        self._play(steps if self._plan.hold else [*steps, *self._ending()])

    def end(self) -> None:
        """Hang up."""
        self._play(self._ending())

    def _play(self, steps: list[Callable[[], None]]) -> None:
        """One step after the other however fast the clock: a call has one state, only its webhooks may overtake each other."""
        with self._lock:
            idle = not self._steps
            self._steps.extend(steps)
        if idle:
            self._world.agenda.after(0, self._step)

    def _step(self) -> None:
        self._steps[0]()
        self._world.agenda.after(self._plan.gap_s, self._stepped)

    def _stepped(self) -> None:
        with self._lock:
            self._steps.popleft()
            more = bool(self._steps)
        if more:
            self._step()

    def _ending(self) -> list[Callable[[], None]]:
        ends: list[Callable[[], None]] = [partial(self._become, self._plan.ends_as)]
        return [*ends, self._finish_recording] if self.recording else ends

    def _become(self, status: str) -> None:
        self._progress.become(status, self._plan.duration_s if status in ANSWERED_ENDS else 0)

    def _finish_recording(self) -> None:
        if self.recording:
            self.recording.status = "completed"
            token = self._world.config.accounts[self._plan.account]
            url = self._plan.url(self._plan.recording_status_path)
            self._world.post.send(webhook("recording_status", url, _recording_fields(self.recording), token))

    def _recorded(self) -> Recording | None:
        plan = self._plan
        if plan.recording == "none" or plan.ends_as not in ANSWERED_ENDS:
            return None
        audio = self._audio(plan.recording)
        sound = probe(audio)
        claimed = plan.recording_duration_s if plan.recording_duration_s is not None else round(sound.seconds)
        return Recording(plan.account, self.call.sid, audio, sound.channels, claimed, status="in-progress", created=self.call.created)

    def _audio(self, name: str | None) -> bytes:
        if name is None:
            return tone(self._plan.duration_s)
        added = self._world.twilio.recordings.get(name)
        audio = added.audio if added else self._world.ears.sound(name)
        if audio is None:
            raise ValueError(f"no recording {name}: add one first, or start the twin with --ears")
        return audio


def play_message(world: World, plan: MessagePlan) -> Message:
    """An SMS comes in."""
    then = _ago(plan.age_s)
    message = Message(plan.account, plan.from_, plan.to, plan.body, "inbound", "received", created=then, sent=then)
    message.sid = plan.message_sid or message.sid
    world.twilio.messages.put(message.sid, message)
    fields = {
        **dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), message.sid),
        "AccountSid": plan.account,
        "From": plan.from_,
        "To": plan.to,
        "Body": plan.body,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": bodies.API,
        **dict.fromkeys(("FromCity", "ToCity", "FromZip", "ToZip"), ""),
    }
    url = plan.base_url.rstrip("/") + plan.path + (f"#{plan.fragment}" if plan.fragment else "")
    world.post.send(webhook("sms", url, fields, world.config.accounts[plan.account]))
    return message


def _ago(seconds: int) -> datetime:
    return now() - timedelta(seconds=seconds)


def _recording_fields(recording: Recording) -> dict[str, str]:
    return {
        "AccountSid": recording.account,
        "CallSid": recording.call,
        "RecordingSid": recording.sid,
        "RecordingUrl": f"https://api.twilio.com/{bodies.API}/Accounts/{recording.account}/Recordings/{recording.sid}",
        "RecordingStartTime": bodies.date(recording.created) or "",
        "RecordingSource": recording.source,
        "RecordingTrack": "both",
        "ErrorCode": "0",
        "RecordingStatus": recording.status,
        "RecordingDuration": str(recording.duration_s),
        "RecordingChannels": str(recording.channels),
    }
