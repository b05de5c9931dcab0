"""Sentry hears of whatever a person has to mend: once for many that failed of the same, by ids and codes only."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from kombu.connection import Connection

import settings
from db.tables.organizations import OrganizationRow
from domain.chain import TASK_NAMES, Stage
from domain.emergencies.escalation import HELP_LATE_S
from domain.errors import PermanentError, RetryableError, StepFailed, VendorPausedError
from domain.runs import Run
from domain.vendors import Vendor
from observability import alarm, sentry
from providers import registry
from tasks import app, asking, deliver, invariants, step, sweeper, watch
from tasks.step import Answer
from tests.observability.test_sentry import Kept
from tests.support import chain
from tests.support.factories import THEIR_NUMBER, EffectFactory, RunFactory, now
from tests.support.fake_messenger import FakeMessenger, later
from tests.support.stored import rows
from tests.support.unchecked import unanswerable

CLASSIFY = Stage.CLASSIFY_SPEAKERS
CODE = "openai:invalid_answer"


def _heard(transport: Kept) -> list[dict[str, Any]]:
    """What was told of each event that Sentry got: its fingerprint, and the fields."""
    events: list[dict[str, Any]] = [dict(event) for envelope in transport.sent if (event := envelope.get_event())]
    assert [event["message"] for event in events] == [": ".join(event["fingerprint"]) for event in events]
    return [{"fingerprint": event["fingerprint"], **event["contexts"]["hookline"]} for event in events]


def _attempt(run_id: UUID, error: Exception) -> None:
    def body(_: Run) -> Answer:
        raise error

    step.attempt(CLASSIFY, body, run_id, worker="test")


def _dies(error: Exception | None = None) -> UUID:
    run: UUID = RunFactory.create(stage=CLASSIFY).id
    with pytest.raises(StepFailed):
        _attempt(run, error or PermanentError(CODE))
    return run


def test_of_many_runs_that_die_of_the_same_it_hears_once_and_later_how_many(transport: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _dies()
    for _ in range(5):
        _dies()
    [heard] = _heard(transport)
    assert heard["fingerprint"] == ["run_died", CODE]
    assert (heard["run"], heard["stage"], heard["left_out"]) == (str(first), CLASSIFY, 0)
    monkeypatch.setattr(alarm, "SELDOM_S", 0.0)
    _dies()
    assert [later["left_out"] for later in _heard(transport)] == [0, 5]


def test_of_runs_that_die_of_different_things_it_hears_apart(transport: Kept) -> None:
    for code in (CODE, "openai:content_filter"):
        _dies(PermanentError(code))
    assert [heard["fingerprint"][1] for heard in _heard(transport)] == [CODE, "openai:content_filter"]


def test_a_run_whose_worker_vanished(transport: Kept, broker: Connection) -> None:
    run = RunFactory.create(attempts=settings.current().worker_max_retries)
    chain.claim(run.id)
    past = "clock_timestamp() - interval '1 second'"
    rows(f"UPDATE runs SET lease_until = {past}, next_publish_at = {past} RETURNING id")  # noqa: S608 - our own words
    sweeper.sweep_once(broker, "worker@test", ["speech"])
    [heard] = _heard(transport)
    assert (heard["fingerprint"], heard["run"]) == (["run_died", "worker_lost"], str(run.id))


def test_an_effect_that_is_given_up(transport: Kept) -> None:
    effects = [EffectFactory.create(created_at=now() - timedelta(hours=25)).id for _ in range(2)]
    for effect in effects:
        assert deliver.deliver(str(effect)) == "failed: too_late"
    [heard] = _heard(transport)
    assert (heard["fingerprint"], heard["effect"], heard["kind"]) == (["effect_given_up", "too_late"], str(effects[0]), "sms")
    assert THEIR_NUMBER[1:] not in transport.text()


def test_a_call_for_help_that_fails_twice_though_it_goes_on(transport: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = FakeMessenger()
    vendor.fails = RetryableError("twilio:http_503")
    monkeypatch.setattr(registry, "messenger", lambda _: vendor)
    effect = EffectFactory.create(kind="escalation").id
    assert deliver.deliver(str(effect)).startswith("retry")
    assert _heard(transport) == []
    for _ in range(3):
        later()
        assert deliver.deliver(str(effect)).startswith("retry")
    [heard] = _heard(transport)
    assert (heard["fingerprint"], heard["effect"]) == (["call_for_help_not_sent", "twilio:http_503"], str(effect))
    assert THEIR_NUMBER[1:] not in transport.text()


def test_a_call_for_help_whose_tries_do_not_count_is_told_of_when_it_is_late(transport: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = FakeMessenger()
    vendor.fails = VendorPausedError("twilio:invalid_credentials", 300, for_everybody=False)
    monkeypatch.setattr(registry, "messenger", lambda _: vendor)
    effect = EffectFactory.create(kind="escalation", created_at=now() - timedelta(seconds=HELP_LATE_S + 1)).id
    assert deliver.deliver(str(effect)) == "paused for 30 s: twilio:invalid_credentials"
    assert [heard["fingerprint"] for heard in _heard(transport)] == [["call_for_help_not_sent", "twilio:invalid_credentials"]]


def test_an_emergency_of_an_organization_that_named_nobody(transport: Kept, organization: OrganizationRow) -> None:
    stored = chain.receive_sms(organization.id, "My father has chest pain and can't breathe", "SM1")
    app.loader.import_default_modules()
    assert app.tasks[TASK_NAMES[Stage.TRANSCRIBE]](str(stored.run_id)) == "done"
    [heard] = _heard(transport)
    assert heard["fingerprint"][0] == "nobody_to_call"
    assert (heard["organization"], heard["conversation"]) == (str(organization.id), str(stored.conversation_id))
    assert THEIR_NUMBER[1:] not in transport.text()


@pytest.mark.parametrize(
    ("error", "hours", "fingerprint"),
    [
        (RetryableError(CODE, 1.0, counts=False), 49, ["paused_for_long", CODE]),
        (OSError("no route to +15005550199"), 2, ["infrastructure_failing_for_long", "infrastructure:OSError"]),
    ],
    ids=["paused", "infrastructure"],
)
def test_a_run_that_stands_still_for_long(transport: Kept, error: Exception, hours: int, fingerprint: list[str]) -> None:
    run = RunFactory.create(stage=CLASSIFY)
    rows("UPDATE runs SET stage_since = clock_timestamp() - make_interval(hours => %s) RETURNING id", hours)
    _attempt(run.id, error)
    [heard] = _heard(transport)
    assert (heard["fingerprint"], heard["run"]) == (fingerprint, str(run.id))
    assert heard["age_s"] >= hours * 3_600
    assert "5005550199" not in transport.text()


class Port:
    """A vendor that refuses our key."""

    vendor: Vendor | None = Vendor.OPENAI

    def __init__(self, pause_s: float) -> None:
        """Wants to be left alone for so long."""
        self._error = VendorPausedError("openai:invalid_key", pause_s, for_everybody=False)

    def refuse(self) -> str:
        """Whatever it is asked."""
        raise self._error


@pytest.mark.parametrize(("pause_s", "times"), [(asking.PERSONS_PAUSE_S, 1), (asking.PERSONS_PAUSE_S - 1, 0)])
def test_a_vendor_that_refuses_us_until_a_person_mends_something(transport: Kept, pause_s: float, times: int) -> None:
    for _ in range(3):
        with pytest.raises(VendorPausedError):
            asking.ask(Port(pause_s), Port.refuse)
    assert [heard["fingerprint"] for heard in _heard(transport)] == [["vendor_refuses_us", "openai:invalid_key"]] * times


def test_a_worker_that_restarts_waits_until_it_is_heard(transport: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    watching = watch.Watch("worker@test", ["speech"], lambda: done.append("restarted"))
    for name, answer in {"_stranded_s": 61.0, "_taken": True}.items():
        monkeypatch.setattr(watching, name, lambda answer=answer: answer)
    monkeypatch.setattr(watch, "broker_answers", lambda _: True)
    monkeypatch.setattr(watching, "_next", 0.0)
    monkeypatch.setattr(sentry, "wait", lambda seconds: done.append(f"waited for {seconds:.0f} s at most"))
    watching.look()
    assert done == ["waited for 2 s at most", "restarted"]
    [heard] = _heard(transport)
    assert heard["fingerprint"] == ["worker_restarts_itself", watch.REASON]
    assert (heard["worker"], heard["due_for_s"]) == ("worker@test", 61)


def test_a_promise_that_nobody_can_check(transport: Kept, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    unanswerable(monkeypatch, "I9.turn", "SELECT 'run' AS what, id FROM nowhere")
    for _ in range(2):
        invariants.look_after()
    assert [heard["fingerprint"] for heard in _heard(transport)] == [["promise_not_checked", "I9.turn"]]


def test_without_sentry_nothing_is_kept() -> None:
    before = dict(alarm._told)
    alarm.tell_somebody("run_died", CODE, {}, seldom=True)
    assert alarm._told == before
