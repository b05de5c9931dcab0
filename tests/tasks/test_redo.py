"""A degraded run is done again, once, when the vendor that it lacked is back; what was said to somebody is not said otherwise."""

from collections.abc import Callable
from uuid import UUID

import pytest

from db.engine import SWEEP, engine
from db.plant import redo
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.errors import RetryableError, VendorPausedError
from tests.support import chain
from tests.support.factories import RunFactory
from tests.support.fake_vendors import MODEL_REPLY
from tests.support.model_house import ModelHouse as House
from tests.support.stored import row, rows
from tests.support.vendor_state import due_now, health, pause_over

CLASSIFY = Stage.CLASSIFY_SPEAKERS
QUOTA = VendorPausedError("openai:insufficient_quota", 300)


@pytest.fixture
def house(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch, configured: Callable[..., None]) -> House:
    """An SMS was understood and answered by the offline engines, as the quota was used up; the reply was sent."""
    configured(REPLY_WHEN_DOWN="degrade")
    house = House(organization, monkeypatch)
    _degraded(house)
    assert house.shown() == (house.run_id, "local", "local")
    return house


def _degraded(house: House, run_id: UUID | None = None) -> None:
    house.model.fails = QUOTA
    pause_over()
    house.work_off(run_id)
    assert house.marks(run_id) == (True, "openai", "local")
    house.model.asked.clear()


def _well(house: House) -> None:
    """The vendor is back, and somebody has noticed."""
    house.model.fails = None
    rows("UPDATE vendor_health SET failures = 0, code = NULL, open_until = NULL RETURNING vendor")


def test_it_is_done_again_and_takes_the_place_of_the_degraded_one(house: House) -> None:
    _well(house)
    [successor] = house.sweep()
    assert house.shown()[0] == house.run_id, "what there is counts until there is better"
    house.work_off(successor)
    assert house.shown() == (successor, "openai", "local")
    assert house.marks(successor) == (False, None, "openai")
    assert row("SELECT processing_status FROM transcripts") == {"processing_status": "completed"}


def test_it_is_done_again_once(house: House) -> None:
    _well(house)
    [successor] = house.sweep()
    assert house.sweep() == [successor]
    house.work_off(successor)
    assert house.sweep() == []
    assert row("SELECT count(*) AS n FROM runs") == {"n": 2}


def test_the_reply_that_was_sent_is_kept_and_no_other_one_sent(house: House) -> None:
    sent = row("SELECT body, state, provider_ref FROM effects")
    _well(house)
    [successor] = house.sweep()
    house.work_off(successor)
    assert row("SELECT body, state, provider_ref FROM effects") == sent
    assert sent["state"] == "sent"
    assert row("SELECT text FROM replies WHERE run_id = %s", str(successor))["text"] == sent["body"] != MODEL_REPLY
    assert house.model.asked == ["classify"]
    assert row("SELECT usage FROM run_steps WHERE stage = 'generate_reply' AND run_id = %s", str(successor)) == {"usage": {}}


def test_a_reply_that_nobody_was_sent_is_written_anew(house: House) -> None:
    rows("DELETE FROM effects RETURNING id")
    _well(house)
    [successor] = house.sweep()
    house.work_off(successor)
    assert house.shown() == (successor, "openai", "openai")


def test_it_is_rung_for_in_the_same_pass(house: House) -> None:
    _well(house)
    [successor] = house.sweep()
    assert 8 < chain.seconds_from_now(house.run(successor), "next_publish_at") <= 10


def test_many_sweepers_at_once_open_one_successor(house: House) -> None:
    _well(house)

    def swept() -> int:
        with engine(SWEEP).connect() as connection:
            return len(redo.reopen_degraded(connection))

    assert sorted(chain.at_once([swept] * 4)) == [0, 0, 0, 1]


class TestNotAgain:
    """What must not be done again."""

    def test_while_the_vendor_is_away(self, house: House) -> None:
        assert health()["open_s"]
        assert house.sweep() == []
        assert house.marks()[1] == "openai"

    def test_while_its_run_is_not_done(self, house: House) -> None:
        rows("UPDATE runs SET state = 'dead' RETURNING id")
        _well(house)
        assert house.sweep() == []

    def test_after_a_person_promoted_another_one(self, house: House) -> None:
        other = RunFactory.create(
            organization_id=house.organization_id, transcript_id=house.transcript_id, purpose="reprocess", state="done"
        )
        rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(other.id))
        _well(house)
        assert house.sweep() == []
        rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(house.run_id))
        assert house.sweep() == [], "that was decided for good"

    def test_what_a_person_promoted_meanwhile_keeps_its_place(self, house: House) -> None:
        _well(house)
        [successor] = house.sweep()
        other = RunFactory.create(
            organization_id=house.organization_id, transcript_id=house.transcript_id, purpose="reprocess", state="done"
        )
        rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(other.id))
        house.work_off(successor)
        assert row("SELECT current_run_id FROM transcripts") == {"current_run_id": str(other.id)}

    @pytest.mark.parametrize(("hours", "again"), [(23, 1), (25, 0)])
    def test_what_is_older_than_a_day(self, house: House, hours: int, again: int) -> None:
        rows("UPDATE runs SET finished_at = finished_at - make_interval(hours => %s) RETURNING id", hours)
        _well(house)
        assert len(house.sweep()) == again

    def test_what_was_degraded_the_second_time_too(self, house: House, configured: Callable[..., None]) -> None:
        configured(WORKER_MAX_RETRIES=0)
        _well(house)
        [successor] = house.sweep()
        house.model.fails = RetryableError("openai:503")
        house.work_off(successor)
        assert house.marks(successor) == (True, None, "local")
        _well(house)
        assert house.sweep() == []


class TestQuietNight:
    """Nobody has tried the vendor since: a degraded run is the first to do so."""

    def test_one_run_finds_out_and_the_others_follow(self, house: House) -> None:
        second, _ = house.another("SM2")
        _degraded(house, second)
        house.model.fails = None
        pause_over()
        [successor] = house.sweep()
        assert house.sweep() == [successor], "one at a time"
        house.work_off(successor)
        [follower] = house.sweep()
        assert house.run(follower)["predecessor_id"] == str(second)

    def test_when_all_is_well_all_follow_at_once(self, house: House) -> None:
        second, _ = house.another("SM2")
        _degraded(house, second)
        _well(house)
        assert len(house.sweep()) == 2

    def test_who_finds_the_vendor_still_away_waits_for_it(self, house: House) -> None:
        pause_over()
        [successor] = house.sweep()
        house.bring_to(CLASSIFY, successor)
        assert house.work(CLASSIFY, successor) == "paused for 300 s: openai:insufficient_quota"
        assert house.run(successor)["attempts"] == 0
        pause_over()
        due_now()
        house.model.fails = None
        assert house.work(CLASSIFY, successor) == "done"
        assert house.marks(successor) == (False, None, "openai")
        assert health() == {"failures": 0, "code": None, "open_s": None}

    def test_while_it_waits_the_degraded_one_counts_and_later_turns_are_answered(self, house: House) -> None:
        pause_over()
        [successor] = house.sweep()
        house.bring_to(CLASSIFY, successor)
        house.work(CLASSIFY, successor)
        assert house.shown()[0] == house.run_id
        later = chain.store_sms(house.organization_id, "SM2", conversation="SM1")
        assert later.run_id
        house.bring_to(Stage.PERSIST, later.run_id)
