"""Every way in which a vendor may answer, and what it says of the vendor's health and of the caller's attempts."""

from collections.abc import Callable
from typing import Any

import pytest

from db.plant import vendors
from domain.errors import (
    NoAnswerError,
    NotYetError,
    PermanentError,
    RetryableError,
    StoreUnavailable,
    UnusableAnswerError,
    VendorPausedError,
    VendorUnavailableError,
)
from domain.vendors import OPENS_AFTER, Vendor
from tasks import asking
from tests.support import chain
from tests.support.stored import count
from tests.support.vendor_state import health, opened, pause_over


class Port:
    """Somebody to ask; counts how often it was."""

    def __init__(self, vendor: Vendor | None = Vendor.OPENAI) -> None:
        """Belongs to this vendor."""
        self.vendor = vendor
        self.asked = 0

    def answer(self, error: Exception | None = None) -> str:
        self.asked += 1
        if error:
            raise error
        return "answer"


def _ask(error: Exception | None = None, port: Port | None = None) -> str:
    return asking.ask(port or Port(), lambda it: it.answer(error))


def _fails(error: Exception) -> Exception:
    """What comes out when a vendor raises this."""
    with pytest.raises(type(error)) as raised:
        _ask(error)
    assert count("vendor_places") == 0, "the place is free again"
    return raised.value


def _failed_before(times: int = 2) -> None:
    for _ in range(times):
        _fails(RetryableError("openai:503"))


class TestHealth:
    """What each kind of answer says of the vendor."""

    def test_an_answer_is_handed_on_and_clears_the_vendor(self) -> None:
        _failed_before()
        assert _ask() == "answer"
        assert health() == {"failures": 0, "code": None, "open_s": None}
        assert count("vendor_places") == 0

    @pytest.mark.parametrize("error", [RetryableError("openai:503"), NoAnswerError("timeout")])
    def test_no_answer_counts_against_the_vendor_and_against_the_caller(self, error: RetryableError) -> None:
        _failed_before()
        raised = _fails(error)
        assert isinstance(raised, RetryableError)
        assert raised.counts
        assert (health()["failures"], health()["code"]) == (3, error.code)

    @pytest.mark.parametrize(
        "error",
        [
            PermanentError("openai:bad"),
            UnusableAnswerError("openai:refused", {"input_tokens": 1}),
            NotYetError("twilio:not_there_yet"),
            VendorPausedError("twilio:invalid_credentials", 300, for_everybody=False),
        ],
        ids=["permanent", "unusable", "not yet", "one tenant's account"],
    )
    def test_who_objects_is_well(self, error: Exception) -> None:
        _failed_before()
        assert _fails(error) is error
        assert health() == {"failures": 0, "code": None, "open_s": None}

    def test_who_wants_to_be_left_alone_is_left_alone_by_everybody(self) -> None:
        raised = _fails(VendorPausedError("openai:insufficient_quota", 300))
        assert isinstance(raised, VendorPausedError)
        assert (raised.counts, raised.delay_s) == (False, 300)
        assert health()["open_s"] > 299
        assert health()["code"] == "openai:insufficient_quota"
        port = Port()
        with pytest.raises(VendorUnavailableError, match="openai:insufficient_quota"):
            _ask(port=port)
        assert port.asked == 0

    @pytest.mark.parametrize("error", [KeyError("canary"), OSError("no file handle")])
    def test_a_bug_of_ours_leaves_no_mark_and_frees_the_place(self, error: Exception) -> None:
        _failed_before()
        before = health()
        assert _fails(error) is error
        assert health() == before


class TestProbe:
    """Who finds out for everybody that a vendor is still down does not pay for it."""

    def test_a_probe_that_fails_does_not_count_and_keeps_the_circuit_open(self) -> None:
        opened()
        pause_over()
        raised = _fails(RetryableError("openai:503"))
        assert isinstance(raised, RetryableError)
        assert (raised.counts, raised.delay_s) == (False, 20), "it comes again after others could try"
        assert (health()["failures"], health()["open_s"] > 5) == (OPENS_AFTER + 1, True)

    def test_the_failure_that_opens_the_circuit_counts(self) -> None:
        _failed_before(OPENS_AFTER - 1)
        raised = _fails(RetryableError("openai:503"))
        assert isinstance(raised, RetryableError)
        assert raised.counts
        assert health()["open_s"]

    def test_a_probe_that_is_answered_closes_the_circuit(self) -> None:
        opened()
        pause_over()
        assert _ask() == "answer"
        assert health()["failures"] == 0


