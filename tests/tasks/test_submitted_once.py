"""A recording is paid once, whatever moment its callback chooses and whoever dies on the way (I8). Real kills, the twin's own log."""

import os
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

import pytest

from db import submissions
from domain.deliveries import Stored
from tasks import app
from tests.support import chain
from tests.support.stored import row
from tests.support.vendor_house import SPEED, House
from tests.support.vendor_state import leases_ran_out

TRANSCRIBE = "transcript.transcribe"


def _until_called_back(times: int = 1) -> None:
    ends = time.monotonic() + 30
    while row("SELECT count(*) AS n FROM webhook_events WHERE kind = 'callback'")["n"] < times:
        assert time.monotonic() < ends, "no callback came"
        time.sleep(0.01)


def _finished(house: House, stored: Stored, paid: int) -> None:
    run = house.work_off(stored)
    assert (run["state"], run["last_error"]) == ("done", None), house.outcomes
    assert len(house.paid("listen")) == paid
    assert len(house.paid("message.create")) == 1


def _killed(stored: Stored) -> None:
    """A worker begins the transcription and is killed on the way, as by ``kill -9``."""
    child = get_context("fork").Process(target=app.tasks[TRANSCRIBE], args=(str(stored.run_id),))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_callback_before_the_submit_returns(house: House) -> None:
    house.twin.misbehave("deepgram", "callback_before_answer", "listen")
    _finished(house, house.recorded(), paid=1)


def test_a_callback_between_return_and_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = submissions.note_accepted

    def after_the_callback(*given: Any) -> None:
        _until_called_back()
        plain(*given)

    monkeypatch.setattr(submissions, "note_accepted", after_the_callback)
    _finished(house, house.recorded(), paid=1)


def test_a_callback_at_the_moment_of_an_overdue_resubmit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.twin.misbehave("deepgram", "drop", "callback", times=1)
    stored = house.recorded()
    plain, numbers = submissions.submit, list[int | None]()

    def just_before_the_words(*given: Any) -> int | None:
        numbers.append(number := plain(*given))
        if number == 2 and stored.transcript_id:
            chain.store_callback(house.organization.id, stored.transcript_id, key="late-first", body=_DOCUMENT)
        return number

    monkeypatch.setattr(submissions, "submit", just_before_the_words)
    _finished(house, stored, paid=2)
    assert numbers == [1, 2]


_DOCUMENT = b'{"metadata": {"request_id": "r"}, "results": {"utterances": [{"transcript": "hello there", "start": 0, "end": 1}]}}'


@pytest.mark.parametrize("at", ["note_accepted", "before_the_call"])
def test_a_worker_killed_after_its_submission_was_written_down(house: House, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """Between Deepgram's answer and the commit: one paid submission. Before the call: none was made, so the due time makes one."""
    stored = house.recorded()
    with monkeypatch.context() as dying:
        if at == "note_accepted":
            house.twin.misbehave("deepgram", "late", "callback", delay_s=1.5 * SPEED)
            dying.setattr(submissions, "note_accepted", _die)
        else:
            dying.setattr("tasks.transcribing._callback_url", _die)
        _killed(stored)
    if at == "note_accepted":
        leases_ran_out()
        assert app.tasks[TRANSCRIBE](str(stored.run_id)) == "waiting for deepgram", "whoever comes next waits, and pays nothing"
        _until_called_back()
    _finished(house, stored, paid=1)
    assert row("SELECT submission FROM run_steps WHERE stage = 'transcribe'")["submission"] == (1 if at == "note_accepted" else 2)


def test_a_worker_killed_while_it_waits_for_the_words_in_the_answer(
    house: House, monkeypatch: pytest.MonkeyPatch, configured: Callable[..., None]
) -> None:
    configured(DEEPGRAM_CALLBACK="false")
    stored = house.recorded()
    with monkeypatch.context() as dying:
        dying.setattr("db.events.keep_answer", _die)
        _killed(stored)
    # nobody calls back with these words: paid once more when they are overdue, never a third time
    _finished(house, stored, paid=2)


def test_words_in_the_answer_are_kept_and_never_asked_for_again(house: House, configured: Callable[..., None]) -> None:
    configured(DEEPGRAM_CALLBACK="false")
    stored = house.recorded()
    _finished(house, stored, paid=1)
    assert row("SELECT count(*) AS n FROM webhook_events WHERE kind = 'answer'")["n"] == 1


def test_a_worker_killed_between_the_vendors_sent_and_our_commit_sends_no_second_sms(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = house.recorded()
    plain, deaths = house.deliver, list[int]()

    def killed_once() -> None:
        if not deaths:
            deaths.append(1)
            with monkeypatch.context() as dying:
                dying.setattr("db.plant.effects.settle", _die)
                child = get_context("fork").Process(target=app.tasks["reply.deliver"], args=(str(row("SELECT id FROM effects")["id"]),))
                child.start()
                child.join(60)
                assert child.exitcode == -signal.SIGKILL
        plain()

    monkeypatch.setattr(house, "deliver", killed_once)
    _finished(house, stored, paid=1)
    assert row("SELECT state FROM effects")["state"] == "sent"
