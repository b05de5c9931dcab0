"""Somebody who writes several messages waits for the answer to each, but not for ever."""

import pytest
from twilio.rest import Client

from scripts.twin.client import TwinClient
from scripts.twin.twilio.plays import CALLED, CALLER
from tests.scripts.twin.receiver import Receiver

HOUR_S = 3_600


def _bodies(receiver: Receiver, count: int) -> list[str]:
    return [came.form["Body"] for came in receiver.wait_for(count)]


def test_each_message_comes_after_the_answer_to_the_one_before(t: TwinClient, twilio: Client, receiver: Receiver) -> None:
    sids = t.play_thread(receiver.url, ["one", "two", "three"], patience_s=HOUR_S)
    for place, text in enumerate(("one", "two", "three")):
        assert _bodies(receiver, place + 1)[-1] == text
        t.pass_time(30)
        assert len(receiver.received) == place + 1
        twilio.messages.create(to=CALLER, from_=CALLED, body=f"answer to {text}")
    assert [came.form["MessageSid"] for came in receiver.received] == sids


def test_a_message_to_somebody_else_is_no_answer(t: TwinClient, twilio: Client, receiver: Receiver) -> None:
    t.play_thread(receiver.url, ["one", "two"], patience_s=HOUR_S)
    receiver.wait_for(1)
    twilio.messages.create(to="+14155550143", from_=CALLED, body="hello")
    t.pass_time(30)
    assert _bodies(receiver, 1) == ["one"]


def test_without_an_answer_the_next_one_comes_all_the_same(t: TwinClient, receiver: Receiver) -> None:
    t.play_thread(receiver.url, ["one", "two"], patience_s=20)
    assert _bodies(receiver, 2) == ["one", "two"]


def test_reset_ends_a_thread(t: TwinClient, receiver: Receiver) -> None:
    t.play_thread(receiver.url, ["one", "two"], patience_s=20)
    receiver.wait_for(1)
    t.reset()
    t.speed(1_000)
    t.pass_time(60)
    assert len(receiver.received) == 1


def test_a_thread_without_texts_is_refused(t: TwinClient, receiver: Receiver) -> None:
    with pytest.raises(ValueError, match="needs texts"):
        t.play_thread(receiver.url, [])
