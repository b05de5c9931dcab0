"""Whoever writes a reply knows what was said before in the thread, in whole messages and bounded, and what came beside the words."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from db import events, work
from db.tables.organizations import OrganizationRow
from domain.answering.replies import ReplyRequest
from domain.chain import STAGES, TASK_NAMES, Stage
from domain.organizations.opening_hours import DAYS
from domain.ports import Basis
from domain.runs import Run
from domain.speech import Channel, Engine, Reply, Role
from domain.telephony.threads import HISTORY_CHARS, HISTORY_TURNS, Message, recent
from domain.telephony.twilio import Sms
from providers import registry
from tasks import app, deliver
from tests.support import chain
from tests.support.fake_messenger import FakeMessenger
from tests.support.stored import row, rows


class _Writer:
    """A writer that notes what it was asked."""

    vendor = None

    def __init__(self) -> None:
        self.asked: list[ReplyRequest] = []

    def write(self, request: ReplyRequest) -> Reply:
        self.asked.append(request)
        return Reply(f"Answer {len(self.asked)}.", Channel.SMS, Engine("local", "test"))

    def basis(self, _: ReplyRequest) -> Basis:
        return chain.NOTHING


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> _Writer:
    """The writer of the test."""
    found = _Writer()
    monkeypatch.setattr(registry, "reply_writer", lambda: found)
    return found


def _answered(organization: OrganizationRow, text: str, number: int, *, send: bool = True, media: tuple[str, ...] = ()) -> None:
    event = Sms(f"SM{number:032x}", "+15005550199", "+15005550100", text, media=media)
    delivery = chain.envelope("sms", event.message_sid, urlencode({"Body": text}).encode())
    stored = events.store_sms(organization.id, delivery, chain.thread(), event.transcript(), event.heard())
    app.loader.import_default_modules()
    assert [app.tasks[TASK_NAMES[stage]](str(stored.run_id)) for stage in STAGES] == ["done"] * 4
    if send:
        effect = row("SELECT id FROM effects WHERE transcript_id = %s AND kind = 'sms'", str(stored.transcript_id))
        deliver.deliver(effect["id"])


def _told(writer: _Writer) -> list[tuple[Role, str]]:
    return [(message.role, message.text) for message in writer.asked[-1].history]


@pytest.mark.parametrize(("spans", "is_open"), [([["00:00", "24:00"]], True), ([], False)])
def test_a_writer_knows_whether_somebody_is_there_now(
    organization: OrganizationRow, writer: _Writer, spans: list[list[str]], *, is_open: bool
) -> None:
    # every day but, where it shall be closed, none that is near
    days = DAYS if spans else [list(DAYS)[(datetime.now(UTC).weekday() + 3) % 7]]
    hours = {"timezone": "UTC", "weekly": dict.fromkeys(days, spans or [["09:00", "17:00"]])}
    rows("UPDATE organizations SET settings = settings || %s::jsonb RETURNING id", json.dumps({"hours": hours}))
    _answered(organization, "When do you open?", 1, send=False)
    assert writer.asked[-1].is_open is is_open


def test_a_first_message_has_no_history(organization: OrganizationRow, writer: _Writer, vendor: FakeMessenger) -> None:
    _answered(organization, "When do you open?", 1)
    assert writer.asked[0].history == ()


def test_earlier_messages_and_our_answers_are_told_in_their_order(
    organization: OrganizationRow, writer: _Writer, vendor: FakeMessenger
) -> None:
    for number, text in enumerate(("When do you open?", "And on Friday?", "Thank you"), start=1):
        _answered(organization, text, number)
    assert _told(writer) == [
        (Role.CUSTOMER, "When do you open?"),
        (Role.AGENT, "Answer 1."),
        (Role.CUSTOMER, "And on Friday?"),
        (Role.AGENT, "Answer 2."),
    ]
    assert [said.text for said in writer.asked[-1].utterances] == ["Thank you"]


def test_what_never_left_was_never_said(organization: OrganizationRow, writer: _Writer, vendor: FakeMessenger) -> None:
    _answered(organization, "When do you open?", 1, send=False)
    _answered(organization, "Hello?", 2)
    assert _told(writer) == [(Role.CUSTOMER, "When do you open?")]


def test_another_thread_and_old_days_are_no_history(organization: OrganizationRow, writer: _Writer, vendor: FakeMessenger) -> None:
    _answered(organization, "When do you open?", 1)
    rows("UPDATE transcripts SET created_at = created_at - interval '8 days' RETURNING id")
    _answered(organization, "Hello?", 2)
    assert _told(writer) == []
    rows("UPDATE conversations SET provider_ref = 'another thread' RETURNING id")
    _answered(organization, "Hello?", 3)
    assert _told(writer) == []


def test_history_has_a_number_of_turns(organization: OrganizationRow, writer: _Writer, vendor: FakeMessenger) -> None:
    for number in range(1, HISTORY_TURNS + 4):
        _answered(organization, f"Message {number}", number)
    assert [text for role, text in _told(writer) if role is Role.CUSTOMER] == [
        f"Message {number}" for number in range(3, HISTORY_TURNS + 3)
    ]


def test_history_is_cut_between_messages_the_oldest_first() -> None:
    long = [Message(Role.CUSTOMER, letter * (HISTORY_CHARS // 3)) for letter in "abcd"]
    assert [message.text[0] for message in recent(long)] == ["b", "c", "d"]
    assert recent([Message(Role.CUSTOMER, "x" * (HISTORY_CHARS + 1))]) == ()
    assert recent([]) == ()


def test_a_recording_has_no_history(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id)
    assert stored.run_id
    chain.bring_to(stored.run_id, Stage.GENERATE_REPLY)
    assert _loaded(stored.run_id).history == ()


def test_pictures_are_told_to_the_writer_with_the_message_and_after_it(
    organization: OrganizationRow, writer: _Writer, vendor: FakeMessenger
) -> None:
    _answered(organization, "", 1, media=("image/jpeg", "image/jpeg"))
    assert writer.asked[0].media == ("image/jpeg", "image/jpeg")
    _answered(organization, "Did you get it?", 2)
    assert writer.asked[1].history[0] == Message(Role.CUSTOMER, "", ("image/jpeg", "image/jpeg"))


def _loaded(run_id: Any) -> Run:
    return work.load(chain.claim(run_id, Stage.GENERATE_REPLY))
