"""A run as a step sees it, and the answers that a step may give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from domain.batches import Variant
from domain.chain import EffectKind, Purpose, Source, Stage
from domain.lanes import Lane
from domain.leaving import POLICIES, Policy
from domain.organizations.organization import Organization
from domain.speech import Analysis, CallEvidence, Reply, Utterance
from domain.telephony.opt_outs import Keyword, OptOut
from domain.telephony.threads import Message
from domain.vendors import Vendor

# A message's id at the broker is that of the run or effect that it rings for, this, and what is new each time: whoever has a task's id at
# hand has the run's.
BELL_MARK = "_"
# what a run waits for, told by name, that is not done with when its time is up: it looks again, for so long from the beginning of its stage
MISSING_EVENTS = "transcription_events"


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased run: only the holder of ``lease_token`` may write its results (I2, I3).

    ``stage_age_s``: for how long it is there, or since it last waited for something outside.

    ``organization_version`` is the version of the organization's settings that all steps of the run go by.
    ``redoes``: a run before it went without a vendor that was down; this one shall not. ``batch_id``: the batch that it belongs to.
    """

    run_id: UUID
    organization_id: UUID
    conversation_id: UUID
    transcript_id: UUID
    turn: int
    stage: Stage
    purpose: Purpose
    attempts: int
    lease_token: UUID
    trace_id: str
    organization_version: int
    stage_age_s: float = 0.0
    redoes: bool = False
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a run was not handed out: ``past`` lets the chain go on, everything else stops it. ``outcome`` is what Flower shows."""

    past: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class Onward:
    """The next stage of a run, that whoever did the one before goes on with at once: claimed in the commit of its results.

    ``lease_s`` is how long the claim holds, ``vendor`` without whom the stage cannot be done. Its ``token`` is made before the commit, so
    that a lost answer to it leaves nobody in doubt whose the run is.
    """

    stage: Stage
    lease_s: float
    worker: str
    vendor: Vendor | None = None
    token: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class Run:
    """Everything a step may look at. What an earlier step has not written yet is empty.

    ``duration_s`` and ``channels`` are the recording's, as its vendor announced it; ``age_s`` is how long ago it was said, by the
    database's clock; ``answered`` is the reply that an earlier run of the same words has given already. ``keyword`` is what the network
    took a text message for, ``media`` the content types of what came with it, ``history`` earlier messages of its thread; ``opt_out`` is
    how the customer stands to messages from our number, if that was ever a question. ``is_unheard``: what is answered to this turn of a
    call will be said to nobody, as the call has ended, or a person took over, or the caller has heard that somebody will get back to them.
    ``variant``: what the run's batch does otherwise; None for whatever belongs to none.
    """

    claim: Claim
    organization: Organization
    source: Source
    source_ref: str
    evidence: CallEvidence
    customer_number: str | None
    our_number: str | None
    duration_s: float | None = None
    channels: int | None = None
    age_s: float = 0.0
    answered: Reply | None = None
    keyword: Keyword | None = None
    media: tuple[str, ...] = ()
    history: tuple[Message, ...] = ()
    opt_out: OptOut | None = None
    is_unheard: bool = False
    utterances: tuple[Utterance, ...] = ()
    analysis: Analysis | None = None
    reply: Reply | None = None
    variant: Variant | None = None

    @property
    def is_live_turn(self) -> bool:
        """Whether the caller is on the line and waits for what we say."""
        return self.source is Source.LIVE_TURN

    @property
    def is_waited_for(self) -> bool:
        """Whether a caller listens to nothing until this run has ended: who looks at a turn again, to compare, keeps nobody waiting."""
        return self.is_live_turn and self.claim.purpose is Purpose.LIVE


@dataclass(frozen=True, slots=True)
class Transcription:
    """Answer of ``transcribe``: the words are here. ``input_hash`` is of what they came from; ``cached``: they are an earlier run's."""

    utterances: tuple[Utterance, ...]
    provider: str
    model: str | None = None
    vendor_request_id: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    input_hash: bytes | None = None
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Answer of a step that cannot go on until something outside happens; due again after ``due_s`` seconds at the latest.

    ``code`` says what went wrong before, if anything did.
    """

    reason: str
    due_s: float
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """An effect to be entered in the ledger in the same commit as its cause. ``key`` says what must happen once.

    ``reason`` is why a person is called, in the words of the conversation's ``escalation_reason``; None for what is no call for a person.
    ``withheld`` says why it is entered and never sent, so that nobody has to guess why a customer got no answer. ``on_limit``: entered only
    if the replies before it were so many that this one is held back.
    """

    key: str
    kind: EffectKind
    target: str
    body: str
    sender: str | None = None
    withheld: str | None = None
    on_limit: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """Answer of ``classify_speakers``. An escalation has left before: it waits for no classifier and for no reply."""

    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Publication:
    """Answer of ``persist``: what becomes visible and what leaves the house. ``escalates_for``: why a person shall look."""

    effects: tuple[Planned, ...] = ()
    escalates_for: str | None = None


@dataclass(frozen=True, slots=True)
class LiveTurn:
    """What a reply is said to: the ``turn`` that its URL counts, the language as BCP 47, and who takes over then (E.164), if anybody.

    ``shows`` is the number to show to them, if not the caller's own.
    """

    turn: int
    locale: str
    number: str | None = field(default=None, repr=False)
    shows: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Effect:
    """A leased effect. ``interrupted`` says that an earlier attempt has no known outcome, ``looked_up`` that the vendor did not know it.

    ``account`` is the Twilio AccountSid of its organization; ``age_s`` is how long ago it was entered, by the database's clock. ``answers``
    is the turn of a live call whose reply a call update is; one without ends the call. ``has_other_sender``: its organization named
    a number to send calls for help from, and this is not sent from that one.
    """

    id: UUID
    organization_id: UUID
    conversation_id: UUID
    kind: EffectKind
    target: str
    body: str
    sender: str | None
    lease_token: UUID
    attempts: int
    interrupted: bool
    created_at: datetime
    trace_id: str
    looked_up: bool = False
    account: str | None = None
    age_s: float = 0.0
    answers: LiveTurn | None = None
    has_other_sender: bool = False

    @property
    def policy(self) -> Policy:
        """What is so of all effects of its kind."""
        return POLICIES[self.kind]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a messenger knows of an earlier attempt. ``conclusive`` means that absence proves that nothing left the house.

    ``alike`` are all messages that look like it, the likeliest first, where the vendor may have more than one.
    """

    provider_ref: str | None
    conclusive: bool
    alike: tuple[str, ...] = ()

    @property
    def refs(self) -> tuple[str, ...]:
        """Every message that may be it, the likeliest first."""
        return self.alike or ((self.provider_ref,) if self.provider_ref else ())


@dataclass(frozen=True, slots=True)
class Bell:
    """What the doorbell needs to know of a run: ids only, all of which may be seen in Flower."""

    run_id: UUID
    conversation_id: UUID
    transcript_id: UUID
    stage: Stage
    purpose: Purpose
    trace_id: str
    lane: Lane = Lane.NORMAL


@dataclass(frozen=True, slots=True)
class EffectBell:
    """What the doorbell needs to know of an effect."""

    effect_id: UUID
    conversation_id: UUID
    trace_id: str
    lane: Lane = Lane.NORMAL
