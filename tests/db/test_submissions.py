"""What was sent to a transcriber is written down before it is sent (I8), with what it takes from the day."""

import math
from functools import partial

import pytest

from db import submissions
from db.tables.organizations import OrganizationRow
from domain.errors import LeaseLost
from domain.runs import Claim
from tests.support import chain
from tests.support.factories import RunFactory, TranscriptFactory
from tests.support.stored import row, rows
from tests.support.vendor_state import leases_ran_out

PLENTY = 10_000


@pytest.fixture
def held(organization: OrganizationRow) -> Claim:
    """A recording whose run is leased."""
    stored = chain.store_recording(organization.id)
    assert stored.run_id
    return chain.claim(stored.run_id)


def _submit(claim: Claim, seconds: int = 60) -> int:
    number = submissions.submit(claim, seconds, PLENTY)
    assert number
    return number


def _used() -> int:
    return int(row("SELECT COALESCE(sum(speech_seconds), 0) AS n FROM usage_days")["n"])


def _speech() -> tuple[str, str | None]:
    found = row("SELECT status, status_reason FROM transcripts")
    return found["status"], found["status_reason"]


def test_nothing_was_submitted_yet(held: Claim) -> None:
    assert submissions.standing(held) is None


def test_a_submission_is_numbered_and_timed(held: Claim) -> None:
    assert _submit(held) == 1
    rows("UPDATE run_steps SET submitted_at = submitted_at - interval '5 min' RETURNING run_id")
    standing = submissions.standing(held)
    assert standing
    assert (standing.tries, standing.request_id) == (1, None)
    assert 300 <= standing.age_s < 310


def test_the_vendors_name_of_the_job_is_kept_with_its_submission(held: Claim) -> None:
    submissions.note_accepted(held, _submit(held), "job-1")
    standing = submissions.standing(held)
    assert standing
    assert standing.request_id == "job-1"


def test_a_second_submission_starts_without_the_name_of_the_first(held: Claim) -> None:
    submissions.note_accepted(held, _submit(held), "job-1")
    assert _submit(held) == 2
    submissions.note_accepted(held, 1, "job-1")  # an answer that comes late is not the new job's
    standing = submissions.standing(held)
    assert standing
    assert (standing.tries, standing.request_id) == (2, None)
    assert _used() == 120


def test_the_words_are_under_way(held: Claim) -> None:
    _submit(held)
    assert _speech() == ("processing", None)


def test_a_submission_after_a_failed_one_makes_the_failure_history(held: Claim) -> None:
    _submit(held)
    rows("UPDATE transcripts SET status = 'failed', status_reason = 'no_speech' RETURNING id")
    _submit(held)
    assert _speech() == ("processing", None)


def test_words_that_are_there_are_never_taken_back(held: Claim) -> None:
    rows("UPDATE transcripts SET status = 'completed' RETURNING id")
    _submit(held)
    assert _speech() == ("completed", None)


def test_who_lost_the_lease_submits_nothing(held: Claim) -> None:
    leases_ran_out()
    chain.claim(held.run_id)
    with pytest.raises(LeaseLost):
        _submit(held)
    assert submissions.standing(held) is None
    assert (_used(), _speech()) == (0, ("pending", None))


def test_a_reprocess_run_leaves_the_status_alone() -> None:
    transcript = TranscriptFactory.create(status="pending")
    run = RunFactory.create(organization_id=transcript.organization_id, transcript_id=transcript.id, purpose="reprocess")
    _submit(chain.claim(run.id))
    assert _speech() == ("pending", None)


class TestWithdrawal:
    """What the vendor proved not to have taken has never been."""

    def test_the_only_submission_leaves_nothing_behind(self, held: Claim) -> None:
        submissions.withdraw(held, _submit(held), 60)
        assert submissions.standing(held) is None
        assert _used() == 0
        assert row("SELECT submission, reserved_seconds FROM run_steps") == {"submission": 0, "reserved_seconds": 0}
        assert _submit(held) == 1

    def test_the_one_before_stands_again_and_is_overdue(self, held: Claim) -> None:
        _submit(held)
        submissions.withdraw(held, _submit(held), 60)
        standing = submissions.standing(held)
        assert standing
        assert (standing.tries, standing.age_s) == (1, math.inf)
        assert (_used(), row("SELECT reserved_seconds AS n FROM run_steps")["n"]) == (60, 60)
        assert _submit(held) == 2

    def test_only_the_last_one_can_be_withdrawn_and_only_once(self, held: Claim) -> None:
        _submit(held)
        number = _submit(held)
        submissions.withdraw(held, 1, 60)
        assert _used() == 120
        for _ in range(2):
            submissions.withdraw(held, number, 60)
        assert _used() == 60

    def test_who_lost_the_lease_withdraws_nothing(self, held: Claim) -> None:
        number = _submit(held)
        leases_ran_out()
        chain.claim(held.run_id)
        with pytest.raises(LeaseLost):
            submissions.withdraw(held, number, 60)
        assert _used() == 60

    def test_the_seconds_go_back_to_the_day_that_gave_them(self, held: Claim) -> None:
        number = _submit(held)
        rows("UPDATE run_steps SET submitted_at = submitted_at - interval '1 day' RETURNING run_id")
        rows("UPDATE usage_days SET day = day - 1 RETURNING day")
        other = chain.store_recording(held.organization_id, "RE2")
        assert other.run_id
        _submit(chain.claim(other.run_id), seconds=7)
        submissions.withdraw(held, number, 60)
        days = rows("SELECT speech_seconds FROM usage_days ORDER BY day")
        assert [day["speech_seconds"] for day in days] == [0, 7]


class TestDayLimit:
    """A day's seconds are never given twice."""

    def test_what_does_not_fit_is_not_submitted(self, held: Claim) -> None:
        assert submissions.submit(held, 61, day_limit=60) is None
        assert submissions.standing(held) is None
        assert (_used(), _speech()) == (0, ("pending", None))
        assert submissions.submit(held, 60, day_limit=60) == 1
        assert submissions.submit(held, 1, day_limit=60) is None

    def test_many_at_once_never_take_more_than_there_is(self, organization: OrganizationRow) -> None:
        claims = []
        for number in range(8):
            stored = chain.store_recording(organization.id, f"RE{number}")
            assert stored.run_id
            claims.append(chain.claim(stored.run_id))
        numbers = chain.at_once([partial(submissions.submit, claim, 30, 100) for claim in claims])
        assert sorted(number or 0 for number in numbers) == [0] * 5 + [1] * 3
        assert _used() == 90

    def test_another_organizations_day_is_its_own(self, held: Claim) -> None:
        submissions.submit(held, 60, day_limit=60)
        assert submissions.submit(chain.claim(RunFactory.create().id), 60, day_limit=60) == 1

    def test_yesterday_takes_nothing_from_today(self, held: Claim) -> None:
        submissions.submit(held, 60, day_limit=60)
        rows("UPDATE usage_days SET day = day - 1 RETURNING day")
        assert submissions.submit(held, 60, day_limit=60) == 2
