"""Each effect leaves the house once; what may have left is looked up and never sent again (I4)."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any
from uuid import UUID

import pytest

import settings
from db.plant import effects
from domain.errors import NoAnswerError, PermanentError, RetryableError
from domain.runs import Effect
from tasks import deliver
from tests.support import chain
from tests.support.factories import THEIR_NUMBER, EffectFactory
from tests.support.fake_messenger import ABSENT, SEEN, FakeMessenger, later
from tests.support.stored import row, rows


@pytest.fixture
def effect_id() -> UUID:
    """An SMS that is due."""
    return EffectFactory.create().id


def _deliver(effect_id: UUID) -> str:
    return str(deliver.deliver(str(effect_id)))


def _row() -> dict[str, Any]:
    return row("SELECT state, provider, provider_ref, last_error, attempts, finished_at IS NOT NULL AS finished FROM effects")


def test_an_effect_is_sent_and_its_reference_kept(vendor: FakeMessenger, effect_id: UUID) -> None:
    assert _deliver(effect_id) == "sent"
    [sent] = vendor.sent
    assert (sent.target, sent.body) == (THEIR_NUMBER, "Thank you for calling.")
    found = _row()
    assert (found["state"], found["provider"], found["provider_ref"], found["finished"]) == ("sent", "fake", f"fake:{effect_id}", True)


def test_a_repeated_message_sends_nothing(vendor: FakeMessenger, effect_id: UUID) -> None:
    _deliver(effect_id)
    assert _deliver(effect_id) == "nothing to do: finished, leased, not due, superseded or suppressed"
    assert len(vendor.sent) == 1


def test_many_messages_at_once_send_once(vendor: FakeMessenger, effect_id: UUID) -> None:
    outcomes = chain.at_once([partial(_deliver, effect_id)] * 6)
    assert outcomes.count("sent") == len(vendor.sent) == 1


def test_sending_is_committed_before_the_vendor_is_called(vendor: FakeMessenger, effect_id: UUID) -> None:
    seen: list[str] = []
    vendor.before_answer = lambda: seen.append(_row()["state"])
    _deliver(effect_id)
    assert seen == ["sending"]


def test_the_lease_is_timed_from_before_the_claim(vendor: FakeMessenger, effect_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is paused while the claim's answer is on its way owns less of the lease than it thinks."""
    monkeypatch.setattr(deliver, "lease_s", lambda: settings.current().worker_timeout_s + deliver.SAFETY_MARGIN_S + 0.3)
    claiming = effects.claim

    def claim_slowly(*given: Any, **named: Any) -> Effect | None:
        claimed = claiming(*given, **named)
        time.sleep(0.5)
        return claimed

    monkeypatch.setattr(effects, "claim", claim_slowly)
    assert _deliver(effect_id) == "postponed: paused too long"
    assert vendor.sent == []


