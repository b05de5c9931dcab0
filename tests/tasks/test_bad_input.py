"""Odd recordings and odd callers: each has a clear end, through the whole chain, with the vendors' SDKs and the twin."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests

import settings
from domain.callback_tokens import JobToken, callback_url
from scripts.twin.sound import tone
from tests.support import chain, vendor_house
from tests.support.stored import awaited, row, rows
from tests.support.vendor_house import House

HOURS = 3_600


def _document(*said: tuple[int, str], channels: int = 1, duration: float = 9.0) -> dict[str, Any]:
    several = channels > 1
    utterances = [
        {"start": 3.0 * n, "end": 3.0 * n + 2, "confidence": 0.9, "channel": who if several else 0, "speaker": 0 if several else who,
         "transcript": words}
        for n, (who, words) in enumerate(said)
    ]  # fmt: skip
    alternatives = [{"transcript": " ".join(words for _, words in said), "confidence": 0.9, "words": []}]
    return {
        "metadata": {"request_id": "r", "duration": duration, "channels": channels},
        "results": {"channels": [{"alternatives": alternatives}] * channels, "utterances": utterances},
    }


AGENT, CUSTOMER = "hello this is river clinic how can i help you today", "hi i would like to book an appointment please"
CASES = {
    "empty transcript": (_document(), 1, 0, {}),
    "nothing but blanks": (_document((0, "  "), (1, "")), 1, 0, {}),
    "one speaker": (_document((0, CUSTOMER)), 1, 1, {"0": "customer"}),
    "two channels": (_document((0, AGENT), (1, CUSTOMER), channels=2), 2, 2, {"0": "agent", "1": "customer"}),
    "ten speakers": (_document((0, AGENT), *((n, f"{CUSTOMER} number {n}") for n in range(1, 10))), 1, 10, None),
    "right to left": (_document((0, AGENT), (1, "שלום, אני רוצה לקבוע תור")), 1, 2, None),
    "astral characters": (_document((0, AGENT), (1, "\N{PILE OF POO} \N{MATHEMATICAL BOLD SMALL H} \N{FAMILY}")), 1, 2, None),
    "U+0000": (_document((0, AGENT), (1, f"{CUSTOMER}\0")), 1, 2, None),
}


@pytest.mark.parametrize("name", CASES)
def test_an_odd_recording_is_worked_off_and_answered(house: House, name: str) -> None:
    document, channels, count, expected = CASES[name]
    audio = tone(2.0, channels)
    house.twin.hear(audio, document)
    run = house.work_off(house.recorded(audio=audio))
    assert (run["state"], run["last_error"]) == ("done", None), house.outcomes
    said = rows("SELECT text, speaker FROM utterances ORDER BY seq")
    assert len(said) == count
    assert not any("\0" in each["text"] for each in said)
    roles = row("SELECT roles FROM analyses")["roles"]
    assert set(roles.values()) <= {"agent", "customer", "unsure"}
    assert roles == expected if expected is not None else set(roles) == {str(each["speaker"]) for each in said}
    assert row("SELECT text FROM replies")["text"]
    assert len(house.paid("listen")) == len(house.paid("message.create")) == 1


def test_a_recording_of_ten_hours_is_refused_before_it_is_fetched(house: House) -> None:
    stored = house.recorded()
    rows(f"UPDATE transcripts SET duration_ms = {10 * HOURS * 1_000} RETURNING id")  # noqa: S608 - our own number
    run = house.work_off(stored)
    assert (run["state"], run["last_error"]) == ("dead", "spend:recording_too_long")
    assert house.twin.log(operation="recording.fetch") == house.twin.log(operation="listen") == []


def test_ten_hours_of_words_are_worked_off(house: House, configured: Callable[..., None]) -> None:
    configured(WORKER_TIMEOUT_SECONDS=30, OPENAI_CONTEXT_TOKENS=10_000)
    vendor_house.forget_ports()
    audio = tone(2.0, 1)
    turns = [(n % 2, AGENT if n % 2 == 0 else f"{CUSTOMER} {n}") for n in range(3_000)]
    document = _document(*turns, duration=10 * HOURS)
    house.twin.hear(audio, document)
    run = house.work_off(house.recorded(audio=audio))
    assert run["state"] == "done"
    assert row("SELECT count(*) AS n FROM utterances")["n"] == 3_000
    assert row("SELECT usage FROM run_steps WHERE stage = 'classify_speakers'")["usage"]["utterances_left_out"] > 0, "and it says so"


def _call_back(house: House, transcript: Any, body: bytes) -> requests.Response:
    current = settings.current()
    token = JobToken(house.organization.id, transcript, 1, datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1))
    url = callback_url(house.front, current.secret_key, token)
    return requests.post(url, data=body, timeout=30)


def test_a_callback_for_an_unknown_transcript_is_refused_and_stores_nothing(house: House) -> None:
    answer = _call_back(house, uuid4(), b'{"metadata": {"request_id": "r"}, "results": {}}')
    assert (answer.status_code, answer.json()["code"]) == (403, "unknown_transcript")
    assert row("SELECT count(*) AS n FROM webhook_events")["n"] == 0


@pytest.mark.parametrize("body", [b'{"metadata": {"request_id": "late"}, "results": {}}', b'{"err_code": "LATE", "request_id": "late"}'])
def test_a_callback_for_a_finished_transcript_is_recorded_and_changes_nothing(house: House, body: bytes) -> None:
    stored = house.recorded()
    house.work_off(stored)
    # the network's last word on the reply comes when it comes
    awaited("SELECT id FROM effects WHERE delivery = 'delivered'")
    before = [chain.whole(table) for table in ("runs", "transcripts", "utterances", "effects")]
    assert _call_back(house, stored.transcript_id, body).status_code == 200
    assert row("SELECT count(*) AS n FROM webhook_events WHERE subject = 'late'")["n"] == 1
    after = [chain.whole(table) for table in ("runs", "transcripts", "utterances", "effects")]
    assert [_timeless(table) for table in after] == [_timeless(table) for table in before]


def test_html_in_place_of_a_callback_is_refused(house: House) -> None:
    stored = house.recorded()
    answer = _call_back(house, stored.transcript_id, b"<html>Bad gateway</html>")
    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")


def _timeless(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name != "updated_at"} for each in table]
