"""What was said, by whom, and what we make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.vendors import Vendor


class Channel(StrEnum):
    """How somebody reached us."""

    VOICE = "voice"
    SMS = "sms"


class Role(StrEnum):
    """Who a speaker is. ``unsure`` is an allowed answer."""

    AGENT = "agent"
    CUSTOMER = "customer"
    UNSURE = "unsure"


class Urgency(StrEnum):
    """How fast a person must look."""

    NORMAL = "normal"
    HIGH = "high"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech of one speaker. Times in ms from the start; ``seq`` counts from 0; ``confidence`` is 0..1."""

    seq: int
    speaker: int
    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None
    channel: int = 0
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class CallEvidence:
    """What we know about a conversation beside its words.

    ``direction`` is Twilio's word: ``inbound``, ``outbound-api``, ``outbound-dial``. ``agent_channel`` is where we are heard, if each side
    has a channel of its own. ``customer_only``: nobody else can have said it. ``told``: who is who, if a person said so. ``is_live``:
    somebody is on the line and waits.
    """

    channel: Channel
    direction: str | None = None
    agent_channel: int | None = None
    customer_only: bool = False
    told: Mapping[int, Role] | None = None
    is_live: bool = False


# Where the business is heard. Twilio puts the parent call, of an inbound call the caller's, on the first channel of a recording
# (twilio.com/docs/voice/twiml/dial, recordingChannels) and the caller on the inbound track; what leaves us is the other one.
OUR_CHANNEL = 1


@dataclass(frozen=True, slots=True)
class RoleVerdict:
    """Speaker number → role, and how sure we are of the whole assignment (0..1).

    ``evidence`` says why: by its kind, the log-odds that each kind of evidence added for this verdict; below 0 it spoke against it.
    """

    roles: Mapping[int, Role]
    confidence: float
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intent:
    """What the customer wants. ``out_of_scope`` is an answer. ``confidence`` is 0..1."""

    name: str
    confidence: float


OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class SafetyFinding:
    """A phrase rule that fired, with the utterance that is the evidence (its seq, not its words)."""

    rule: str
    urgency: Urgency
    seq: int


@dataclass(frozen=True, slots=True)
class Engine:
    """Who did a piece of work: provider (``local``, ``openai``…), model, and the vendor's own usage figures.

    ``cached`` says that the answer was paid for before, ``input_hash`` is of everything that it depends on. ``stands_in_for`` is the error
    code of the engine that should have done it, and ``redo_with`` the vendor that shall do it again when it is back.
    """

    provider: str
    model: str
    usage: Mapping[str, int] = field(default_factory=dict)
    prompt_version: str | None = None
    request_id: str | None = None
    cached: bool = False
    stands_in_for: str | None = None
    redo_with: Vendor | None = None
    input_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a classifier answers."""

    verdict: RoleVerdict
    intent: Intent
    engine: Engine
    sentiment: str | None = None
    summary: str | None = None
    intake: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Analysis:
    """An understanding together with what the safety rules found. The rules ran first and need no vendor.

    ``figures`` are how the talk went by its timings (domain/understanding/talk.py); empty where nothing was timed.
    """

    understanding: Understanding
    safety: tuple[SafetyFinding, ...]
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def urgency(self) -> Urgency:
        """The highest urgency that any rule found."""
        order = list(Urgency)
        return max((finding.urgency for finding in self.safety), key=order.index, default=Urgency.NORMAL)


@dataclass(frozen=True, slots=True)
class Reply:
    """What we answer: text, channel, who wrote it, and the approved template if it came from one.

    ``fault`` says which rule refused the text that was written first, whose place this one took. ``escalates``: whoever wrote it asks
    for a person.
    """

    text: str
    channel: Channel
    engine: Engine
    template: str | None = None
    fault: str | None = None
    escalates: bool = False
