"""Nothing is tried for ever: what came too late is not sent, what cannot be looked up is left to a person, and each such end is told."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from db.plant import effects
from domain.errors import RetryableError
from domain.runs import Effect, Sighting
from providers import registry
from tasks import deliver
from tests.support.factories import THEIR_NUMBER, EffectFactory, now
from tests.support.stored import row, rows

Said = list[tuple[str, dict[str, object]]]

DOWN = RetryableError("twilio:http_503")


class Messenger:
    """A vendor that is down until it is told otherwise."""

    vendor, name = None, "fake"

    def __init__(self) -> None:
        """Refuses everything, knows nothing."""
        self.sent: list[UUID] = []
        self.down: Exception | None = DOWN
        self.sighting = Sighting(None, conclusive=True)

    def send(self, effect: Effect) -> str:
        if self.down:
            raise self.down
        self.sent.append(effect.id)
        return "SM1"

    def find(self, _: Effect) -> Sighting:
        if self.down:
            raise self.down
        return self.sighting


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Messenger:
    """The messenger of the test."""
    fake = Messenger()
    monkeypatch.setattr(registry, "messenger", lambda _: fake)
    return fake


def _entered(kind: str, hours: float) -> UUID:
    return EffectFactory.create(kind=kind, created_at=now() - timedelta(hours=hours)).id


def _deliver(effect_id: UUID) -> str:
    past = "clock_timestamp() - interval '1 second'"
    rows(f"UPDATE effects SET not_before = {past}, lease_until = CASE WHEN lease_until IS NOT NULL THEN {past} END RETURNING id")  # noqa: S608
    return str(deliver.deliver(str(effect_id)))


def _standing() -> tuple[str, str | None, bool]:
    found = row("SELECT state, last_error, finished_at IS NOT NULL AS finished FROM effects")
    return found["state"], found["last_error"], found["finished"]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Said:
    """What was logged as an error."""
    said: Said = []

    class Log:
        def info(self, *_: object, **__: object) -> None: ...

        def error(self, event: str, **ids: object) -> None:
            said.append((event, ids))

    monkeypatch.setattr(deliver, "log", Log())
    return said


@pytest.mark.parametrize(("kind", "hours"), [("sms", 24), ("escalation", 48), ("call_update", 24)])
def test_what_comes_too_late_is_not_sent(vendor: Messenger, kind: str, hours: int, logged: Said) -> None:
    vendor.down = None
    late = _entered(kind, hours + 0.1)
    assert _deliver(late) == "failed: too_late"
    assert _standing() == ("failed", "too_late", True)
    assert vendor.sent == []
    [(event, ids)] = logged
    assert (event, ids["effect"], ids["code"]) == ("effect_given_up", str(late), "too_late")
    assert THEIR_NUMBER[1:] not in str(logged)


@pytest.mark.parametrize(("kind", "hours"), [("sms", 24), ("escalation", 48), ("call_update", 24)])
def test_what_is_just_in_time_is_sent(vendor: Messenger, kind: str, hours: int) -> None:
    vendor.down = None
    effect_id = _entered(kind, hours - 0.1)
    assert _deliver(effect_id) == "sent"
    assert vendor.sent == [effect_id]


def test_a_call_for_help_is_not_given_up_because_it_was_tried_too_often(vendor: Messenger, configured: Callable[..., None]) -> None:
    configured(WORKER_MAX_RETRIES=1)
    effect_id = _entered("escalation", 0)
    for _ in range(4):
        assert _deliver(effect_id).startswith("retry")
    vendor.down = None
    assert _deliver(effect_id) == "sent"


def test_what_may_have_left_is_looked_up_before_it_is_too_late(vendor: Messenger) -> None:
    """Age proves nothing about what was sent."""
    vendor.down = None
    effect_id = _entered("sms", 30)
    effects.claim(effect_id, lease_s=30)
    vendor.sighting = Sighting("SM9", conclusive=True)
    assert _deliver(effect_id) == "sent: found at the vendor"


def test_what_proved_not_to_have_left_may_be_too_late_by_then(vendor: Messenger) -> None:
    vendor.down = None
    effect_id = _entered("sms", 30)
    effects.claim(effect_id, lease_s=30)
    assert _deliver(effect_id) == "to be sent: nothing had left the house"
    assert _deliver(effect_id) == "failed: too_late"
    assert vendor.sent == []


def test_a_look_up_that_nobody_answers_goes_on_for_two_days(vendor: Messenger) -> None:
    effect_id = _entered("escalation", 47.9)
    effects.claim(effect_id, lease_s=30)
    assert "may have been sent, looked up in" in _deliver(effect_id)
    assert _standing() == ("sending", "twilio:http_503", False)
    assert vendor.sent == []


def test_after_that_a_person_must_decide(vendor: Messenger, logged: Said) -> None:
    effect_id = _entered("escalation", 48.1)
    effects.claim(effect_id, lease_s=30)
    assert _deliver(effect_id) == "unknown: a person must decide"
    assert _standing() == ("unknown", "outcome_unknown", True)
    assert [ids["code"] for _, ids in logged] == ["outcome_unknown"]
    assert vendor.sent == []


def test_our_own_clock_does_not_decide(vendor: Messenger, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor.down = None
    effect_id = _entered("sms", 0)
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    assert _deliver(effect_id) == "sent"
