"""One factory per table. ``XFactory.create()`` commits a row that is complete and belongs together; give what the test is about."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from factory.alchemy import SQLAlchemyModelFactory
from factory.declarations import LazyAttribute, LazyFunction, Sequence

from db.bodies import pack
from db.tables.access import ApiKeyRow
from db.tables.audits import AuditRow
from db.tables.conversations import ConversationRow, TranscriptRow
from db.tables.effects import EffectRow, PromotionRow
from db.tables.events import WebhookEventRow
from db.tables.opt_outs import OptOutRow
from db.tables.organizations import OrganizationRow, OrganizationVersionRow
from db.tables.results import AnalysisRow, ReplyRow, UtteranceRow
from db.tables.runs import RunRow, RunStepRow
from domain.chain import EffectKind, Purpose, RunState, Source, Stage
from domain.speech import Channel, Role
from domain.statuses import ConversationStatus, ProcessingStatus, TranscriptStatus
from tests.support.sessions import session

Row = TypeVar("Row")

# numbers that no network gives to anybody
OUR_NUMBER = "+15005550100"
THEIR_NUMBER = "+15005550199"


class RowFactory(SQLAlchemyModelFactory, Generic[Row]):
    """Commits what it makes."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = session
        sqlalchemy_session_persistence = "commit"

    @classmethod
    def create(cls, **values: Any) -> Row:
        """Make and commit a row; what is not given is filled in."""
        row: Row = super().create(**values)
        return row


def now() -> datetime:
    return datetime.now(UTC)


def _owned(parent: "type[RowFactory[Any]]") -> LazyAttribute:
    """The id of a new parent in the same organization."""
    return LazyAttribute(lambda row: parent.create(organization_id=row.organization_id).id)


def _of_run(column: str) -> LazyAttribute:
    """The run's own value, so that what hangs on a run belongs to its organization."""
    return LazyAttribute(lambda row: getattr(_run(row.run_id), column))


def _run(run_id: UUID) -> RunRow:
    return session().get_one(RunRow, run_id)


def _transcript(transcript_id: UUID) -> TranscriptRow:
    return session().get_one(TranscriptRow, transcript_id)


class OrganizationFactory(RowFactory[OrganizationRow]):
    """A tenant without a Twilio account."""

    class Meta:
        model = OrganizationRow

    slug = Sequence(lambda n: f"clinic-{n}")
    name = Sequence(lambda n: f"Clinic {n}")
    settings = LazyFunction(lambda: {"hours": "Monday to Friday, 8:00 to 18:00", "services": ["cleaning", "check-up"]})


class OrganizationVersionFactory(RowFactory[OrganizationVersionRow]):
    """What an organization was like at first."""

    class Meta:
        model = OrganizationVersionRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    version = 1
    name = "Clinic"
    vertical = "general"
    settings = LazyFunction(dict)
    changed_by = "setup"


class ApiKeyFactory(RowFactory[ApiKeyRow]):
    """A key whose secret is ``secret``; tests of keys make real ones."""

    class Meta:
        model = ApiKeyRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    name = Sequence(lambda n: f"key {n}")
    secret_sha256 = LazyFunction(lambda: sha256(b"secret").digest())


class ConversationFactory(RowFactory[ConversationRow]):
    """An ended inbound call."""

    class Meta:
        model = ConversationRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    provider = "twilio"
    provider_ref = LazyFunction(lambda: f"CA{uuid4().hex}")
    channel = Channel.VOICE.value
    direction = "inbound"
    our_number = OUR_NUMBER
    their_number = THEIR_NUMBER
    status = ConversationStatus.COMPLETED.value
    turns = 1


class AuditFactory(RowFactory[AuditRow]):
    """Somebody called for a person."""

    class Meta:
        model = AuditRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    actor = "somebody"
    act = "escalate"
    subject = "conversation"
    subject_id = _owned(ConversationFactory)
    reason = "sounded frightened"


class TranscriptFactory(RowFactory[TranscriptRow]):
    """A recording whose words have arrived and which no chain has worked on."""

    class Meta:
        model = TranscriptRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    conversation_id = _owned(ConversationFactory)
    turn = 1
    source = Source.DEEPGRAM.value
    source_ref = LazyFunction(lambda: str(uuid4()))
    status = TranscriptStatus.COMPLETED.value
    processing_status = ProcessingStatus.PENDING.value


