"""What a refused submission leaves behind, what may be spent on a recording, and the ways to its words that cost nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from db.results import record_transcription
from db.tables.organizations import OrganizationRow
from domain.errors import NoAnswerError, NotYetError, PermanentError, RetryableError, VendorPausedError
from domain.recordings import Document, Submitted
from domain.vendors import Vendor
from tests.support import chain
from tests.support.factories import RunFactory
from tests.support.fake_vendors import raising
from tests.support.recording_house import Killed, RecordingHouse, document, used_today
from tests.support.stored import count, row, rows
from tests.support.vendor_state import due_now, opened

WAITS, DONE = "waiting for deepgram", "done"


@pytest.fixture
def house(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> RecordingHouse:
    """A recorded call that nobody has transcribed."""
    return RecordingHouse(organization, monkeypatch)


class TestRefusals:
    """The vendor proved not to have taken it."""

    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (PermanentError("deepgram:bad_audio"), "dead: deepgram:bad_audio"),
            (VendorPausedError("deepgram:rate_limited", 30), "paused for 30 s: deepgram:rate_limited"),
            (RetryableError("deepgram:503", 8), "retry 2 in 8 s: deepgram:503"),
        ],
        ids=["refused", "429", "5xx"],
    )
    def test_a_refused_submission_has_never_been_and_costs_nothing(self, house: RecordingHouse, error: Exception, outcome: str) -> None:
        house.transcriber.acts = [raising(error)]
        assert house.work() == outcome
        step = house.step()
        assert (step["submission"], step["reserved_seconds"], used_today()) == (0, 0, 0)

    def test_after_a_pause_it_is_submitted_as_the_first(self, house: RecordingHouse) -> None:
        house.transcriber.acts = [raising(VendorPausedError("deepgram:rate_limited", 30, for_everybody=False))]
        house.work()
        due_now()
        assert house.work() == WAITS
        assert (house.submissions(), chain.run_row(house.run_id)["attempts"], used_today()) == ([1, 1], 0, 60)

    def test_while_the_vendor_is_down_nothing_is_submitted(self, house: RecordingHouse) -> None:
        opened(Vendor.DEEPGRAM, seconds=60, code="deepgram:503")
        assert house.work() == "paused for 60 s: deepgram:503"
        assert (house.transcriber.sent, used_today(), count("vendor_places")) == ([], 0, 0)
        assert house.recordings.fetched == [], "and nothing is fetched for it"

    def test_a_second_submission_that_is_refused_leaves_the_first_to_be_heard(self, house: RecordingHouse) -> None:
        house.work()
        house.overdue()
        house.transcriber.acts = [raising(RetryableError("deepgram:503", 8))]
        assert house.work() == "retry 2 in 8 s: deepgram:503"
        house.words(1)
        assert (house.work(), house.submissions(), used_today()) == (DONE, [1, 2], 60)

    def test_without_an_answer_it_is_waited_for(self, house: RecordingHouse) -> None:
        house.transcriber.acts = [raising(NoAnswerError("timeout"))]
        assert house.work() == WAITS
        assert (used_today(), house.step()["submission"]) == (60, 1)
        house.overdue()
        assert house.work() == WAITS
        assert (house.submissions(), house.transcriber.looked_up) == ([1, 2], [])

    def test_a_bug_of_ours_is_waited_for_too(self, house: RecordingHouse) -> None:
        house.transcriber.acts = [raising(KeyError("canary"))]
        assert house.work().endswith("unexpected:KeyError")
        due_now()
        assert house.work() == WAITS
        assert house.submissions() == [1]


class TestCaps:
    """Nothing is sent that costs more than was allowed."""

    def _announced(self, seconds: float | None) -> None:
        rows("UPDATE transcripts SET duration_ms = %s RETURNING id", None if seconds is None else int(seconds * 1_000))

    def test_a_recording_that_is_announced_as_too_long_is_not_even_fetched(self, house: RecordingHouse) -> None:
        self._announced(10 * 3_600)
        assert house.work() == "dead: spend:recording_too_long"
        assert (house.recordings.fetched, house.transcriber.sent, used_today()) == ([], [], 0)
        assert house.speech() == ("failed", "spend:recording_too_long", "pending")

    @pytest.mark.parametrize("announced", [None, 60])
    def test_a_recording_whose_header_says_too_long_is_not_sent(self, house: RecordingHouse, announced: float | None) -> None:
        self._announced(announced)
        house.recordings.recording = replace(house.recordings.recording, seconds=10 * 3_600.0)
        assert house.work() == "dead: spend:recording_too_long"
        assert (house.transcriber.sent, used_today()) == ([], 0)

    @pytest.mark.parametrize("seconds", [59.1, 60.0])
    def test_a_recording_at_the_limit_is_sent(self, house: RecordingHouse, configured: Callable[..., None], seconds: float) -> None:
        configured(SPEND_RECORDING_MAX_SECONDS=60)
        self._announced(None)
        house.recordings.recording = replace(house.recordings.recording, seconds=seconds)
        assert (house.work(), used_today()) == (WAITS, 60)

    def test_every_channel_is_charged_for(self, house: RecordingHouse) -> None:
        rows("UPDATE transcripts SET channels = 2 RETURNING id")
        house.recordings.recording = replace(house.recordings.recording, channels=2)
        house.work()
        assert (used_today(), house.recordings.fetched[0][2]) == (120, 2)

    @pytest.mark.parametrize(
        ("announced", "audio", "reserved"),
        [(4.2, b"x" * 50_000, 5), (None, b"x" * 50_000, 50), (None, b"", 0)],
        ids=["told", "bytes", "empty"],
    )
    def test_without_a_length_in_its_header_a_recording_is_reckoned_by_what_else_is_known(
        self, house: RecordingHouse, announced: float | None, audio: bytes, reserved: int
    ) -> None:
        self._announced(announced)
        house.recordings.recording = replace(house.recordings.recording, audio=audio, seconds=None, channels=None)
        house.work()
        assert used_today() == reserved

    def test_a_day_that_is_used_up_is_waited_for_without_an_attempt(self, house: RecordingHouse, configured: Callable[..., None]) -> None:
        configured(SPEND_DAY_SPEECH_SECONDS=100)
        rows(
            "INSERT INTO usage_days (organization_id, day, speech_seconds)"
            " VALUES (%s, (clock_timestamp() AT TIME ZONE 'UTC')::date, 41) RETURNING day",
            str(house.organization_id),
        )
        assert house.work().endswith("s: spend:day_speech_seconds")
        assert (house.transcriber.sent, used_today(), house.step()["submission"]) == ([], 41, 0)
        found = chain.run_row(house.run_id)
        left = row("SELECT CAST(EXTRACT(EPOCH FROM date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') + interval '1 day'"
                   " - clock_timestamp() AT TIME ZONE 'UTC') AS float) AS s")["s"]  # fmt: skip
        assert abs(chain.seconds_from_now(found, "not_before") - left) < 5
        assert (found["state"], found["attempts"]) == ("ready", 0)
        rows("UPDATE usage_days SET day = day - 1 RETURNING day")
        due_now()
        assert house.work() == WAITS

    def test_what_no_day_has_room_for_is_refused(self, house: RecordingHouse, configured: Callable[..., None]) -> None:
        configured(SPEND_DAY_SPEECH_SECONDS=59)
        assert house.work() == "dead: spend:longer_than_a_day_allows"
        assert house.transcriber.sent == []


class TestInline:
    """The words come in the answer itself."""

    @pytest.fixture(autouse=True)
    def _inline(self, house: RecordingHouse, configured: Callable[..., None]) -> None:
        configured(DEEPGRAM_CALLBACK="false", WORKER_TIMEOUT_SECONDS=10)
        house.transcriber.acts = [lambda: Document(document("inline"), "job-1")]

    def test_the_document_is_stored_like_a_callback(self, house: RecordingHouse) -> None:
        assert house.work() == DONE
        assert (house.heard(), house.transcriber.sent[0][1]) == (["inline"], None)
        assert row("SELECT kind, subject, provider FROM webhook_events WHERE kind = 'answer'")["subject"] == "job-1"
        assert (house.step()["usage"], house.speech()) == ({"speech_seconds": 60}, ("completed", None, "pending"))

    def test_a_document_that_was_stored_is_never_paid_again(self, house: RecordingHouse, monkeypatch: pytest.MonkeyPatch) -> None:
        def die(*_: Any) -> None:
            monkeypatch.setattr("tasks.step.record_transcription", record_transcription)
            raise Killed

        monkeypatch.setattr("tasks.step.record_transcription", die)
        house.killed()
        assert house.work() == DONE
        assert (len(house.transcriber.sent), house.heard(), house.step()["usage"]) == (1, ["inline"], {"speech_seconds": 60})

    def test_without_an_answer_it_is_asked_again_only_when_none_can_come(self, house: RecordingHouse) -> None:
        house.transcriber.acts.insert(0, raising(NoAnswerError("timeout")))
        assert house.work() == WAITS
        assert 39 < chain.seconds_from_now(chain.run_row(house.run_id), "next_publish_at") <= 40
        house.overdue()
        assert (house.work(), len(house.transcriber.sent), used_today()) == (DONE, 2, 120)

    def test_twice_without_an_answer_is_the_end(self, house: RecordingHouse) -> None:
        house.transcriber.acts = [raising(NoAnswerError("timeout")) for _ in range(2)]
        for _ in range(2):
            assert house.work() == WAITS
            house.overdue()
        assert house.work() == "dead: deepgram:never_answered"

    def test_words_that_a_slower_worker_stored_are_not_waited_for(self, house: RecordingHouse) -> None:
        def store_and_lose_the_answer() -> None:
            rows("UPDATE webhook_events SET kind = 'answer', transcript_id = %s RETURNING id", str(house.transcript_id))
            raise NoAnswerError("timeout")

        house.transcriber.acts = [store_and_lose_the_answer]  # type: ignore[list-item]  # it never answers
        assert house.work() == "ready again: the payload has come"


class TestWithoutPay:
    """Ways to words that no vendor is paid for."""

    def test_a_reprocess_run_reads_what_is_stored(self, house: RecordingHouse) -> None:
        house.work()
        house.words()
        house.work()
        again = RunFactory.create(organization_id=house.organization_id, transcript_id=house.transcript_id, purpose="reprocess")
        assert house.work(again.id) == DONE
        assert (len(house.transcriber.sent), used_today()) == (1, 60)
        assert row("SELECT usage FROM run_steps WHERE run_id = %s", str(again.id)) == {"usage": {}}

    def test_a_reprocess_run_never_submits(self, house: RecordingHouse) -> None:
        again = RunFactory.create(organization_id=house.organization_id, transcript_id=house.transcript_id, purpose="reprocess")
        assert house.work(again.id) == "dead: no_words_stored"
        assert (house.transcriber.sent, house.recordings.fetched) == ([], [])
        assert house.speech() == ("pending", None, "pending")

    def test_a_transcriber_in_our_own_process_submits_nothing(self, house: RecordingHouse, configured: Callable[..., None]) -> None:
        configured(SPEND_DAY_SPEECH_SECONDS=1)
        house.transcriber.vendor, house.transcriber.name = None, "whisper"
        house.transcriber.acts = [lambda: replace(chain.transcription("heard at home"), provider="whisper", usage={"speech_seconds": 60})]
        assert house.work() == DONE
        assert (house.heard(), house.transcriber.sent[0][1], used_today()) == (["heard at home"], None, 0)
        assert (house.step()["submission"], house.step()["usage"], house.step()["provider"]) == (0, {}, "whisper")

    def test_a_transcriber_in_our_own_process_cannot_call_back(self, house: RecordingHouse) -> None:
        house.transcriber.vendor = None
        house.transcriber.acts = [lambda: Submitted("job-1")]
        assert house.work() == "dead: transcriber:called_back_unasked"


class TestRecordings:
    """The recording itself is not to be had."""

    def test_nobody_knows_whose_account_it_is(self, house: RecordingHouse) -> None:
        rows("UPDATE organizations SET twilio_account_sid = NULL RETURNING id")
        assert house.work() == "dead: no_twilio_account"
        assert (house.recordings.fetched, house.step()["submission"]) == ([], 0)

    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (NotYetError("twilio:not_there_yet", 5), "retry 2 in 5 s: twilio:not_there_yet"),
            (NoAnswerError("timeout"), "retry 2 in 1 s: twilio:timeout"),
            (VendorPausedError("twilio:rate_limited", 9), "paused for 9 s: twilio:rate_limited"),
            (PermanentError("twilio:recording_too_large"), "dead: twilio:recording_too_large"),
        ],
    )
    def test_what_cannot_be_fetched_was_not_submitted(
        self, house: RecordingHouse, monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: str
    ) -> None:
        def fetch(*_: object) -> None:
            raise error

        monkeypatch.setattr(house.recordings, "fetch", fetch)
        monkeypatch.setattr("random.random", lambda: 1.0)
        assert house.work() == outcome
        assert (house.step()["submission"], used_today(), house.transcriber.sent) == (0, 0, [])
