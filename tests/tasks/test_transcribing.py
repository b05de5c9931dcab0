"""A recording is submitted once (I8), whoever dies and whatever comes late, twice or never."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from db import runs, submissions
from db.plant import vendors
from db.tables.organizations import OrganizationRow
from domain.errors import NoAnswerError, PermanentError, RetryableError
from domain.recordings import JobState, Submitted
from tests.support import chain
from tests.support.recording_house import Killed, RecordingHouse, then, used_today
from tests.support.stored import row, rows
from tests.support.vendor_state import due_now

WAITS, DONE, READY = "waiting for deepgram", "done", "ready again: the payload has come"


@pytest.fixture
def house(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> RecordingHouse:
    """A recorded call that nobody has transcribed."""
    return RecordingHouse(organization, monkeypatch)


def _before(patch: pytest.MonkeyPatch, module: Any, name: str, act: Callable[[], object]) -> None:
    """Something happens just before a function of ours does its work, the first time it is called."""
    real = getattr(module, name)

    def acting(*given: Any, **named: Any) -> Any:
        patch.setattr(module, name, real)
        act()
        return real(*given, **named)

    patch.setattr(module, name, acting)


def _die() -> None:
    raise Killed


class TestInOrder:
    """Submitted, called back, done."""

    def test_a_recording_is_submitted_and_waited_for(self, house: RecordingHouse) -> None:
        assert house.work() == WAITS
        assert house.submissions() == [1]
        [(account, recording, channels)] = house.recordings.fetched
        assert (account[:2], recording, channels) == ("AC", "RE1", None)
        step = house.step()
        assert (step["submission"], step["submission_id"], step["reserved_seconds"]) == (1, "job-1", 60)
        assert 590 < chain.seconds_from_now(chain.run_row(house.run_id), "next_publish_at") <= 600
        assert house.speech() == ("processing", None, "pending")

    def test_its_words_finish_it(self, house: RecordingHouse) -> None:
        house.work()
        house.words(words="hello")
        assert house.work() == DONE
        assert (house.heard(), house.run()[1], len(house.transcriber.sent)) == (["hello"], "classify_speakers", 1)
        assert (house.step()["usage"], used_today()) == ({"speech_seconds": 60}, 60)

    def test_an_impatient_message_submits_nothing(self, house: RecordingHouse) -> None:
        house.work()
        assert house.work() == WAITS
        rows("UPDATE runs SET state = 'ready' RETURNING id")
        assert house.work() == WAITS
        assert house.submissions() == [1]

    def test_many_messages_at_once_submit_once(self, house: RecordingHouse) -> None:
        chain.at_once([house.work] * 4)
        assert house.submissions() == [1]

    def test_a_long_recording_is_waited_for_twice_its_length(self, house: RecordingHouse) -> None:
        rows("UPDATE transcripts SET duration_ms = 3600000 RETURNING id")
        house.work()
        assert 7_190 < chain.seconds_from_now(chain.run_row(house.run_id), "next_publish_at") <= 7_200

    def test_the_submission_is_committed_before_the_vendor_is_asked(self, house: RecordingHouse) -> None:
        seen: list[int] = []
        house.transcriber.acts = [then(lambda: seen.append(house.step()["submission"]))]
        house.work()
        assert seen == [1]


class TestRaces:
    """The callback is faster than we are."""

    def test_words_that_come_before_the_submit_returns(self, house: RecordingHouse) -> None:
        house.transcriber.acts = [then(house.words)]
        assert house.work() == READY
        assert house.work() == DONE
        assert (house.submissions(), house.heard()) == ([1], ["words of 1"])

    @pytest.mark.parametrize(("module", "name"), [(submissions, "note_accepted"), (runs, "wait")], ids=["accepted", "wait"])
    def test_words_that_come_between_the_return_and_the_commit(
        self, house: RecordingHouse, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
    ) -> None:
        _before(monkeypatch, module, name, house.words)
        assert house.work() == READY
        assert house.work() == DONE
        assert house.submissions() == [1]

    def test_a_failure_that_comes_before_the_submit_returns(self, house: RecordingHouse) -> None:
        house.transcriber.acts = [then(house.failure)]
        assert house.work() == "dead: transcription:failed"
        assert house.speech() == ("failed", "no_speech", "pending")

    def test_words_that_come_although_the_submit_got_no_answer(self, house: RecordingHouse) -> None:
        def accept_and_hang() -> None:
            house.words()
            raise NoAnswerError("timeout")

        house.transcriber.acts = [then(accept_and_hang)]
        assert house.work() == READY
        assert house.work() == DONE
        assert house.submissions() == [1]

    def test_words_at_the_moment_of_the_second_submission(self, house: RecordingHouse) -> None:
        house.work()
        house.overdue()
        house.transcriber.acts = [then(partial(house.words, 1), Submitted("job-2"))]
        assert house.work() == READY
        assert house.work() == DONE
        house.words(2)
        assert (house.submissions(), house.heard()) == ([1, 2], ["words of 1"])


class TestDeadWorkers:
    """The process dies somewhere in between."""

    def test_between_the_commit_and_the_call(self, house: RecordingHouse, monkeypatch: pytest.MonkeyPatch) -> None:
        # nobody can know that the vendor was not asked: it is waited for, then submitted anew
        house.recordings.vendor = None
        _before(monkeypatch, vendors, "take", _die)
        house.killed()
        assert house.work() == WAITS
        assert house.submissions() == []
        house.overdue()
        assert house.work() == WAITS
        assert (house.submissions(), house.transcriber.looked_up) == ([2], [])

    @pytest.mark.parametrize(
        ("module", "name"), [(submissions, "note_accepted"), (runs, "wait"), (vendors, "leave_well")], ids=["accepted", "wait", "place"]
    )
    def test_between_the_return_and_the_commit(
        self, house: RecordingHouse, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
    ) -> None:
        house.recordings.vendor = None
        _before(monkeypatch, module, name, _die)
        house.killed()
        assert house.work() == WAITS
        house.words()
        assert house.work() == DONE
        assert house.submissions() == [1]

    def test_words_that_came_while_nobody_worked_are_read(self, house: RecordingHouse, monkeypatch: pytest.MonkeyPatch) -> None:
        _before(monkeypatch, submissions, "note_accepted", _die)
        house.killed()
        house.words()
        assert house.work() == DONE
        assert house.submissions() == [1]

    def test_a_failure_that_came_while_nobody_worked_ends_the_run(self, house: RecordingHouse, monkeypatch: pytest.MonkeyPatch) -> None:
        _before(monkeypatch, submissions, "note_accepted", _die)
        house.killed()
        house.failure()
        assert house.work() == "dead: transcription:failed"

    def test_the_vendor_takes_it_and_then_the_worker_dies(self, house: RecordingHouse) -> None:
        house.transcriber.acts = [then(_die)]
        house.killed()
        assert house.work() == WAITS
        assert house.submissions() == [1]


class TestOverdue:
    """The callback does not come."""

    def test_it_is_asked_for_submitted_once_more_and_then_given_up(self, house: RecordingHouse) -> None:
        house.work()
        house.overdue()
        assert house.work() == WAITS
        assert (house.submissions(), house.transcriber.looked_up, used_today()) == ([1, 2], ["job-1"], 120)
        house.overdue()
        assert house.work() == "dead: deepgram:callback_overdue"
        assert house.submissions() == [1, 2]
        assert house.speech() == ("failed", "deepgram:callback_overdue", "pending")

    def test_a_job_that_is_known_to_have_failed_is_not_submitted_again(self, house: RecordingHouse) -> None:
        house.work()
        house.overdue()
        house.transcriber.state = JobState.FAILED
        assert house.work() == "dead: deepgram:job_failed"
        assert house.submissions() == [1]

    @pytest.mark.parametrize("state", [JobState.DONE, JobState.UNKNOWN, PermanentError("deepgram:no_project")])
    def test_a_job_of_which_nobody_knows_more_is_submitted_again(self, house: RecordingHouse, state: JobState | Exception) -> None:
        house.work()
        house.overdue()
        house.transcriber.state = state
        assert house.work() == WAITS
        assert house.submissions() == [1, 2]

    def test_a_look_up_that_stays_down_costs_no_words(self, house: RecordingHouse, configured: Callable[..., None]) -> None:
        configured(WORKER_MAX_RETRIES=2)
        house.work()
        house.overdue()
        house.transcriber.state = RetryableError("deepgram:500")
        for attempt in (2, 3):
            assert house.work().startswith(f"retry {attempt} in")
            due_now()
        assert house.work() == WAITS
        assert (house.submissions(), len(house.transcriber.looked_up)) == ([1, 2], 3)

    @pytest.mark.parametrize("end", ["callback_overdue", "job_failed"])
    def test_words_that_come_after_the_end_revive_it(self, house: RecordingHouse, end: str) -> None:
        house.work()
        house.overdue()
        if end == "job_failed":
            house.transcriber.state = JobState.FAILED
        else:
            house.work()
            house.overdue()
        assert house.work() == f"dead: deepgram:{end}"
        house.words()
        assert (house.work(), house.heard()) == (DONE, ["words of 1"])
        assert house.speech() == ("completed", None, "pending")


class TestTwoSubmissions:
    """The first job is heard of when the second is waited for."""

    @pytest.fixture
    def twice(self, house: RecordingHouse) -> RecordingHouse:
        """Submitted twice."""
        house.work()
        house.overdue()
        assert house.work() == WAITS
        return house

    def test_a_late_failure_of_the_first_is_history(self, twice: RecordingHouse) -> None:
        twice.failure(1)
        assert (twice.run()[0], twice.speech()) == ("waiting", ("processing", None, "pending"))
        twice.words(2)
        assert (twice.work(), twice.heard()) == (DONE, ["words of 2"])

    def test_a_failure_of_the_second_ends_the_run(self, twice: RecordingHouse) -> None:
        twice.failure(2)
        assert (twice.run(), twice.speech()[0]) == (("dead", "transcribe", "transcription:failed"), "failed")

    @pytest.mark.parametrize("first", [1, 2])
    def test_words_of_either_finish_it_and_the_others_are_recorded_and_ignored(self, twice: RecordingHouse, first: int) -> None:
        twice.words(first)
        assert twice.work() == DONE
        late = twice.words(3 - first)
        assert late
        assert (late.fresh, late.run_id) == (True, None)
        assert twice.work() == "already done"
        assert twice.heard() == [f"words of {first}"]
        assert row("SELECT count(*) AS n FROM webhook_events WHERE kind = 'callback'") == {"n": 2}
