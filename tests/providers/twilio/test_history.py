"""An account's messages and recordings since a time: bounded, and honest about it."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import NoAnswerError, PermanentError
from providers.twilio import history
from providers.twilio.client import TwilioApi
from providers.twilio.history import CallRecording, Message, TwilioHistory
from tests.support.recorded_server import RecordedServer, hang_up
from tests.support.twilio_api import ACCOUNT, CALL, LIMIT_S, MESSAGE, RECORDING, RESOURCES, message, page, recording, settings

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(hours=1)


def of(api: RecordedServer) -> TwilioHistory:
    return TwilioHistory(TwilioApi(settings(api.url), LIMIT_S))


def sid(number: int) -> str:
    return f"SM{number:032x}"


def test_messages_are_told_as_they_are(api: RecordedServer) -> None:
    api.will(page("messages", message(created=NOW, status="received", direction="inbound")))
    found = of(api).messages(ACCOUNT, SINCE)
    assert found.items == (Message(MESSAGE, "inbound", "received", NOW, "+15005550100", "+15005550199", "Thank you."),)
    assert found.is_complete
    assert api.asked[0].path == f"{RESOURCES}/Messages.json"
    assert "+1500555" not in repr(found)


def test_recordings_are_told_as_they_are(api: RecordedServer) -> None:
    api.will(
        page(
            "recordings", recording(created=NOW), recording("RE" + "4" * 32, created=NOW, duration="-1", channels=None, status="processing")
        )
    )
    found = of(api).recordings(ACCOUNT, SINCE)
    assert found.items == (
        CallRecording(RECORDING, CALL, "completed", NOW, 61, 2),
        CallRecording("RE" + "4" * 32, CALL, "processing", NOW, None, None),
    )
    assert api.asked[0].path == f"{RESOURCES}/Recordings.json"


def test_a_message_that_is_not_sent_yet_is_listed_and_an_older_one_is_not(api: RecordedServer) -> None:
    api.will(page("messages", message(sid(1), created=NOW, date_sent=None), message(sid(2), created=SINCE - timedelta(seconds=1))))
    assert [found.sid for found in of(api).messages(ACCOUNT, SINCE).items] == [sid(1)]


def test_the_next_page_is_asked_for_until_nothing_is_new(api: RecordedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_SIZE", 2)
    old = SINCE - timedelta(seconds=1)
    api.will(
        page("messages", message(sid(1), created=NOW), message(sid(2), created=old), next_page=f"{RESOURCES}/Messages.json?Page=1"),
        page("messages", message(sid(3), created=NOW), message(sid(4), created=old), next_page=f"{RESOURCES}/Messages.json?Page=2"),
        page("messages", message(sid(5), created=old), message(sid(6), created=NOW), next_page=f"{RESOURCES}/Messages.json?Page=3"),
    )
    found = of(api).messages(ACCOUNT, SINCE, target="+15005550199")
    # a page's length of older ones in a row is the end
    assert [message.sid for message in found.items] == [sid(1), sid(3)]
    assert found.is_complete
    assert [asked.target.rpartition("?")[2] for asked in api.asked[1:]] == ["Page=1", "Page=2"]
    assert api.asked[0].query == {"To": ["+15005550199"], "PageSize": ["2"]}


def test_more_than_can_be_listed_is_said_to_be_cut_off(api: RecordedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_LISTED", 3)
    api.will(page("messages", *[message(sid(number), created=NOW) for number in range(5)]))
    found = of(api).messages(ACCOUNT, SINCE)
    assert (len(found.items), found.is_complete) == (3, False)


def test_a_page_that_breaks_off_is_an_error_not_an_end(api: RecordedServer) -> None:
    api.will(page("messages", message(created=NOW), next_page=f"{RESOURCES}/Messages.json?Page=1"), hang_up)
    with pytest.raises(NoAnswerError):
        of(api).messages(ACCOUNT, SINCE)


def test_an_account_without_a_token_has_no_history(api: RecordedServer) -> None:
    with pytest.raises(PermanentError):
        of(api).recordings("AC" + "b2" * 16, SINCE)
