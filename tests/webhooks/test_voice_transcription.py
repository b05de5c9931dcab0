"""What both sides say is written down as they talk, and worked on as one talk when they have ended."""

from itertools import permutations
from typing import Any

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from domain.chain import TASK_NAMES, Stage
from providers.twilio.live import written
from tasks import app as celery_app
from tests.support import payloads
from tests.support.calling import Caller, work_off
from tests.support.invariants import assert_they_hold
from tests.support.signing import changed, post_as_twilio
from tests.support.stored import count, row, rows

PATH = "/webhooks/twilio/transcription"
SID, CALL = "GT" + "5" * 32, "CA" + "1" * 32


@pytest.fixture(autouse=True)
def _asked(organization: OrganizationRow) -> None:
    """Somebody's organization."""


def _event(client: FlaskClient, name: str, **values: str) -> int:
    return post_as_twilio(client, PATH, changed(payloads.twilio(f"rtt_{name}").fields or (), **values)).status_code


def _says(client: FlaskClient, number: int, text: str, track: str = "inbound_track", second: int | None = None) -> int:
    at = f"2026-11-20T22:00:{number if second is None else second:02d}.454203Z"
    data = f'{{"transcript": "{text}", "confidence": 0.9}}'
    return _event(client, "content_final", SequenceId=str(number), TranscriptionData=data, Track=track, Timestamp=at)


def _talk(client: FlaskClient) -> list[Any]:
    return [
        lambda: _event(client, "started"),
        lambda: _says(client, 2, "Hello, how can I help?", "outbound_track"),
        lambda: _says(client, 3, "I want to move my appointment"),
        lambda: _event(client, "stopped", SequenceId="4"),
    ]


def _transcribe() -> str:
    celery_app.loader.import_default_modules()
    return str(celery_app.tasks[TASK_NAMES[Stage.TRANSCRIBE]](row("SELECT id FROM runs")["id"]))


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_it_is_one_talk(client: FlaskClient, order: tuple[int, ...]) -> None:
    talk = _talk(client)
    assert [talk[place]() for place in (*order, order[1])] == [204] * 5
    assert row("SELECT source, source_ref, status FROM transcripts") == {
        "source": "live_transcription", "source_ref": SID, "status": "processing",
    }  # fmt: skip
    work_off()
    said = rows("SELECT speaker, role, text, start_ms FROM utterances ORDER BY seq")
    assert [(each["speaker"], each["role"], each["text"]) for each in said] == [
        (1, "agent", "Hello, how can I help?"),
        (0, "customer", "I want to move my appointment"),
    ]
    assert (count("transcripts"), count("runs")) == (1, 1)
    assert_they_hold()


def test_it_is_not_worked_on_while_people_talk(client: FlaskClient) -> None:
    for tell in _talk(client)[:3]:
        tell()
    assert count("runs") == 0
    assert_they_hold()


@pytest.mark.parametrize("ends_first", [False, True])
def test_without_its_last_event_it_is_worked_on_when_the_call_ends(client: FlaskClient, *, ends_first: bool) -> None:
    caller = Caller(client, sid=CALL)
    requests = [*_talk(client)[:3], caller.hangs_up]
    for tell in reversed(requests) if ends_first else requests:
        tell()
    work_off()
    assert [said["text"] for said in rows("SELECT text FROM utterances ORDER BY seq")] == [
        "Hello, how can I help?",
        "I want to move my appointment",
    ]
    assert_they_hold()


def test_what_is_missing_is_waited_for_and_then_not(client: FlaskClient) -> None:
    for tell in (_talk(client)[0], _talk(client)[2], _talk(client)[3]):
        tell()
    assert _transcribe() == "waiting for transcription_events"
    rows("UPDATE runs SET state = 'ready', waiting_for = NULL, not_before = clock_timestamp() RETURNING id")
    _talk(client)[1]()
    assert _transcribe() == "done"
    assert count("utterances") == 2


def test_what_never_comes_is_not_waited_for_for_ever(client: FlaskClient) -> None:
    for tell in (_talk(client)[0], _talk(client)[2], _talk(client)[3]):
        tell()
    rows("UPDATE runs SET stage_since = clock_timestamp() - interval '31 seconds' RETURNING id")
    assert _transcribe() == "done"
    assert count("utterances") == 1


def test_what_was_heard_on_the_way_takes_no_words_away(client: FlaskClient) -> None:
    _event(client, "started")
    _event(client, "content_partial", SequenceId="2")
    _says(client, 3, "I want to move my appointment")
    _event(client, "stopped", SequenceId="4")
    assert _transcribe() == "done"
    assert [said["text"] for said in rows("SELECT text FROM utterances")] == ["I want to move my appointment"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_twilio_could_not_hear_has_failed_and_says_why(client: FlaskClient, order: tuple[int, ...]) -> None:
    events = [*_talk(client)[:2], lambda: _event(client, "error", SequenceId="3")]
    for place in order:
        assert events[place]() == 204
    assert row("SELECT status, status_reason FROM transcripts") == {"status": "failed", "status_reason": "twilio:32655"}
    assert count("runs") == 0
    assert_they_hold()


def test_a_talk_without_words_has_none(client: FlaskClient) -> None:
    _event(client, "started")
    _event(client, "stopped", SequenceId="2")
    assert _transcribe() == "done"
    assert count("utterances") == 0


def test_words_of_one_side_stay_in_their_order_whatever_its_clock_says(client: FlaskClient) -> None:
    _says(client, 1, "first", second=9)
    _says(client, 2, "second", second=3)
    _says(client, 3, "third", "outbound_track", second=5)
    bodies = [bytes(body["body"]) for body in rows("SELECT body FROM webhook_events")]
    assert len(bodies) == 3
    _event(client, "stopped", SequenceId="4")
    _transcribe()
    assert [said["text"] for said in rows("SELECT text FROM utterances ORDER BY seq")] == ["third", "first", "second"]


def test_nothing_heard_is_nothing_written() -> None:
    assert written([]).utterances == ()


@pytest.mark.parametrize("field", ["TranscriptionSid", "SequenceId", "TranscriptionEvent", "CallSid"])
def test_an_event_without_what_names_it_is_refused(client: FlaskClient, field: str) -> None:
    assert _event(client, "content_final", **{field: ""}) == 400
    assert count("webhook_events") == 0


def test_partial_results_of_a_turn_are_kept_and_start_nothing(client: FlaskClient) -> None:
    caller = Caller(client)
    caller.rings()
    for number in ("1", "2", "2"):
        told = {"SequenceNumber": number, "UnstableSpeechResult": "I want"}
        assert caller.post("/webhooks/twilio/gather-partial?turn=1", **told).status_code == 204
    assert count("webhook_events WHERE kind = 'gather_partial' AND conversation_id IS NOT NULL") == 2
    assert (count("transcripts"), count("runs")) == (0, 0)
