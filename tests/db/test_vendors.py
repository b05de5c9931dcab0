"""Circuits and places of vendors: one truth for every process, on the database's clock."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

import settings
from db import driver
from db.engine import Profile, engine
from db.plant import figures, vendors
from domain.errors import SettingsError, VendorUnavailableError
from domain.vendors import FIRST_PAUSE_S, HELD_AT_MOST_S, OPENS_AFTER, PAUSE_CAP_S, Place, Vendor
from tasks.asking import PLACE_MARGIN_S
from tests.support import chain
from tests.support.factories import RunFactory
from tests.support.plant_factories import VendorPlaceFactory
from tests.support.stored import count, row, rows
from tests.support.vendor_state import health, pause_over

OPENAI, TWILIO = Vendor.OPENAI, Vendor.TWILIO


def _take(vendor: Vendor = OPENAI, places: int = 50) -> Place:
    return vendors.take(vendor, places, lease_s=30)


def _refused(vendor: Vendor = OPENAI, places: int = 50) -> VendorUnavailableError:
    with pytest.raises(VendorUnavailableError) as refused:
        _take(vendor, places)
    return refused.value


def _fail(times: int = 1) -> None:
    for _ in range(times):
        vendors.leave_failed(_take(), "openai:503")


def _open(failed_probes: int = 0) -> None:
    _fail(OPENS_AFTER)
    for _ in range(failed_probes):
        pause_over()
        _fail()


class TestCircuit:
    """Who does not answer is left alone for a time."""

    def test_a_vendor_that_nobody_asked_is_well(self) -> None:
        assert not _take().is_probe
        assert health() == {"failures": 0, "code": None, "open_s": None}

    def test_the_circuit_opens_after_so_many_failures_in_a_row(self) -> None:
        _fail(OPENS_AFTER - 1)
        assert health()["open_s"] is None
        _fail()
        assert FIRST_PAUSE_S - 1 < health()["open_s"] <= FIRST_PAUSE_S
        assert (health()["failures"], health()["code"]) == (OPENS_AFTER, "openai:503")

    def test_a_success_in_between_starts_the_count_anew(self) -> None:
        _fail(OPENS_AFTER - 1)
        vendors.leave_well(_take())
        _fail(OPENS_AFTER - 1)
        assert (health()["failures"], health()["open_s"]) == (OPENS_AFTER - 1, None)

    def test_an_open_circuit_says_when_it_may_close(self) -> None:
        _open()
        refused = _refused()
        assert (refused.code, refused.counts) == ("openai:503", False)
        assert refused.delay_s
        assert FIRST_PAUSE_S / 2 < refused.delay_s <= FIRST_PAUSE_S
        assert count("vendor_places") == 0

    def test_the_pause_doubles_with_each_probe_that_fails_up_to_the_cap(self) -> None:
        _open()
        pauses = []
        for _ in range(8):
            pauses.append(round(health()["open_s"]))
            pause_over()
            _fail()
        assert pauses == [min(PAUSE_CAP_S, FIRST_PAUSE_S * 2**n) for n in range(8)]

    def test_a_probe_that_succeeds_closes_the_circuit(self) -> None:
        _open(failed_probes=2)
        pause_over()
        vendors.leave_well(_take())
        assert health() == {"failures": 0, "code": None, "open_s": None}
        assert not _take().is_probe

    def test_calls_that_fail_together_count_only_until_it_opens(self) -> None:
        under_way = [_take() for _ in range(50)]
        chain.at_once([partial(vendors.leave_failed, place, "timeout") for place in under_way])
        found = health()
        assert found["failures"] == OPENS_AFTER
        assert found["open_s"] <= FIRST_PAUSE_S
        assert count("vendor_places") == 0

    def test_another_vendor_is_unaffected(self) -> None:
        _open()
        assert not _take(TWILIO).is_probe
        vendors.leave_well(_take(TWILIO))
        assert health()["open_s"]

    def test_what_one_process_learns_every_other_one_knows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _open()
        elsewhere = engine(Profile("elsewhere", connect_s=3, lock_ms=5_000, statement_ms=30_000))
        assert elsewhere is not engine()
        monkeypatch.setattr(driver, "engine", lambda: elsewhere)
        assert _refused().code == "openai:503"
        pause_over()
        probe = _take()
        monkeypatch.undo()
        assert probe.is_probe
        assert _refused().code == "openai:busy"


class TestProbe:
    """An open circuit lets one call through when its pause is over."""

    def test_one_of_many_finds_out_whether_the_vendor_is_back(self) -> None:
        _open()
        pause_over()

        def tried() -> str:
            try:
                return "probe" if _take().is_probe else "through"
            except VendorUnavailableError as refused:
                return refused.code

        assert sorted(chain.at_once([tried] * 12)) == ["openai:busy"] * 11 + ["probe"]

    def test_what_is_still_under_way_from_before_keeps_the_probe_waiting(self) -> None:
        straggler = _take()
        _open()
        pause_over()
        assert _refused().code == "openai:busy"
        vendors.leave(straggler)
        assert _take().is_probe

    def test_a_probe_that_says_nothing_of_the_vendor_is_followed_by_another(self) -> None:
        _open()
        pause_over()
        vendors.leave(_take())
        assert health()["failures"] == OPENS_AFTER
        assert _take().is_probe


class TestAskedForPause:
    """A vendor that wants to be left alone: rate limit, quota, key."""

    def _pause(self, seconds: float = 60.0) -> None:
        vendors.leave_paused(_take(), "openai:rate_limited", seconds)

    def test_everybody_keeps_away_for_as_long_as_it_wishes(self) -> None:
        self._pause(60)
        refused = _refused()
        assert refused.delay_s
        assert 30 < refused.delay_s <= 60
        assert (health()["code"], health()["failures"]) == ("openai:rate_limited", 0)

    def test_afterwards_all_places_are_there_again(self) -> None:
        self._pause()
        pause_over()
        assert not any(_take().is_probe for _ in range(3))

    @pytest.mark.parametrize("failed_before", [0, 1, OPENS_AFTER - 1])
    def test_answers_to_what_was_asked_before_do_not_shorten_it(self, failed_before: int) -> None:
        earlier = [_take() for _ in range(2)]
        _fail(failed_before)
        self._pause(300)
        vendors.leave_well(earlier[0])
        vendors.leave_failed(earlier[1], "timeout")
        assert health()["open_s"] > 290
        assert health()["code"] == "openai:rate_limited"

    def test_a_probe_that_is_sent_away_leaves_a_pause_that_nothing_shortens(self) -> None:
        straggler = _take()
        _fail(OPENS_AFTER)
        pause_over()
        vendors.leave_paused(straggler, "openai:insufficient_quota", 300)
        vendors.leave_well(Place(OPENAI, VendorPlaceFactory.create().id))
        assert health()["open_s"] > 290

    def test_a_shorter_wish_does_not_shorten_a_longer_one(self) -> None:
        earlier = _take()
        self._pause(300)
        vendors.leave_paused(earlier, "openai:rate_limited", 1)
        assert health()["open_s"] > 290

    def test_the_code_is_forgotten_once_it_answers_well_again(self) -> None:
        self._pause()
        pause_over()
        vendors.leave_well(_take())
        assert health() == {"failures": 0, "code": None, "open_s": None}


class TestPlaces:
    """No more calls at the same time than the vendor allows, over all processes."""

    def test_the_limit_holds_when_many_come_at_once(self) -> None:
        taken: list[Place] = []

        def tried() -> None:
            with suppress(VendorUnavailableError):
                taken.append(_take(places=5))

        chain.at_once([tried] * 20)
        assert len(taken) == count("vendor_places") == 5
        assert _refused(places=5).code == "openai:busy"
        assert not _refused(places=5).counts

    @pytest.mark.parametrize(
        "leave",
        [
            vendors.leave,
            vendors.leave_well,
            partial(vendors.leave_failed, code="timeout"),
            partial(vendors.leave_paused, code="openai:rate_limited", pause=0),
        ],
        ids=["silent", "well", "failed", "paused"],
    )
    def test_a_place_that_is_left_is_free(self, leave: Callable[[Place], None]) -> None:
        held = _take(places=1)
        assert _refused(places=1).code == "openai:busy"
        leave(held)
        assert _take(places=1).id != held.id

    def test_the_place_of_a_process_that_died_is_freed_by_its_lease(self) -> None:
        dead = _take(places=1)
        rows("UPDATE vendor_places SET held_until = clock_timestamp() - interval '1 second' RETURNING id")
        alive = _take(places=1)
        assert row("SELECT id FROM vendor_places")["id"] == str(alive.id)
        # whoever comes back after its lease takes nobody's place away
        vendors.leave(dead)
        assert count("vendor_places") == 1

    def test_a_place_that_nobody_can_hold_for_so_long_is_nobodys(self) -> None:
        """The database's clock was put back, or somebody changed the row: for hours a vendor with few places was asked by nobody."""
        for held in (_take(places=2), _take(places=2)):
            rows("UPDATE vendor_places SET held_until = clock_timestamp() + interval '10 years' WHERE id = %s RETURNING id", str(held.id))
        assert figures.read().vendors[OPENAI].calls == 0
        alive = _take(places=2)
        assert row("SELECT id FROM vendor_places")["id"] == str(alive.id)

    def test_nor_does_it_keep_a_vendor_closed_that_may_be_asked_again(self) -> None:
        _open()
        pause_over()
        _take()
        rows("UPDATE vendor_places SET held_until = clock_timestamp() + interval '10 years' RETURNING id")
        vendors.refuse_if_down(OPENAI)
        assert _take().is_probe

    def test_nobody_may_hold_a_place_for_longer_than_one_is_believed_to_be_held(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A setting that grew beyond it would free the places of calls that are under way."""
        monkeypatch.setenv("WORKER_TIMEOUT_SECONDS", f"{HELD_AT_MOST_S - PLACE_MARGIN_S:.0f}")
        with pytest.raises(SettingsError, match="WORKER_TIMEOUT_SECONDS"):
            settings.read()

    def test_a_place_is_held_for_its_lease(self) -> None:
        _take()
        held = row("SELECT EXTRACT(EPOCH FROM held_until - clock_timestamp()) AS s FROM vendor_places")["s"]
        assert 29 < held <= 30

    def test_places_of_another_vendor_are_not_counted(self) -> None:
        VendorPlaceFactory.create(vendor=TWILIO)
        assert _take(places=1).vendor is OPENAI


class TestForget:
    """A release asks everybody anew."""

    @pytest.fixture(autouse=True)
    def _backlog(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(vendors, "_CHUNK", 2)
        for _ in range(5):
            RunFactory.create(last_error="openai:429")
        rows("UPDATE runs SET next_publish_at = clock_timestamp() + interval '1 hour' RETURNING id")

    def test_a_backlog_is_woken_in_parts_and_to_its_end(self) -> None:
        assert vendors.forget() == 5
        assert row("SELECT count(*) AS n FROM runs WHERE next_publish_at > clock_timestamp()") == {"n": 0}

    def test_what_somebody_holds_keeps_no_vendor_closed_and_no_release_waiting(self) -> None:
        _open()
        [held, *_] = rows("SELECT id FROM runs")
        with chain.holding("SELECT FROM runs WHERE id = %s FOR UPDATE", held["id"]):
            assert vendors.forget() == 4
        assert health() == {"failures": 0, "code": None, "open_s": None}
