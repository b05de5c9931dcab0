"""Factories of what is no tenant's word: the plant's own rows, usage, kept answers, tries of runs, batches and proofs of erasure."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from factory.declarations import LazyAttribute, LazyFunction, Sequence

from db.tables.access import PersonRow, RefreshTokenRow
from db.tables.attempts import RunAttemptRow
from db.tables.base import new_id
from db.tables.batches import BatchRow
from db.tables.healing import FailureCountRow, InvariantCheckRow, WatermarkRow
from db.tables.jobs import JobRow
from db.tables.plant import PeriodicTaskRow, QuarantineRow, VendorHealthRow, VendorPlaceRow, WorkerRow
from db.tables.privacy import ErasureRow
from db.tables.runs import RunRow
from db.tables.usage import KeptAnswerRow, UsageDayRow
from domain.chain import Stage
from domain.healing import FailureOutcome, Listed
from domain.jobs import JobKind
from domain.vendors import Vendor
from tests.support.factories import OrganizationFactory, RowFactory, RunFactory
from tests.support.sessions import session


class QuarantineFactory(RowFactory[QuarantineRow]):
    """A refused delivery."""

    class Meta:
        model = QuarantineRow

    provider = "twilio"
    reason = "signature"
    route = "/webhooks/twilio/sms"
    body = b"Body=x"
    body_size = 6
    trace_id = LazyFunction(lambda: uuid4().hex)


class VendorHealthFactory(RowFactory[VendorHealthRow]):
    """A vendor that is well."""

    class Meta:
        model = VendorHealthRow

    vendor = Sequence(lambda n: f"vendor-{n}")


class WorkerFactory(RowFactory[WorkerRow]):
    """A worker that has just been seen."""

    class Meta:
        model = WorkerRow

    name = Sequence(lambda n: f"worker-{n}@test")
    queues = LazyFunction(lambda: ["speech", "language"])


class PeriodicTaskFactory(RowFactory[PeriodicTaskRow]):
    """A periodic task that ran just now."""

    class Meta:
        model = PeriodicTaskRow

    name = Sequence(lambda n: f"task-{n}")


class VendorPlaceFactory(RowFactory[VendorPlaceRow]):
    """A call to a vendor that is under way."""

    class Meta:
        model = VendorPlaceRow

    id = LazyFunction(new_id)
    vendor = Vendor.OPENAI.value
    held_until = LazyFunction(lambda: datetime.now(UTC) + timedelta(minutes=1))


class UsageDayFactory(RowFactory[UsageDayRow]):
    """Today, on which nothing was used yet."""

    class Meta:
        model = UsageDayRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    day = LazyFunction(lambda: datetime.now(UTC).date())


class KeptAnswerFactory(RowFactory[KeptAnswerRow]):
    """An answer of a language model."""

    class Meta:
        model = KeptAnswerRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    key = Sequence(lambda n: n.to_bytes(32, "big"))
    document = LazyFunction(lambda: {"text": "We open at nine."})
    model = "gpt-6-luna"
    usage = LazyFunction(lambda: {"input_tokens": 10, "output_tokens": 5})


class WatermarkFactory(RowFactory[WatermarkRow]):
    """Recordings were listed just now."""

    class Meta:
        model = WatermarkRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    kind = Listed.RECORDINGS.value
    seen_through = LazyFunction(lambda: datetime.now(UTC))


class InvariantCheckFactory(RowFactory[InvariantCheckRow]):
    """An invariant that holds."""

    class Meta:
        model = InvariantCheckRow

    invariant = Sequence(lambda n: f"I{n}")
    violations = 0


class FailureCountFactory(RowFactory[FailureCountRow]):
    """A step that was tried again."""

    class Meta:
        model = FailureCountRow

    task = Sequence(lambda n: f"task-{n}")
    code = "deepgram:rate_limited"
    outcome = FailureOutcome.RETRIED.value
    count = 1


class RunAttemptFactory(RowFactory[RunAttemptRow]):
    """A try that a worker has begun."""

    class Meta:
        model = RunAttemptRow

    run_id = LazyFunction(lambda: RunFactory.create().id)
    lease_token = LazyFunction(uuid4)
    organization_id = LazyAttribute(lambda row: session().get_one(RunRow, row.run_id).organization_id)
    stage = Stage.TRANSCRIBE.value
    attempt = 1
    queued_at = LazyFunction(lambda: datetime.now(UTC))
    worker = "worker@test"


class BatchFactory(RowFactory[BatchRow]):
    """Stored conversations of a day that are worked on again."""

    class Meta:
        model = BatchRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    name = Sequence(lambda n: f"batch-{n}")
    created_by = "test"
    since = LazyFunction(lambda: datetime.now(UTC) - timedelta(days=1))
    until = LazyFunction(lambda: datetime.now(UTC))
    planned_runs = 1
    trace_id = LazyFunction(lambda: uuid4().hex)


class ErasureFactory(RowFactory[ErasureRow]):
    """Somebody who was erased."""

    class Meta:
        model = ErasureRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    actor = "test"
    number_hmac = b"\x01"
    plan_sha256 = b"\x02"
    counts = LazyFunction(dict)
    finished_at = LazyFunction(lambda: datetime.now(UTC))


class JobFactory(RowFactory[JobRow]):
    """A job that nobody has taken yet."""

    class Meta:
        model = JobRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    kind = JobKind.CLASSIFY_INTENT.value
    request = LazyFunction(lambda: {"text": "I would like to book a cleaning"})
    request_sha256 = b"\x01"
    actor = "test"
    trace_id = LazyFunction(lambda: uuid4().hex)
    expires_at = LazyFunction(lambda: datetime.now(UTC) + timedelta(days=1))


class PersonFactory(RowFactory[PersonRow]):
    """Somebody with no password that anybody knows; tests of logins make real ones."""

    class Meta:
        model = PersonRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    login = Sequence(lambda n: f"person{n}@example.com")
    password_hash = "none"


class RefreshTokenFactory(RowFactory[RefreshTokenRow]):
    """A token of a session that goes on; tests of logins make real ones."""

    class Meta:
        model = RefreshTokenRow

    organization_id = LazyFunction(lambda: OrganizationFactory.create().id)
    person_id = LazyAttribute(lambda token: PersonFactory.create(organization_id=token.organization_id).id)
    session_id = LazyFunction(uuid4)
    token_sha256 = LazyFunction(lambda: sha256(b"token").digest())
    expires_at = LazyFunction(lambda: datetime.now(UTC) + timedelta(days=7))
