"""A message whose vendor is known to be down has not left the house: it waits, costs no attempt, and is not looked up."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from db.plant import effects, vendors
from domain.chain import EffectKind
from domain.errors import NoAnswerError, RetryableError, VendorPausedError
from domain.runs import Effect, Sighting
from domain.vendors import Vendor
from providers import registry
from tasks import deliver
from tests.support import chain
from tests.support.factories import EffectFactory, OrganizationFactory
from tests.support.signing import ACCOUNT_SID
from tests.support.stored import row, rows
from tests.support.vendor_state import health, opened, pause_over


class FakeTwilio:
    """Sends, unless it is told to fail."""

    vendor = Vendor.TWILIO
    name = "twilio"

    def __init__(self) -> None:
        """Nothing was sent."""
        self.sent: list[Effect] = []
        self.looked_up = 0
        self.fails: Exception | None = None

    def send(self, effect: Effect) -> str:
        self.sent.append(effect)
        if self.fails:
            raise self.fails
        return "SM1"

    def find(self, _: Effect) -> Sighting:
        self.looked_up += 1
        return Sighting(None, conclusive=False)


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> FakeTwilio:
    """The messenger of the test."""
    fake = FakeTwilio()
    monkeypatch.setattr(registry, "messenger", lambda _: fake)
    return fake


@pytest.fixture
def effect_id() -> UUID:
    """An SMS that is due."""
    return EffectFactory.create().id


def _deliver(effect_id: UUID) -> str:
    return str(deliver.deliver(str(effect_id)))


def _row() -> dict[str, Any]:
    return row("SELECT state, attempts, last_error FROM effects")


def _due_now() -> None:
    rows("UPDATE effects SET not_before = clock_timestamp() RETURNING id")


def test_while_the_circuit_is_open_it_waits_for_as_long(twilio: FakeTwilio, effect_id: UUID) -> None:
    opened(Vendor.TWILIO, seconds=60)
    assert _deliver(effect_id) == "paused for 60 s: openai:503"
    assert _row() == {"state": "pending", "attempts": 0, "last_error": "openai:503"}
    pause_over(Vendor.TWILIO)
    _due_now()
    assert (_deliver(effect_id), twilio.looked_up) == ("sent", 0)


def test_an_outage_of_hours_uses_up_no_attempt(twilio: FakeTwilio, effect_id: UUID, configured: Callable[..., None]) -> None:
    configured(WORKER_MAX_RETRIES=1)
    for _ in range(5):
        opened(Vendor.TWILIO)
        assert _deliver(effect_id).startswith("paused for")
        _due_now()
    twilio.fails = VendorPausedError("twilio:rate_limited", 30)
    pause_over(Vendor.TWILIO)
    assert _deliver(effect_id) == "paused for 30 s: twilio:rate_limited"
    assert (_row()["state"], _row()["attempts"]) == ("pending", 0)


def test_a_probe_that_fails_costs_the_message_nothing(twilio: FakeTwilio, effect_id: UUID) -> None:
    opened(Vendor.TWILIO)
    pause_over(Vendor.TWILIO)
    twilio.fails = RetryableError("twilio:503")
    assert _deliver(effect_id).endswith("twilio:503")
    assert (_row()["state"], _row()["attempts"], health(Vendor.TWILIO)["open_s"] > 5) == ("pending", 0, True)


def test_a_probe_without_an_answer_may_have_been_sent(twilio: FakeTwilio, effect_id: UUID) -> None:
    opened(Vendor.TWILIO)
    pause_over(Vendor.TWILIO)
    twilio.fails = NoAnswerError("timeout")
    assert "may have been sent" in _deliver(effect_id)
    assert (_row()["state"], _row()["attempts"]) == ("sending", 1)


def test_without_a_place_nothing_has_left(twilio: FakeTwilio, effect_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendors, "engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE vendor_health"):
        assert _deliver(effect_id) == "paused for 2 s: twilio:no_place"
    assert (_row()["state"], _row()["attempts"]) == ("pending", 0)
    _due_now()
    assert (_deliver(effect_id), len(twilio.sent), twilio.looked_up) == ("sent", 1, 0)


def test_a_call_for_help_waits_for_no_circuit(twilio: FakeTwilio) -> None:
    opened(Vendor.TWILIO, seconds=60)
    effect_id = EffectFactory.create(kind="escalation").id
    assert _deliver(effect_id) == "sent"
    assert (len(twilio.sent), health(Vendor.TWILIO)["open_s"] > 50) == (1, True)


def test_a_call_for_help_that_fails_is_tried_again_soon(twilio: FakeTwilio) -> None:
    opened(Vendor.TWILIO)
    pause_over(Vendor.TWILIO)
    effect_id, twilio.fails = EffectFactory.create(kind="escalation").id, RetryableError("twilio:503", 300)
    assert _deliver(effect_id) == "paused for 30 s: twilio:503"


def test_whether_a_call_for_help_has_left_is_looked_up_through_an_open_circuit(twilio: FakeTwilio) -> None:
    effect_id, twilio.fails = EffectFactory.create(kind="escalation").id, NoAnswerError("timeout")
    _deliver(effect_id)
    opened(Vendor.TWILIO, seconds=60)
    rows("UPDATE effects SET lease_until = NULL RETURNING id")
    _due_now()
    assert _deliver(effect_id) == "to be sent once more: not_found_yet"
    assert twilio.looked_up == 1


@pytest.mark.parametrize("account", [ACCOUNT_SID, None])
def test_an_effect_knows_the_account_that_it_is_sent_from(account: str | None) -> None:
    organization = OrganizationFactory.create(twilio_account_sid=account)
    effect = effects.claim(EffectFactory.create(organization_id=organization.id).id, lease_s=30)
    assert effect
    assert (effect.account, effect.kind) == (account, EffectKind.SMS)
