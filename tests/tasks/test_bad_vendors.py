"""Whatever a vendor does, the call ends as specified: nothing paid twice, no SMS twice. Official SDKs, real sockets, the twin."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tasks import app
from tests.support import chain
from tests.support.plant_factories import VendorHealthFactory
from tests.support.stored import row
from tests.support.vendor_house import SPEED, House, effect

# on the twin's clock; far longer than the second that an impatient house has
LONG: dict[str, Any] = {"delay_s": 30.0 * SPEED}
ONCE: dict[str, Any] = {"times": 1}


def _statuses() -> tuple[str, str]:
    found = row("SELECT status, processing_status FROM transcripts")
    return found["status"], found["processing_status"]


def _as_patient_as_it_takes(house: House, how: dict[str, Any]) -> None:
    if how is LONG:
        house.impatient()


def _ends_well(house: House) -> dict[str, Any]:
    run = house.work_off(house.recorded())
    assert run["state"] == "done", (run["last_error"], house.outcomes)
    assert _statuses() == ("completed", "completed")
    assert len(house.paid("message.create")) <= 1
    return run


def test_when_all_is_well_everything_is_asked_once(house: House) -> None:
    run = _ends_well(house)
    assert [len(house.paid(operation)) for operation in ("listen", "responses", "message.create")] == [1, 2, 1]
    assert (run["engine"], run["degraded"], effect()["state"], effect()["provider"]) == ("openai", False, "sent", "twilio")
    assert {entry.headers["X-Request-Id"] for entry in house.twin.log(direction="in")} == {run["trace_id"]}


@pytest.mark.parametrize(
    ("mode", "how", "submissions"),
    [
        ("429", {"retry_after_s": 3}, 1),
        ("429", {}, 1),
        ("500", {}, 1),
        ("503", {"shape": "html"}, 1),
        ("401", {}, 1),
        ("402", {}, 1),
        ("accept_then_hang", LONG, 1),
        ("truncated", {}, 1),
        ("callback_before_answer", {}, 1),
        ("duplicate", {}, 1),
        # nobody can know that it was not taken: it is submitted once more when it is overdue
        ("hang", LONG, 1),
        ("down", {}, 1),
        ("html", {}, 1),
        ("redirect", {}, 1),
        # taken, but the words never come
        ("drop", {}, 2),
    ],
)
def test_a_transcription_is_paid_once_whatever_deepgram_does(house: House, mode: str, how: dict[str, Any], submissions: int) -> None:
    _as_patient_as_it_takes(house, how)
    house.twin.misbehave("deepgram", mode, "callback" if mode in {"duplicate", "drop"} else "listen", **ONCE, **how)
    _ends_well(house)
    assert len(house.paid("listen")) == submissions
    assert row("SELECT count(*) AS n FROM webhook_events WHERE kind = 'callback'")["n"] == 1


def test_a_recording_that_cannot_be_heard_ends_with_its_reason(house: House) -> None:
    house.twin.misbehave("deepgram", "failed", "listen")
    run = house.work_off(house.recorded())
    assert (run["state"], run["last_error"], _statuses()[0]) == ("dead", "transcription:failed", "failed")
    assert len(house.paid("listen")) == 1


def test_words_that_never_come_end_after_the_second_submission(house: House) -> None:
    house.twin.misbehave("deepgram", "drop", "callback")
    run = house.work_off(house.recorded())
    assert (run["state"], run["last_error"]) == ("dead", "deepgram:callback_overdue")
    assert len(house.paid("listen")) == 2


@pytest.mark.parametrize(
    ("mode", "how"),
    [
        ("429", {"retry_after_s": 3}),
        ("500", {}),
        ("503", {"retry_after_s": 2}),
        ("hang", LONG),
        ("accept_then_hang", LONG),
        ("truncated", {}),
        ("html", {}),
        ("down", {}),
    ],
)
def test_a_model_that_hiccups_once_is_asked_again(house: House, mode: str, how: dict[str, Any]) -> None:
    _as_patient_as_it_takes(house, how)
    house.twin.misbehave("openai", mode, **ONCE, **how)
    run = _ends_well(house)
    assert len(house.paid("responses")) == 2, "each question is billed once"
    assert row("SELECT engine FROM replies")["engine"] == "openai"
    assert run["state"] == "done"


@pytest.mark.parametrize(("mode", "how"), [("429", {"code": "insufficient_quota"}), ("401", {}), ("403", {}), ("redirect", {})])
def test_where_a_person_must_act_the_offline_engine_stands_in_at_once(house: House, mode: str, how: dict[str, Any]) -> None:
    house.twin.misbehave("openai", mode, **ONCE, **how)
    run = _ends_well(house)
    assert (run["engine"], run["degraded"], run["redo_with"]) == ("local", True, "openai")
    assert len(house.paid("responses")) == 1, "the reply's"


@pytest.mark.parametrize("mode", ["refusal", "incomplete", "invalid_output"])
def test_what_a_model_will_not_answer_the_offline_engine_does(house: House, mode: str) -> None:
    house.twin.misbehave("openai", mode)
    run = _ends_well(house)
    assert (run["engine"], run["degraded"], run["redo_with"]) == ("local", True, None)
    assert len(house.paid("responses")) == 2, "it is not asked again for what it will not answer"
    assert row("SELECT usage FROM run_steps WHERE stage = 'classify_speakers'")["usage"]["input_tokens"] > 0, "it was paid all the same"


def test_a_model_that_stays_down_is_stood_in_for_and_its_reply_waited_for(house: House) -> None:
    house.twin.misbehave("openai", "503", times=9)
    run = _ends_well(house)
    assert (run["engine"], run["degraded"], run["redo_with"]) == ("local", True, "openai")
    assert row("SELECT engine FROM replies")["engine"] == "openai", "a reply waits"


@pytest.mark.parametrize(
    ("mode", "how", "state", "sent"),
    [
        ("429", {"retry_after_s": 3}, "sent", 1),
        ("429", {"shape": "problem"}, "sent", 1),
        ("401", {}, "sent", 1),
        ("400", {"code": "21211"}, "failed", 0),
        ("400", {"code": "21610"}, "suppressed", 0),
        # it may have left: it is looked up, and never sent again
        ("accept_then_hang", LONG, "sent", 1),
        ("truncated", {}, "sent", 1),
        ("500", {"after_work": True}, "sent", 1),
        ("503", {"after_work": True}, "sent", 1),
        ("500", {}, "unknown", 0),
        # not even who says that it is overloaded has proved that nothing left
        ("503", {}, "unknown", 0),
        ("hang", LONG, "unknown", 0),
        ("down", {}, "unknown", 0),
        ("html", {}, "unknown", 0),
    ],
)
def test_an_sms_is_sent_once_whatever_twilio_does(house: House, mode: str, how: dict[str, Any], state: str, sent: int) -> None:
    _as_patient_as_it_takes(house, how)
    house.twin.misbehave("twilio", mode, "message.create", **ONCE, **how)
    _ends_well(house)
    assert (effect()["state"], len(house.paid("message.create"))) == (state, sent), house.outcomes


@pytest.mark.parametrize(
    ("mode", "how"),
    [("404", {}), ("401", {}), ("500", {}), ("429", {}), ("html", {}), ("hang", LONG), ("down", {}), ("truncated", {})],
)
def test_a_recording_that_cannot_be_fetched_at_once_is_fetched_later(house: House, mode: str, how: dict[str, Any]) -> None:
    _as_patient_as_it_takes(house, how)
    house.twin.misbehave("twilio", mode, "recording", **ONCE, **how)
    _ends_well(house)
    assert len(house.paid("listen")) == 1


def test_a_redirect_of_a_recording_to_a_private_address_is_refused(house: House) -> None:
    house.twin.misbehave("twilio", "redirect", "recording", location="https://10.0.0.1/secret.wav")
    run = house.work_off(house.recorded())
    assert (run["state"], run["last_error"]) == ("dead", "twilio:redirect_refused")
    assert house.paid("listen") == []


def test_whoever_is_in_danger_gets_the_approved_words_though_the_model_is_down(house: House) -> None:
    house.twin.misbehave("openai", "503")
    stored = chain.store_sms(house.organization.id, "SM" + "7" * 32, body=b"Body=I+have+chest+pain+and+cannot+breathe")
    assert stored.run_id
    VendorHealthFactory.create(vendor="openai", failures=4, open_until=datetime.now(UTC) + timedelta(hours=1))
    for task in ("transcript.transcribe", "transcript.classify_speakers", "reply.generate", "transcript.persist"):
        assert app.tasks[task](str(stored.run_id)) == "done"
    found = row("SELECT engine, template FROM replies")
    assert (found["engine"], found["template"]) == ("local", "emergency")
    assert house.paid("responses") == []
