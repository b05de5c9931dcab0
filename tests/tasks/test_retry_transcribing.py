"""A retry gives a recording new tries at its transcriber; late callbacks still count, what is stored is not paid again (I8)."""

from collections.abc import Iterator

import pytest

from db import retries
from db.bodies import pack
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.errors import RefusedError
from domain.recordings import JobState
from tests.support import chain
from tests.support.invariants import assert_they_hold
from tests.support.recording_house import RecordingHouse, document, used_today
from tests.support.stored import rows

WAITS, DONE = "waiting for deepgram", "done"


@pytest.fixture
def house(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingHouse]:
    """A recorded call that nobody has transcribed; in the end the house keeps its promises."""
    yield RecordingHouse(organization, monkeypatch)
    assert_they_hold()


def _retry(house: RecordingHouse, begin_at: Stage | None = None) -> Stage:
    return retries.reopen(house.organization_id, house.run_id, begin_at, by="ada")


def _overdue_twice(house: RecordingHouse) -> None:
    """Submitted twice, and nobody ever called back."""
    for _ in range(2):
        assert house.work() == WAITS
        house.overdue()
    assert house.work() == "dead: deepgram:callback_overdue"
    assert house.submissions() == [1, 2]


class TestNobodyCalledBack:
    """The callback address was wrong; somebody has mended it."""

    @pytest.fixture
    def retried(self, house: RecordingHouse) -> RecordingHouse:
        """Submitted twice in vain, and retried."""
        _overdue_twice(house)
        _retry(house)
        return house

    def test_it_is_submitted_anew_under_a_number_of_its_own(self, retried: RecordingHouse) -> None:
        assert retried.work() == WAITS
        assert retried.submissions() == [1, 2, 3]
        assert retried.speech() == ("processing", None, "pending")
        retried.words(3)
        assert (retried.work(), retried.heard()) == (DONE, ["words of 3"])

    def test_it_has_as_many_tries_as_at_first(self, retried: RecordingHouse) -> None:
        for _ in range(2):
            assert retried.work() == WAITS
            retried.overdue()
        assert retried.work() == "dead: deepgram:callback_overdue"
        assert retried.submissions() == [1, 2, 3, 4]
        _retry(retried)
        assert retried.work() == WAITS
        assert retried.submissions()[-1] == 5

    def test_the_first_new_try_is_waited_for_as_long_as_the_first_of_all(self, retried: RecordingHouse) -> None:
        retried.work()
        assert 590 < chain.seconds_from_now(chain.run_row(retried.run_id), "next_publish_at") <= 600

    def test_each_submission_is_paid_from_its_day(self, retried: RecordingHouse) -> None:
        retried.work()
        assert (used_today(), retried.step()["reserved_seconds"]) == (180, 180)

    @pytest.mark.parametrize("worked", [False, True])
    @pytest.mark.parametrize("submission", [1, 2])
    def test_words_of_an_earlier_submission_still_do(self, house: RecordingHouse, submission: int, worked: object) -> None:
        _overdue_twice(house)
        _retry(house)
        if worked:
            house.work()
        house.words(submission)
        assert (house.work(), house.heard()) == (DONE, [f"words of {submission}"])
        assert len(house.submissions()) == (3 if worked else 2)

    @pytest.mark.parametrize("submission", [1, 2])
    def test_a_failure_of_an_earlier_submission_is_history(self, retried: RecordingHouse, submission: int) -> None:
        retried.work()
        retried.failure(submission)
        assert (retried.run()[0], retried.speech()[0]) == ("waiting", "processing")
        retried.failure(3)
        assert retried.run() == ("dead", "transcribe", "transcription:failed")

    def test_a_failure_that_comes_before_the_new_submission_does_not_keep_it_away(self, retried: RecordingHouse) -> None:
        retried.failure(2)
        assert retried.work() == WAITS
        assert retried.speech() == ("processing", None, "pending")
        retried.words(3)
        assert retried.work() == DONE


class TestWordsWhileItWasDead:
    """What is stored is not paid again."""

    def test_words_that_came_with_an_unreadable_body_are_read_again_for_nothing(self, house: RecordingHouse) -> None:
        house.work()
        rows("UPDATE runs SET attempts = 5, state = 'ready' RETURNING id")
        chain.store_callback(house.organization_id, house.transcript_id, body=b'{"results": 7}')
        outcome = house.work()
        assert outcome.startswith("dead: "), outcome
        assert house.speech()[::2] == ("completed", "failed")
        rows("UPDATE webhook_events SET body = %s WHERE kind = 'callback' RETURNING id", pack(document("hello")).data)
        _retry(house)
        assert house.speech()[::2] == ("completed", "pending")
        assert (house.work(), house.heard(), house.submissions()) == (DONE, ["hello"], [1])
        assert house.step()["written_off"] == 0


class TestYoungSubmission:
    """The run died of something else while the vendor was at work."""

    def test_it_is_waited_for_and_not_paid_twice(self, house: RecordingHouse) -> None:
        house.work()
        rows("UPDATE runs SET state = 'dead', last_error = 'worker_lost', finished_at = clock_timestamp() RETURNING id")
        _retry(house)
        assert house.work() == WAITS
        assert house.submissions() == [1]
        house.words(1)
        assert house.work() == DONE

    def test_when_it_is_overdue_it_is_submitted_as_often_as_at_first(self, house: RecordingHouse) -> None:
        house.work()
        rows("UPDATE runs SET state = 'dead', last_error = 'worker_lost', finished_at = clock_timestamp() RETURNING id")
        _retry(house)
        for _ in range(3):
            house.work()
            house.overdue()
        assert house.work() == "dead: deepgram:callback_overdue"
        assert house.submissions() == [1, 2, 3]


class TestVerdict:
    """The vendor said that there are no words."""

    def test_it_is_asked_anew_only_if_a_person_says_so(self, house: RecordingHouse) -> None:
        house.work()
        house.failure(1)
        assert house.run() == ("dead", "transcribe", "transcription:failed")
        with pytest.raises(RefusedError):
            _retry(house)
        _retry(house, Stage.TRANSCRIBE)
        assert house.speech() == ("pending", None, "pending")
        assert house.work() == WAITS
        assert house.submissions() == [1, 2], "at once: the first job is not waited for"
        house.words(2)
        assert house.work() == DONE

    def test_a_job_that_the_vendor_calls_failed_is_not_asked_for_again(self, house: RecordingHouse) -> None:
        house.work()
        house.overdue()
        house.transcriber.state = JobState.FAILED
        assert house.work() == "dead: deepgram:job_failed"
        _retry(house, Stage.TRANSCRIBE)
        house.transcriber.looked_up.clear()
        assert house.work() == WAITS
        assert (house.submissions(), house.transcriber.looked_up) == ([1, 2], [])

    def test_the_failure_delivered_once_more_changes_nothing(self, house: RecordingHouse) -> None:
        house.work()
        house.failure(1)
        _retry(house, Stage.TRANSCRIBE)
        house.work()
        house.failure(1)
        assert (house.run()[0], house.speech()[0]) == ("waiting", "processing")
