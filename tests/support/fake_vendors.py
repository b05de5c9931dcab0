"""Vendors that do as they are told and remember what they were asked; the real adapters have tests of their own."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from domain.answering.replies import ReplyRequest
from domain.organizations.organization import Organization
from domain.ports import Basis
from domain.recordings import Document, JobState, Recording, Submitted
from domain.runs import Transcription
from domain.speech import CallEvidence, Engine, Intent, Reply, Role, RoleVerdict, Understanding, Utterance
from domain.vendors import Vendor

USAGE = {"input_tokens": 10, "output_tokens": 5}
MODEL_REPLY = "We look forward to seeing you."

Heard = Submitted | Document | Transcription


class FakeModel:
    """A language model. ``fails`` is raised instead of an answer as long as it is set; ``says`` and ``escalates`` make its reply."""

    vendor: Vendor | None = Vendor.OPENAI

    def __init__(self) -> None:
        """Answers everything."""
        self.asked: list[str] = []
        self.fails: BaseException | None = None
        self.says, self.escalates = MODEL_REPLY, False
        self.lines: list[bool] = []
        self.before_answer: Callable[[], object] = lambda: None

    def classify(self, _: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Understanding:
        """Always a booking."""
        self._ask("classify")
        self.lines.append(evidence.is_live)
        verdict = RoleVerdict({said.speaker: Role.CUSTOMER for said in utterances}, 0.9)
        return Understanding(verdict, Intent("book_appointment", 0.9), Engine("openai", "model-1", USAGE, "understanding-1"))

    def write(self, request: ReplyRequest) -> Reply:
        """Always the same words."""
        self._ask("write")
        self.lines.append(request.is_live)
        return Reply(self.says, request.channel, Engine("openai", "model-1", USAGE, "reply-1"), escalates=self.escalates)

    def basis(self, *asked: object) -> Basis:
        """Everything that it is told, but for when."""
        told = [replace(each, at=None) if isinstance(each, ReplyRequest) else each for each in asked]
        return Basis(hashlib.sha256(repr(told).encode()).digest(), "openai", "model-1")

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        self.before_answer()
        if self.fails:
            raise self.fails


class FakeTranscriber:
    """Takes recordings. ``acts`` are what it does with the next ones; then it takes every one, under the names job-1, job-2, …"""

    vendor: Vendor | None = Vendor.DEEPGRAM
    name = "deepgram"

    def __init__(self) -> None:
        """Takes everything, knows nothing of any job."""
        self.sent: list[tuple[Recording, str | None]] = []
        self.looked_up: list[str] = []
        self.acts: list[Callable[[], Heard]] = []
        self.state: JobState | Exception = JobState.UNKNOWN

    def transcribe(self, recording: Recording, callback_url: str | None) -> Heard:
        """What was told, or a promise to call back."""
        self.sent.append((recording, callback_url))
        return self.acts.pop(0)() if self.acts else Submitted(f"job-{len(self.sent)}")

    def look_up(self, request_id: str) -> JobState:
        """What was told."""
        self.looked_up.append(request_id)
        if isinstance(self.state, Exception):
            raise self.state
        return self.state


class FakeRecordings:
    """Keeps one recording for everybody."""

    vendor: Vendor | None = Vendor.TWILIO

    def __init__(self, recording: Recording) -> None:
        """This one."""
        self.recording = recording
        self.fetched: list[tuple[str, str, int | None]] = []

    def fetch(self, account: str, recording: str, channels: int | None) -> Recording:
        """The recording, whichever was asked for."""
        self.fetched.append((account, recording, channels))
        return self.recording


def raising(error: BaseException) -> Callable[[], Heard]:
    """An act that fails."""

    def act() -> Heard:
        raise error

    return act
