"""The four steps with their offline engines, called as functions: what a caller's words lead to."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, TASK_NAMES
from domain.deliveries import Stored
from domain.errors import RetryableError, StepFailed
from domain.ports import Basis
from domain.speech import Understanding
from providers import registry
from tasks import app
from tests.support import chain
from tests.support.stored import count, row, rows


def _sms(organization: OrganizationRow, text: str, ref: str = "SM1") -> Stored:
    return chain.store_sms(organization.id, ref, body=urlencode({"Body": text, "MessageSid": ref}).encode())


def _work_off(stored: Stored) -> list[str]:
    """Every step in its order, as its message would call it."""
    app.loader.import_default_modules()
    return [app.tasks[TASK_NAMES[stage]](str(stored.run_id)) for stage in STAGES]


def test_an_sms_is_answered_through_the_ledger(organization: OrganizationRow) -> None:
    stored = _sms(organization, "I would like to book an appointment")
    assert _work_off(stored) == ["done"] * 4
    assert row("SELECT status, processing_status FROM transcripts") == {"status": "completed", "processing_status": "completed"}
    effect = row("SELECT id, kind, target, state, effect_key, body FROM effects")
    assert (effect["kind"], effect["target"], effect["state"]) == ("sms", "+15005550199", "pending")
    assert effect["effect_key"] == f"transcript:{stored.transcript_id}:sms"
    assert app.tasks["reply.deliver"](effect["id"]) == "sent"
    assert row("SELECT state, provider, provider_ref FROM effects") == {
        "state": "sent",
        "provider": "local",
        "provider_ref": f"local:{effect['id']}",
    }


def test_a_chain_that_is_repeated_changes_nothing(organization: OrganizationRow) -> None:
    stored = _sms(organization, "I would like to book an appointment")
    _work_off(stored)
    tables = ("runs", "run_steps", "transcripts", "utterances", "analyses", "replies", "effects")
    before = [chain.whole(table) for table in tables]
    assert _work_off(stored) == ["already done"] * 4
    assert [chain.whole(table) for table in tables] == before


@pytest.mark.parametrize("text", ["STOP", " stop ", "Unsubscribe", "QUIT."])
def test_who_asks_us_to_stop_gets_no_answer(organization: OrganizationRow, text: str) -> None:
    _work_off(_sms(organization, text))
    assert row("SELECT state, last_error FROM effects") == {"state": "suppressed", "last_error": "opted_out"}
    assert row("SELECT processing_status FROM transcripts") == {"processing_status": "completed"}


def test_who_left_no_number_that_takes_an_sms_gets_no_answer_and_the_ledger_says_why(organization: OrganizationRow) -> None:
    stored = _sms(organization, "I would like to book an appointment")
    rows("UPDATE conversations SET their_number = 'client:alice' RETURNING id")
    _work_off(stored)
    assert row("SELECT state, last_error FROM effects") == {"state": "suppressed", "last_error": "no_number_for_sms"}
    assert app.tasks["reply.deliver"](str(row("SELECT id FROM effects")["id"])).startswith("nothing to do")


@pytest.mark.parametrize(("hours", "stands"), [(25, ("suppressed", "too_late")), (23, ("pending", None))])
def test_what_was_said_more_than_a_day_ago_is_worked_off_and_no_longer_answered(
    organization: OrganizationRow, hours: int, stands: tuple[str, str | None]
) -> None:
    stored = _sms(organization, "I would like to book an appointment")
    rows("UPDATE transcripts SET said_at = clock_timestamp() - make_interval(hours => %s) RETURNING id", hours)
    assert _work_off(stored) == ["done"] * 4
    assert row("SELECT state, last_error FROM effects") == {"state": stands[0], "last_error": stands[1]}


def test_stop_in_a_sentence_is_no_opt_out(organization: OrganizationRow) -> None:
    _work_off(_sms(organization, "When does your practice stop taking patients on Friday?"))
    assert count("effects") == 1


class _Down:
    """A classifier whose vendor is away."""

    def classify(self, *_: object) -> Understanding:
        raise RetryableError("openai:503")

    def basis(self, *_: object) -> Basis:
        return chain.NOTHING


@pytest.mark.parametrize("classifier", ["there", "down"])
def test_an_emergency_calls_for_a_person_whatever_the_classifier_does(
    organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch, classifier: str
) -> None:
    rows('UPDATE organizations SET settings = settings || \'{"on_call": "+15005550111"}\' RETURNING id')
    if classifier == "down":
        monkeypatch.setattr(registry, "classifier", _Down)
    stored = _sms(organization, "I have chest pain and I can't breathe, please help")
    app.loader.import_default_modules()
    for stage in STAGES[:2]:
        app.tasks[TASK_NAMES[stage]](str(stored.run_id))
    assert row("SELECT phase FROM conversations") == {"phase": "escalation"}
    assert row("SELECT kind, target FROM effects") == {"kind": "escalation", "target": "+15005550111"}
    assert chain.run_row(stored.run_id or UUID(int=0))["stage"] == ("generate_reply" if classifier == "there" else "classify_speakers")


@pytest.mark.parametrize("text", ["", "\0", "a\0b", "\N{PILE OF POO}" * 500, "x" * 20_000])
def test_odd_texts_are_worked_off_too(organization: OrganizationRow, text: str) -> None:
    assert _work_off(_sms(organization, text)) == ["done"] * 4
    found = rows("SELECT text FROM utterances")
    assert [item["text"] for item in found] in ([], [text.replace("\0", "\N{REPLACEMENT CHARACTER}")])


def test_words_of_a_callback_may_hold_any_character(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id)
    assert stored.transcript_id
    body = (
        b'{"metadata": {"request_id": "r"}, "results": {"utterances": [{"transcript": "a\\u0000b \\ud83d\\ude00", "start": 0, "end": 1}]}}'
    )
    chain.store_callback(organization.id, stored.transcript_id, body=body)
    assert _work_off(stored) == ["done"] * 4
    assert row("SELECT text FROM utterances") == {"text": "a\N{REPLACEMENT CHARACTER}b \N{GRINNING FACE}"}


def test_a_payload_that_nobody_can_read_ends_the_run_at_once(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id)
    assert stored.transcript_id
    chain.store_callback(organization.id, stored.transcript_id, body=b'{"results": 7}')
    app.loader.import_default_modules()
    with pytest.raises(StepFailed, match=r"^deepgram:unreadable_payload$"):
        app.tasks["transcript.transcribe"](str(stored.run_id))
    assert row("SELECT state, last_error FROM runs") == {"state": "dead", "last_error": "deepgram:unreadable_payload"}


def test_a_recording_without_a_transcriber_waits_and_looks_again_in_an_hour(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id)
    app.loader.import_default_modules()
    assert app.tasks["transcript.transcribe"](str(stored.run_id)) == "waiting for no_transcriber"
    assert stored.run_id
    assert 3_590 < chain.seconds_from_now(chain.run_row(stored.run_id), "next_publish_at") <= 3_600


def test_figures_and_errors_hold_no_word_of_the_caller(organization: OrganizationRow, capsys: pytest.CaptureFixture[str]) -> None:
    stored = _sms(organization, "canary with a toothache, please book")
    outcomes = _work_off(stored)
    shown = str([outcomes, *(chain.whole(table) for table in ("runs", "run_steps", "transcripts", "conversations"))])
    assert "canary" not in shown + "".join(capsys.readouterr())


def test_the_model_that_takes_too_long_fails_with_its_reason(
    organization: OrganizationRow, configured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S0-20: WORKER_TIMEOUT_SECONDS=1 and a model that takes twenty seconds."""
    configured(WORKER_TIMEOUT_SECONDS=1, WORKER_MAX_RETRIES=0)
    slow = chain.Slow(20)
    monkeypatch.setattr(registry, "classifier", lambda: slow)
    stored = _sms(organization, "hello")
    app.loader.import_default_modules()
    app.tasks["transcript.transcribe"](str(stored.run_id))
    with pytest.raises(StepFailed, match=r"^timeout$"), chain.within(0.9, 10):
        app.tasks["transcript.classify_speakers"](str(stored.run_id))
    found = row("SELECT status, processing_status, processing_reason FROM transcripts")
    assert found == {"status": "completed", "processing_status": "failed", "processing_reason": "timeout"}
    slow.release.set()
