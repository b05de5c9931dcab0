"""Nothing is tried for ever: what came too late is not sent, what cannot be looked up is left to a person, and each such end is told."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from db.plant import effects
from domain.errors import RetryableError
from domain.runs import Sighting
from tasks import deliver
from tests.support.factories import THEIR_NUMBER, EffectFactory, now
from tests.support.fake_messenger import ABSENT, FakeMessenger, later
from tests.support.stored import row

Said = list[tuple[str, dict[str, object]]]

DOWN = RetryableError("twilio:http_503")


def _entered(kind: str, hours: float) -> UUID:
    return EffectFactory.create(kind=kind, created_at=now() - timedelta(hours=hours)).id


def _deliver(effect_id: UUID) -> str:
    later()
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
def test_what_comes_too_late_is_not_sent(vendor: FakeMessenger, kind: str, hours: int, logged: Said) -> None:
    late = _entered(kind, hours + 0.1)
    assert _deliver(late) == "failed: too_late"
    assert _standing() == ("failed", "too_late", True)
    assert vendor.sent == []
    [(event, ids)] = logged
    assert (event, ids["effect"], ids["code"]) == ("effect_given_up", str(late), "too_late")
    assert THEIR_NUMBER[1:] not in str(logged)


@pytest.mark.parametrize(("kind", "hours"), [("sms", 24), ("escalation", 48), ("call_update", 24)])
def test_what_is_just_in_time_is_sent(vendor: FakeMessenger, kind: str, hours: int) -> None:
    effect_id = _entered(kind, hours - 0.1)
    assert _deliver(effect_id) == "sent"
    assert [sent.id for sent in vendor.sent] == [effect_id]


def test_a_call_for_help_is_not_given_up_because_it_was_tried_too_often(vendor: FakeMessenger, configured: Callable[..., None]) -> None:
    configured(WORKER_MAX_RETRIES=1)
    effect_id = _entered("escalation", 0)
    vendor.fails = DOWN
    for _ in range(4):
        assert _deliver(effect_id).startswith("retry")
    vendor.fails = None
    assert _deliver(effect_id) == "sent"


def test_what_may_have_left_is_looked_up_before_it_is_too_late(vendor: FakeMessenger) -> None:
    """Age proves nothing about what was sent."""
    effect_id = _entered("sms", 30)
    effects.claim(effect_id, lease_s=30)
    vendor.sighting = Sighting("SM9", conclusive=True)
    assert _deliver(effect_id) == "sent: found at the vendor"


def test_what_proved_not_to_have_left_may_be_too_late_by_then(vendor: FakeMessenger) -> None:
    vendor.sighting = ABSENT
    effect_id = _entered("sms", 30)
    effects.claim(effect_id, lease_s=30)
    assert _deliver(effect_id) == "to be sent: nothing had left the house"
    assert _deliver(effect_id) == "failed: too_late"
    assert vendor.sent == []


def test_a_look_up_that_nobody_answers_goes_on_for_two_days(vendor: FakeMessenger) -> None:
    vendor.sighting = DOWN
    effect_id = _entered("escalation", 47.9)
    effects.claim(effect_id, lease_s=30)
    assert "may have been sent, looked up in" in _deliver(effect_id)
    assert _standing() == ("sending", "twilio:http_503", False)
    assert vendor.sent == []


def test_after_that_a_person_must_decide(vendor: FakeMessenger, logged: Said) -> None:
    vendor.sighting = DOWN
    effect_id = _entered("escalation", 48.1)
    effects.claim(effect_id, lease_s=30)
    assert _deliver(effect_id) == "unknown: a person must decide"
    assert _standing() == ("unknown", "outcome_unknown", True)
    assert [ids["code"] for _, ids in logged] == ["outcome_unknown"]
    assert vendor.sent == []


def test_our_own_clock_does_not_decide(vendor: FakeMessenger, monkeypatch: pytest.MonkeyPatch) -> None:
    effect_id = _entered("sms", 0)
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    assert _deliver(effect_id) == "sent"