class TestRefusals:
    """The vendor said no: nothing has left."""

    def test_a_permanent_refusal_fails_the_effect(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        vendor.fails = PermanentError("twilio:21211")
        assert _deliver(effect_id) == "failed: twilio:21211"
        assert (_row()["state"], _row()["last_error"], _row()["finished"]) == ("failed", "twilio:21211", True)

    def test_a_passing_refusal_is_tried_again_without_a_look_up(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        vendor.fails = RetryableError("twilio:429", delay_s=8)
        assert _deliver(effect_id) == "retry 2 in 8 s: twilio:429"
        vendor.fails = None
        assert _deliver(effect_id).startswith("nothing to do")
        later()
        assert _deliver(effect_id) == "sent"
        assert vendor.looked_up == 0

    def test_retries_are_bounded(self, vendor: FakeMessenger, effect_id: UUID, configured: Callable[..., None]) -> None:
        configured(WORKER_MAX_RETRIES=2)
        vendor.fails = RetryableError("twilio:429")
        for _ in range(2):
            assert _deliver(effect_id).startswith("retry")
            later()
        assert _deliver(effect_id) == "failed: twilio:429"
        later()
        _deliver(effect_id)
        assert len(vendor.sent) == 3


class TestUnclearOutcomes:
    """It may have left the house: never a second send without proof."""

    @pytest.mark.parametrize(
        ("error", "code"), [(NoAnswerError("timeout"), "timeout"), (ConnectionResetError("words"), "unexpected:ConnectionResetError")]
    )
    def test_a_send_without_an_answer_is_looked_up_and_not_repeated(
        self, vendor: FakeMessenger, effect_id: UUID, error: Exception, code: str
    ) -> None:
        vendor.fails = error
        assert _deliver(effect_id) == f"may have been sent, looked up in {deliver.lease_s():.0f} s: {code}"
        assert (_row()["state"], _row()["last_error"]) == ("sending", code)
        vendor.fails, vendor.sighting = None, SEEN
        later()
        assert _deliver(effect_id) == "sent: found at the vendor"
        assert (_row()["state"], _row()["provider_ref"], len(vendor.sent)) == ("sent", "SM1", 1)

    def test_a_send_that_takes_too_long_is_given_up(self, vendor: FakeMessenger, effect_id: UUID, configured: Callable[..., None]) -> None:
        configured(WORKER_TIMEOUT_SECONDS=0.3)
        hangs_s, over = 10.0, threading.Event()
        vendor.before_answer = lambda: over.wait(hangs_s)
        with chain.within(0.25, hangs_s / 2):
            assert _deliver(effect_id).endswith("s: timeout")
        over.set()

    def test_a_sender_that_vanished_is_looked_up(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        effects.claim(effect_id, lease_s=30)
        vendor.sighting = SEEN
        assert _deliver(effect_id).startswith("nothing to do")
        later()
        assert _deliver(effect_id) == "sent: found at the vendor"
        assert vendor.sent == []

    def test_proof_that_nothing_left_lets_it_be_sent(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        effects.claim(effect_id, lease_s=30)
        vendor.sighting = ABSENT
        later()
        assert _deliver(effect_id) == "to be sent: nothing had left the house"
        assert _deliver(effect_id) == "sent"

    def test_absence_without_proof_is_looked_at_twice_and_left_to_a_person(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        effects.claim(effect_id, lease_s=30)
        later()
        assert "looked up in" in _deliver(effect_id)
        assert _row()["state"] == "sending"
        later()
        assert _deliver(effect_id) == "unknown: a person must decide"
        assert (_row()["state"], _row()["last_error"], vendor.looked_up, vendor.sent) == ("unknown", "outcome_unknown", 2, [])

    def test_a_message_that_shows_up_late_is_found_by_the_second_look(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        effects.claim(effect_id, lease_s=30)
        later()
        _deliver(effect_id)
        vendor.sighting = SEEN
        later()
        assert _deliver(effect_id) == "sent: found at the vendor"

    def test_a_look_up_that_fails_decides_nothing(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        effects.claim(effect_id, lease_s=30)
        vendor.sighting = RetryableError("twilio:503")
        for _ in range(6):
            later()
            assert _deliver(effect_id).endswith("s: twilio:503")
        assert (_row()["state"], vendor.sent) == ("sending", [])

    def test_an_effect_that_ends_its_senders_is_given_up(
        self, vendor: FakeMessenger, effect_id: UUID, configured: Callable[..., None]
    ) -> None:
        configured(WORKER_MAX_RETRIES=3)
        vendor.sighting = ABSENT
        outcomes = []
        for _ in range(2):
            effects.claim(effect_id, lease_s=30)
            later()
            outcomes.append(_deliver(effect_id))
        assert outcomes == ["to be sent: nothing had left the house", "failed: worker_lost"]
        assert vendor.sent == []


class TestLateSenders:
    """Who was away for too long sends and writes nothing."""

    def test_a_sender_that_was_paused_does_not_send(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        held = effects.claim(effect_id, lease_s=30)
        assert held
        almost_over = time.monotonic() + settings.current().worker_timeout_s + deliver.SAFETY_MARGIN_S - 0.1
        assert deliver._in_time(held, almost_over) == "postponed: paused too long"
        assert vendor.sent == []
        assert _deliver(effect_id) == "sent"

    def test_an_outcome_that_comes_after_the_lease_is_not_written(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        vendor.before_answer = lambda: rows("UPDATE effects SET lease_token = gen_random_uuid() RETURNING id")
        assert _deliver(effect_id) == "outcome not written: LeaseLost"
        assert _row()["state"] == "sending"

    @pytest.mark.usefixtures("_impatient")
    def test_an_outage_after_the_send_leaves_it_to_a_look_up(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        with chain.holding("SELECT 1") as cursor:
            vendor.before_answer = lambda: cursor.execute("SELECT FROM effects FOR UPDATE")
            assert _deliver(effect_id) == "outcome not written: StoreUnavailable"
        vendor.sighting = SEEN
        later()
        assert _deliver(effect_id) == "sent: found at the vendor"
        assert len(vendor.sent) == 1

    @pytest.mark.usefixtures("_impatient")
    def test_a_short_outage_after_the_send_is_sat_out(
        self, vendor: FakeMessenger, effect_id: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tasks.patience.PATIENCE_S", 5)
        with ExitStack() as over:

            def lock() -> None:
                over.enter_context(chain.holding("SELECT FROM effects FOR UPDATE"))
                threading.Timer(0.8, over.pop_all().close).start()

            vendor.before_answer = lock
            assert _deliver(effect_id) == "sent"

    @pytest.mark.usefixtures("_impatient")
    def test_an_outage_before_the_claim_sends_nothing(self, vendor: FakeMessenger, effect_id: UUID) -> None:
        with chain.holding("LOCK TABLE effects"):
            assert _deliver(effect_id).startswith("not claimed: database:")
        assert vendor.sent == []


def test_what_is_said_of_a_delivery_holds_no_number_and_no_text(
    vendor: FakeMessenger, effect_id: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    vendor.fails = ValueError(f"{THEIR_NUMBER}: Thank you for calling.")
    outcome = _deliver(effect_id)
    said = outcome + "".join(capsys.readouterr()) + str(_row())
    assert THEIR_NUMBER[1:] not in said
    assert "Thank you" not in said
