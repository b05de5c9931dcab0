"""What the chain asks of the outside, in our words. Vendors and the offline engines implement these.

``vendor`` says whose circuit and places a call takes; None for what runs in our own process. Unless a docstring says otherwise each call
raises RetryableError or one of its kinds, PermanentError, or UnusableAnswerError.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.answering.replies import ReplyRequest
from domain.organizations.organization import Organization
from domain.recordings import Document, JobState, Recording, Submitted
from domain.runs import Effect, Sighting, Transcription
from domain.speech import CallEvidence, Reply, Understanding, Utterance
from domain.telephony.history import CallRecording, Message, Page
from domain.telephony.realtime import Credentials
from domain.telephony.twilio import CallStatus, MessageStatus
from domain.understanding.roles import Sign
from domain.vendors import Vendor


class Recordings(Protocol):
    """Where the recordings of calls are kept."""

    vendor: Vendor | None

    def fetch(self, account: str, recording: str, channels: int | None) -> Recording:
        """The audio of a recording of an account, with as many of its ``channels`` as there are."""
        ...


class History(Protocol):
    """What an account's vendor knows of its past: what was said to us, whether we were told or not.

    Lists are newest first and hold what was created at or after ``since`` (aware); ``after`` is what the page before named as next.
    """

    vendor: Vendor | None

    def messages(self, account: str, since: datetime, after: str | None) -> Page[Message]:
        """Messages, in and out."""
        ...

    def recordings(self, account: str, since: datetime, after: str | None) -> Page[CallRecording]:
        """Recordings of calls, whatever their status."""
        ...

    def call(self, account: str, call: str) -> CallStatus | None:
        """How a call stands now; None if the vendor does not know it any more."""
        ...

    def message(self, account: str, message: str) -> MessageStatus | None:
        """How a message that we sent stands now; None as above."""
        ...


class Transcriber(Protocol):
    """Turns a recording into words."""

    vendor: Vendor | None
    name: str

    def transcribe(self, recording: Recording, callback_url: str | None) -> Submitted | Document | Transcription:
        """Hand a recording in; with ``callback_url`` (a secret: it carries credentials) the words may come there instead.

        Raises NoAnswerError if the job may have been taken all the same; every other error means that it was not.
        """
        ...

    def look_up(self, request_id: str) -> JobState:
        """What became of a job whose callback is overdue."""
        ...


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer depends on. ``key`` is the hash of all of it: inputs, code, prompt, model; ``tokens`` about how long the question is.

    The rest says who would be asked, as ``Engine`` has it.
    """

    key: bytes
    provider: str
    model: str | None = None
    prompt_version: str | None = None
    tokens: int = 0


class UnderstandingBasis(Protocol):
    """Says, without asking anybody, what an understanding would depend on."""

    def basis(self, organization: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Basis:
        """Raises UnusableAnswerError if nobody could be asked so."""
        ...


class ReplyBasis(Protocol):
    """Says, without asking anybody, what a reply would depend on."""

    def basis(self, request: ReplyRequest) -> Basis:
        """Raises UnusableAnswerError if nobody could be asked so."""
        ...


class Classifier(UnderstandingBasis, Protocol):
    """Tells roles and intent."""

    vendor: Vendor | None

    def classify(self, organization: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Understanding:
        """Who is who and what they want of this organization."""
        ...


class RoleReader(Protocol):
    """Tells from the words alone who is who, in our own process; never raises."""

    def read(self, utterances: Sequence[Utterance]) -> Sign:
        """How much each speaker sounds like the agent."""
        ...


class ReplyWriter(ReplyBasis, Protocol):
    """Writes what we answer."""

    vendor: Vendor | None

    def write(self, request: ReplyRequest) -> Reply:
        """One reply for the customer."""
        ...


class Messenger(Protocol):
    """Sends what the ledger says, once. ``name`` is the provider that the ledger records."""

    vendor: Vendor | None
    name: str

    def send(self, effect: Effect) -> str:
        """Send and return the vendor's own id of the message.

        Raises RetryableError or PermanentError only if nothing left the house (refused, 429, 4xx); NoAnswerError if it may have.
        """
        ...

    def find(self, effect: Effect) -> Sighting:
        """Look up whether an earlier, interrupted attempt left the house."""
        ...


class RealtimeHost(Protocol):
    """Where a model talks with callers itself."""

    vendor: Vendor | None

    def mint(self, organization: Organization) -> Credentials:
        """What opens such talks in this organization's name, and nothing else."""
        ...


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a model answered before: the validated document and what it took then."""

    document: Mapping[str, object] = field(repr=False)
    model: str
    usage: Mapping[str, int]


class AnswerShelf(Protocol):
    """Answers of language models, kept per organization, so that the same question is paid once."""

    def find(self, organization_id: UUID, key: bytes, max_age_s: float) -> KeptAnswer | None:
        """The answer to this very question if it is not older than that; None, too, if the shelf cannot be reached."""
        ...

    def keep(self, organization_id: UUID, key: bytes, answer: KeptAnswer) -> None:
        """Keep an answer; never raises: it is a convenience."""
        ...