class RunFactory(RowFactory[RunRow]):
    """A fresh live run, due now."""

    class Meta:
        model = RunRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    transcript_id = _owned(TranscriptFactory)
    conversation_id = LazyAttribute(lambda row: _transcript(row.transcript_id).conversation_id)
    turn = LazyAttribute(lambda row: _transcript(row.transcript_id).turn)
    purpose = Purpose.LIVE.value
    state = RunState.READY.value
    stage = Stage.TRANSCRIBE.value
    next_publish_at = LazyFunction(now)
    trace_id = LazyFunction(lambda: uuid4().hex)


class RunStepFactory(RowFactory[RunStepRow]):
    """A step that waited 0.2 s and took 0.1 s."""

    class Meta:
        model = RunStepRow

    run_id = LazyFunction(lambda: RunFactory.create().id)
    organization_id = _of_run("organization_id")
    stage = Stage.TRANSCRIBE.value
    attempts = 1
    queued_at = LazyFunction(now)
    started_at = LazyAttribute(lambda row: row.queued_at + timedelta(milliseconds=200))
    finished_at = LazyAttribute(lambda row: row.started_at + timedelta(milliseconds=100))
    worker = "worker@test"
    provider = "local"
    model = "test-1"


class UtteranceFactory(RowFactory[UtteranceRow]):
    """One harmless sentence of the customer."""

    class Meta:
        model = UtteranceRow

    run_id = LazyFunction(lambda: RunFactory.create().id)
    organization_id = _of_run("organization_id")
    seq = Sequence(lambda n: n)
    speaker = 1
    role = Role.CUSTOMER.value
    start_ms = 0
    end_ms = 1_500
    text = "I would like to book a cleaning"
    confidence = 0.97
    channel = 0


class AnalysisFactory(RowFactory[AnalysisRow]):
    """A call about a booking, nothing alarming in it."""

    class Meta:
        model = AnalysisRow

    run_id = LazyFunction(lambda: RunFactory.create().id)
    organization_id = _of_run("organization_id")
    roles = LazyFunction(lambda: {"0": Role.AGENT.value, "1": Role.CUSTOMER.value})
    role_confidence = 0.93
    intent = "book_appointment"
    intent_confidence = 0.88
    intake = LazyFunction(dict)
    safety = LazyFunction(list)
    engine = "local"
    model = "test-1"


class ReplyFactory(RowFactory[ReplyRow]):
    """A reply from a template."""

    class Meta:
        model = ReplyRow

    run_id = LazyFunction(lambda: RunFactory.create().id)
    organization_id = _of_run("organization_id")
    text = "Thank you for calling. We will ring you back about your appointment."
    channel = Channel.SMS.value
    template = "book_appointment"
    engine = "local"
    model = "test-1"


class EffectFactory(RowFactory[EffectRow]):
    """An SMS that is due now."""

    class Meta:
        model = EffectRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    conversation_id = _owned(ConversationFactory)
    effect_key = LazyFunction(lambda: f"transcript:{uuid4()}:sms")
    kind = EffectKind.SMS.value
    target = THEIR_NUMBER
    sender = OUR_NUMBER
    body = "Thank you for calling."
    trace_id = LazyFunction(lambda: uuid4().hex)


class OptOutFactory(RowFactory[OptOutRow]):
    """A customer who just wrote STOP."""

    class Meta:
        model = OptOutRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    our_number = OUR_NUMBER
    their_number = THEIR_NUMBER
    stopped = True
    told_at = LazyFunction(now)


class PromotionFactory(RowFactory[PromotionRow]):
    """Somebody made a finished run count."""

    class Meta:
        model = PromotionRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    to_run_id = LazyAttribute(lambda row: RunFactory.create(organization_id=row.organization_id, state=RunState.DONE.value).id)
    transcript_id = LazyAttribute(lambda row: _run(row.to_run_id).transcript_id)
    promoted_by = "test"


class WebhookEventFactory(RowFactory[WebhookEventRow]):
    """A delivery; give ``raw`` to store other bytes."""

    class Meta:
        model = WebhookEventRow

    class Params:
        raw = b'{"metadata": {}}'

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    provider = "deepgram"
    kind = "callback"
    dedupe_key = LazyFunction(lambda: str(uuid4()))
    subject = LazyAttribute(lambda row: row.dedupe_key)
    headers = LazyFunction(dict)
    body = LazyAttribute(lambda row: pack(row.raw).data)
    body_size = LazyAttribute(lambda row: len(row.raw))
    body_sha256 = LazyAttribute(lambda row: sha256(row.raw).digest())
    trace_id = LazyFunction(lambda: uuid4().hex)
