"""An account's messages, recordings and calls: a page at a time, bounded, and as they are."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from domain.errors import NoAnswerError, PermanentError, RetryableError
from domain.telephony.history import CallRecording, Message, Page
from domain.telephony.twilio import ASKED_FOR, CallStatus, MessageStatus
from providers.twilio import history
from providers.twilio.history import TwilioHistory
from tests.support.recorded_server import RecordedServer, answer, hang_up
from tests.support.twilio_api import (
    ACCOUNT,
    CALL,
    LIMIT_S,
    MESSAGE,
    RECORDING,
    RESOURCES,
    as_json,
    error,
    message,
    page,
    recording,
    settings,
)  # fmt: skip

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(hours=1)
OLD = SINCE - timedelta(seconds=1)
NEXT = f"{RESOURCES}/Messages.json?Page=1&PageToken=PA1"


def of(api: RecordedServer) -> TwilioHistory:
    return TwilioHistory.of(settings(api.url), LIMIT_S)


def sid(number: int) -> str:
    return f"SM{number:032x}"


def test_messages_are_told_as_they_are(api: RecordedServer) -> None:
    api.will(page("messages", message(created=NOW, status="received", direction="inbound")))
    found = of(api).messages(ACCOUNT, SINCE, None)
    assert found == Page((Message(MESSAGE, "inbound", "received", NOW, "+15005550100", "+15005550199", "Thank you."),), None)
    assert api.asked[0].path == f"{RESOURCES}/Messages.json"
    assert "+1500555" not in repr(found)


def test_recordings_are_told_as_they_are(api: RecordedServer) -> None:
    other = "RE" + "4" * 32
    api.will(
        page("recordings", recording(created=NOW), recording(other, created=NOW, duration="-1", channels=None, status="processing"))
    )  # fmt: skip
    found = of(api).recordings(ACCOUNT, SINCE, None)
    assert found.items == (
        CallRecording(RECORDING, CALL, "completed", NOW, 61, 2),
        CallRecording(other, CALL, "processing", NOW, None, None),
    )
    assert api.asked[0].target == f"{RESOURCES}/Recordings.json?PageSize=20"


def test_a_recording_that_belongs_to_no_call_is_left_out(api: RecordedServer) -> None:
    api.will(page("recordings", recording(created=NOW, call_sid=None), recording("RE1", created=NOW), recording(created=NOW)))
    assert [found.sid for found in of(api).recordings(ACCOUNT, SINCE, None).items] == [RECORDING]


def test_impossible_figures_are_unknown_ones(api: RecordedServer) -> None:
    api.will(page("recordings", recording(created=NOW, duration="99999999999", channels=7)))
    [found] = of(api).recordings(ACCOUNT, SINCE, None).items
    assert (found.seconds, found.channels) == (None, None)


@pytest.mark.parametrize("escaped", [b"a\\u0000b", b"a\\ud83db"])
def test_half_a_character_and_the_character_0_do_not_reach_the_store(api: RecordedServer, escaped: bytes) -> None:
    told = orjson.dumps({"messages": [message(created=NOW, body="WORDS")], "next_page_uri": None})
    # no library of ours would write this
    api.will(answer(200, told.replace(b"WORDS", escaped)))
    [found] = of(api).messages(ACCOUNT, SINCE, None).items
    assert found.body in {"a\ufffdb", "a?b"}


def test_the_page_after_is_asked_for_where_twilio_says_but_at_our_own_address(api: RecordedServer) -> None:
    api.will(
        page("messages", message(sid(1), created=NOW), message(sid(2), created=OLD), next_page=NEXT),
        page("messages", message(sid(3), created=OLD), next_page=f"{NEXT}2"),
    )
    first = of(api).messages(ACCOUNT, SINCE, None)
    assert [found.sid for found in first.items] == [sid(1)]
    assert first.next
    # nothing on it is new: that is the end, whatever comes behind
    assert of(api).messages(ACCOUNT, SINCE, first.next) == Page((), None)
    assert [asked.target for asked in api.asked] == [f"{RESOURCES}/Messages.json?PageSize=100", NEXT]


def test_a_page_that_breaks_off_is_an_error_not_an_end(api: RecordedServer) -> None:
    api.will(hang_up)
    with pytest.raises(NoAnswerError):
        of(api).messages(ACCOUNT, SINCE, NEXT)


def test_an_account_without_a_token_has_no_history(api: RecordedServer) -> None:
    with pytest.raises(PermanentError):
        of(api).recordings("AC" + "b2" * 16, SINCE, None)


class TestCall:
    """How a call stands."""

    TOLD = {"sid": CALL, "status": "completed", "direction": "inbound", "from": "+15005550199", "to": "+15005550100"}  # noqa: RUF012 - read only

    def test_it_is_told_as_an_event_that_every_other_outranks(self, api: RecordedServer) -> None:
        api.will(as_json({**self.TOLD, "duration": "61"}))
        told = of(api).call(ACCOUNT, CALL)
        assert told == CallStatus(CALL, "completed", ASKED_FOR, "inbound", "+15005550199", "+15005550100", 61)
        assert api.asked[0].path == f"{RESOURCES}/Calls/{CALL}.json"

    def test_one_under_way_has_no_duration(self, api: RecordedServer) -> None:
        api.will(as_json({**self.TOLD, "status": "in-progress", "duration": None, "from": ""}))
        told = of(api).call(ACCOUNT, CALL)
        assert told
        assert (told.call_duration, told.from_) == (None, None)

    def test_one_that_was_deleted_is_none(self, api: RecordedServer) -> None:
        api.will(error(404, 20404))
        assert of(api).call(ACCOUNT, CALL) is None

    def test_one_that_cannot_be_told_now_is_an_error(self, api: RecordedServer) -> None:
        api.will(error(503, 20503))
        with pytest.raises(RetryableError):
            of(api).call(ACCOUNT, CALL)


class TestMessage:
    """How a message that we sent stands."""

    def test_it_is_told_as_its_report_would_have_told_it(self, api: RecordedServer) -> None:
        api.will(as_json({"sid": MESSAGE, "status": "undelivered", "error_code": 30005}))
        assert of(api).message(ACCOUNT, MESSAGE) == MessageStatus(MESSAGE, "undelivered", "30005")
        assert api.asked[0].path == f"{RESOURCES}/Messages/{MESSAGE}.json"

    def test_one_that_arrived_has_no_code(self, api: RecordedServer) -> None:
        api.will(as_json({"sid": MESSAGE, "status": "delivered", "error_code": None}))
        assert of(api).message(ACCOUNT, MESSAGE) == MessageStatus(MESSAGE, "delivered", None)

    def test_one_that_was_deleted_or_is_in_a_way_that_nobody_knows_is_none(self, api: RecordedServer) -> None:
        api.will(error(404, 20404))
        assert of(api).message(ACCOUNT, MESSAGE) is None
        api.will(as_json({"sid": MESSAGE, "status": "teleported", "error_code": None}))
        assert of(api).message(ACCOUNT, MESSAGE) is None

    def test_one_that_cannot_be_told_now_is_an_error(self, api: RecordedServer) -> None:
        api.will(error(503, 20503))
        with pytest.raises(RetryableError):
            of(api).message(ACCOUNT, MESSAGE)


class TestMessagesToOneNumber:
    """What a messenger looks through for the one that it may have sent."""

    def test_one_that_is_not_sent_yet_is_listed_and_an_older_one_is_not(self, api: RecordedServer) -> None:
        api.will(page("messages", message(sid(1), created=NOW, date_sent=None), message(sid(2), created=OLD)))
        assert [found.sid for found in of(api).messages_to(ACCOUNT, SINCE, "+15005550199")] == [sid(1)]

    def test_the_next_page_is_asked_for_until_nothing_is_new(self, api: RecordedServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(history, "PAGE_SIZE", 2)
        path = f"{RESOURCES}/Messages.json"
        api.will(
            page("messages", message(sid(1), created=NOW), message(sid(2), created=OLD), next_page=f"{path}?Page=1"),
            page("messages", message(sid(3), created=NOW), message(sid(4), created=OLD), next_page=f"{path}?Page=2"),
            page("messages", message(sid(5), created=OLD), message(sid(6), created=NOW), next_page=f"{path}?Page=3"),
        )
        found = of(api).messages_to(ACCOUNT, SINCE, "+15005550199")
        # a page's length of older ones in a row is the end
        assert [message.sid for message in found] == [sid(1), sid(3)]
        assert [asked.target.rpartition("?")[2] for asked in api.asked[1:]] == ["Page=1", "Page=2"]
        assert api.asked[0].query == {"To": ["+15005550199"], "PageSize": ["2"]}

    def test_no_more_are_listed_than_anybody_could_have_sent(self, api: RecordedServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(history, "MAX_LISTED", 3)
        api.will(page("messages", *[message(sid(number), created=NOW) for number in range(5)]))
        assert len(of(api).messages_to(ACCOUNT, SINCE, "+15005550199")) == 3