class TestPlaces:
    """No more at the same time than the settings allow."""

    @pytest.mark.parametrize("vendor", Vendor)
    def test_each_vendor_has_its_own_limit(self, configured: Callable[..., None], vendor: Vendor) -> None:
        configured(**{f"{other.upper()}_CONCURRENCY": 1 if other is vendor else 9 for other in Vendor})
        assert [asking.places(other) for other in Vendor] == [1 if other is vendor else 9 for other in Vendor]
        port = Port(vendor)

        def meanwhile(_: Port) -> str:
            with pytest.raises(VendorUnavailableError, match=f"{vendor}:busy"):
                _ask(port=port)
            return "answer"

        assert asking.ask(Port(vendor), meanwhile) == "answer"
        assert port.asked == 0

    def test_what_runs_in_our_own_process_needs_no_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for vendor in Vendor:
            opened(vendor)
        monkeypatch.setattr(vendors, "take", None)
        assert _ask(port=Port(None)) == "answer"

    def test_a_call_that_takes_too_long_is_no_answer(self, configured: Callable[..., None]) -> None:
        configured(WORKER_TIMEOUT_SECONDS=0.2)
        hanging = chain.Slow(10)
        with pytest.raises(NoAnswerError, match="timeout"), chain.within(0.15, 5):
            asking.ask(Port(), lambda _: hanging.classify())
        hanging.release.set()
        assert (health()["failures"], health()["code"], count("vendor_places")) == (1, "openai:timeout", 0)


class TestImpatience:
    """Whoever is on the line gives a vendor less time than the others have."""

    @pytest.mark.parametrize("error", [NoAnswerError("timeout"), NoAnswerError("openai:timeout")])
    def test_that_it_was_slow_for_them_closes_the_vendor_to_nobody(self, error: Exception) -> None:
        for _ in range(OPENS_AFTER + 1):
            with pytest.raises(NoAnswerError, match="timeout"):
                asking.ask(Port(), lambda it: it.answer(error), within_s=6.0)
        assert health() == {"failures": 0, "code": None, "open_s": None}
        assert count("vendor_places") == 0
        assert _ask() == "answer"

    @pytest.mark.parametrize("error", [RetryableError("openai:unreachable"), NoAnswerError("openai:connection_lost")])
    def test_that_nobody_was_there_counts_whoever_asked(self, error: Exception) -> None:
        with pytest.raises(RetryableError):
            asking.ask(Port(), lambda it: it.answer(error), within_s=6.0)
        assert health()["failures"] == 1

    def test_nor_does_it_make_the_vendor_well(self) -> None:
        _failed_before()
        with pytest.raises(NoAnswerError):
            asking.ask(Port(), lambda it: it.answer(NoAnswerError("timeout")), within_s=6.0)
        assert (health()["failures"], health()["code"]) == (2, "openai:503")

    def test_as_a_probe_it_leaves_the_circuit_as_it_was_and_the_next_one_finds_out(self) -> None:
        opened()
        pause_over()
        before = health()["failures"]
        with pytest.raises(NoAnswerError) as raised:
            asking.ask(Port(), lambda it: it.answer(NoAnswerError("timeout")), within_s=6.0)
        assert not raised.value.counts
        assert (health()["failures"], count("vendor_places")) == (before, 0)
        assert _ask() == "answer"
        assert health()["failures"] == 0

    def test_who_has_all_the_time_that_there_is_was_not_impatient(self, configured: Callable[..., None]) -> None:
        configured(WORKER_TIMEOUT_SECONDS=5)
        with pytest.raises(NoAnswerError):
            asking.ask(Port(), lambda it: it.answer(NoAnswerError("timeout")), within_s=6.0)
        assert health()["failures"] == 1


class TestOutageOfTheDatabase:
    """Postgres away for a moment."""

    @pytest.mark.parametrize(
        ("error", "expected"), [(None, "answer"), (PermanentError("openai:bad"), PermanentError), (RetryableError("x"), RetryableError)]
    )
    def test_an_answer_that_was_paid_for_is_not_lost(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception | None, expected: Any
    ) -> None:
        def away(*_: object, **__: object) -> None:
            raise StoreUnavailable("database:OperationalError")

        for leave in ("leave", "leave_well", "leave_failed", "leave_paused"):
            monkeypatch.setattr(vendors, leave, away)
        if error is None:
            assert _ask() == expected
        else:
            with pytest.raises(expected) as raised:
                _ask(error)
            assert raised.value is error
        assert "vendor_health_not_written" in capsys.readouterr().out
        assert count("vendor_places") == 1, "its lease frees it"

    def test_nobody_is_asked_without_a_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(vendors, "engine", chain.impatient_engine)
        port = Port()
        with chain.holding("LOCK TABLE vendor_health"), pytest.raises(VendorUnavailableError, match="openai:no_place") as raised:
            _ask(port=port)
        assert (port.asked, raised.value.counts) == (0, False)
