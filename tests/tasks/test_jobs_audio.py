"""Jobs about audio: a piece that came along, or a recording that Twilio keeps. It is paid once, and kept no longer than it is needed."""

import math
from collections.abc import Callable
from uuid import UUID, uuid4

import orjson
import pytest
from kombu.connection import Connection

from db import jobs as asked_for
from db.tables.organizations import OrganizationRow
from domain.errors import (
    NoAnswerError,
    PermanentError,
    RetryableError,
    StepError,
    TooMuchAudioError,
    VendorPausedError,
    VendorUnavailableError,
)
from domain.jobs import JobKind, JobState, Order
from domain.recordings import Document, Recording
from providers import registry
from tasks import sweeper
from tests.support.acting import stored, work
from tests.support.factories import OrganizationFactory
from tests.support.fake_vendors import FakeRecordings, FakeTranscriber, raising
from tests.support.plant_factories import JobFactory
from tests.support.stored import row, rows


@pytest.fixture
def transcriber(monkeypatch: pytest.MonkeyPatch) -> FakeTranscriber:
    """Somebody who hears."""
    fake = FakeTranscriber()
    monkeypatch.setattr(registry, "transcriber", lambda: fake)
    return fake


def _document() -> object:
    words = [{"word": "hello", "punctuated_word": "Hello.", "start": 0.1, "end": 0.4, "confidence": 0.8}]
    return {
        "metadata": {"request_id": "r1", "duration": 2.0, "channels": 1},
        "results": {"channels": [{"alternatives": [{"words": words}]}]},
    }


def _hears(transcriber: FakeTranscriber) -> None:
    transcriber.acts.append(lambda: Document(orjson.dumps(_document()), "r1"))


def _entered(organization: OrganizationRow, audio: bytes | None, **asked: object) -> str:
    order = Order(JobKind.TRANSCRIBE, asked, b"sha", "test", uuid4().hex, audio)
    return str(asked_for.enter(organization.id, order)[0].id)


def test_audio_is_heard_at_once_and_its_seconds_are_counted(organization: OrganizationRow, transcriber: FakeTranscriber) -> None:
    _hears(transcriber)
    job = _entered(organization, b"x" * 1_500, content_type="audio/wav")
    assert work(job) == "done"
    told = stored(job)["result"]
    assert (told["text"], told["confidence"], told["engine"]) == ("Hello.", 0.8, "deepgram")
    assert told["words"] == [{"word": "Hello.", "start_ms": 100, "end_ms": 400, "confidence": 0.8, "channel": 0}]
    assert transcriber.sent[0][1] is None, "nobody is called back"
    assert row("SELECT speech_seconds FROM usage_days") == {"speech_seconds": math.ceil(1.5)}


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (VendorPausedError("deepgram:rate_limited", 1.0), 0),
        (VendorUnavailableError("deepgram:no_place", 1.0), 0),
        (RetryableError("deepgram:http_503"), 0),
        (PermanentError("deepgram:bad_request"), 0),
        (NoAnswerError("deepgram:timeout"), 2),
    ],
)
def test_a_try_that_was_not_paid_takes_no_seconds_of_the_day(
    organization: OrganizationRow, transcriber: FakeTranscriber, error: StepError, kept: int
) -> None:
    transcriber.acts.append(raising(error))
    work(_entered(organization, b"x" * 1_500, content_type="audio/wav"))
    assert row("SELECT speech_seconds FROM usage_days") == {"speech_seconds": kept}


def test_audio_goes_with_the_end_of_its_job(organization: OrganizationRow, transcriber: FakeTranscriber, broker: Connection) -> None:
    entered = [_entered(organization, b"x" * 1_500, content_type="audio/wav") for _ in range(4)]
    heard, refused, given_up, lost = entered
    _hears(transcriber)
    assert work(heard) == "done"
    transcriber.acts = [raising(PermanentError("deepgram:bad_request"))]
    assert work(refused).startswith("failed")
    transcriber.acts = [raising(VendorPausedError("deepgram:rate_limited", 60.0, for_everybody=False))]
    assert work(given_up).startswith("paused")
    assert stored(given_up)["audio"] is not None, "it will be heard"
    assert asked_for.give_up(organization.id, UUID(given_up))
    rows("UPDATE jobs SET attempts = 99, next_publish_at = clock_timestamp() WHERE id = %s RETURNING id", lost)
    sweeper.sweep_once(broker, "worker@test", ["speech"])
    states = {JobState(stored(job)["state"]) for job in entered}
    assert states == {JobState.SUCCEEDED, JobState.FAILED}
    assert [stored(job)["audio"] for job in entered] == [None] * 4


def test_only_so_much_audio_of_an_organization_waits(
    organization: OrganizationRow, transcriber: FakeTranscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked_for, "AUDIO_AT_MOST", 2_000)
    first = _entered(organization, b"x" * 1_500, content_type="audio/wav")
    JobFactory.create(organization_id=organization.id)
    with pytest.raises(TooMuchAudioError):
        _entered(organization, b"x" * 501, content_type="audio/wav")
    _entered(organization, None, recording_sid="RE1")
    _entered(OrganizationFactory.create(), b"x" * 1_500, content_type="audio/wav")
    _hears(transcriber)
    assert work(first) == "done"
    _entered(organization, b"x" * 2_000, content_type="audio/wav")


def test_a_recording_is_fetched_from_the_organizations_own_account(
    organization: OrganizationRow, transcriber: FakeTranscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings = FakeRecordings(Recording(b"RIFF", "audio/wav", 3.0, 1))
    monkeypatch.setattr(registry, "recordings", lambda: recordings)
    _hears(transcriber)
    assert work(_entered(organization, None, recording_sid="RE1")) == "done"
    assert recordings.fetched == [(organization.twilio_account_sid, "RE1", None)]


def test_what_is_too_long_is_not_heard(
    organization: OrganizationRow, transcriber: FakeTranscriber, configured: Callable[..., None]
) -> None:
    configured(SPEND_DAY_SPEECH_SECONDS=1)
    assert work(_entered(organization, b"x" * 9_000, content_type="audio/wav")) == "failed: spend:longer_than_a_day_allows"
    assert transcriber.sent == []


def test_without_a_transcriber_it_waits_for_one(organization: OrganizationRow) -> None:
    assert work(_entered(organization, b"x", content_type="audio/wav")) == "paused for 60 s: no_transcriber"
