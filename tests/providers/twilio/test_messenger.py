"""What is asked of Twilio for each kind of effect, and what an earlier attempt is recognized by."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.chain import EffectKind
from domain.errors import NoAnswerError, NotYetError, OptedOutError, PermanentError, StepError
from domain.runs import Effect, Sighting
from providers.twilio.messenger import TwilioMessenger
from tests.support.effects import effect
from tests.support.recorded_server import RecordedServer
from tests.support.twilio_api import LIMIT_S, MESSAGE, RESOURCES, as_json, error, message, page, settings

PUBLIC = "https://hookline.example"
NOW = datetime.now(UTC).replace(microsecond=0)


def messenger(url: str, public: str = PUBLIC) -> TwilioMessenger:
    return TwilioMessenger(settings(url), public, LIMIT_S)


def refused(api: RecordedServer, asked: Effect) -> StepError:
    with pytest.raises(StepError) as raised:
        messenger(api.url).send(asked)
    return raised.value


@pytest.mark.parametrize("kind", [EffectKind.SMS, EffectKind.ESCALATION])
def test_a_message_is_sent_with_a_report_that_names_the_effect(api: RecordedServer, kind: EffectKind) -> None:
    api.will(as_json(message(), 201))
    asked = effect(kind)
    assert messenger(api.url).send(asked) == MESSAGE
    [request] = api.asked
    assert (request.method, request.target) == ("POST", f"{RESOURCES}/Messages.json")
    assert request.form == {
        "To": [asked.target],
        "From": [asked.sender],
        "Body": [asked.body],
        "StatusCallback": [f"{PUBLIC}/webhooks/twilio/message-status?effect={asked.id}#rc=3&rp=5xx,ct,rt"],
    }


@pytest.mark.parametrize("public", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_no_report_goes_to_an_address_that_twilio_cannot_reach(api: RecordedServer, public: str, monkeypatch: pytest.MonkeyPatch) -> None:
    api.will(as_json(message(), 201))
    # an emulator beside us can reach it
    assert messenger(api.url, public).send(effect()) == MESSAGE
    far = messenger(api.url, public)
    monkeypatch.setattr(far._api, "base_url", api.url.replace("127.0.0.1", "api.localhost"))
    monkeypatch.setattr("socket.getaddrinfo", _loopback)
    assert far.send(effect()) == MESSAGE
    assert ["StatusCallback" in asked.form for asked in api.asked] == [True, False]


@pytest.mark.parametrize("words", ["א שלום", "😀 astral", "a\nb", "x" * 1_600, "a&b=c%2B"])
def test_words_arrive_as_they_are(api: RecordedServer, words: str) -> None:
    api.will(as_json(message(), 201))
    messenger(api.url).send(effect(body=words))
    assert api.asked[0].form["Body"] == [words]


@pytest.mark.parametrize("sender", [None, ""])
def test_a_message_without_a_sender_is_not_sent(api: RecordedServer, sender: str | None) -> None:
    raised = refused(api, effect(sender=sender))
    assert (type(raised), raised.code) == (PermanentError, "twilio:no_sender")
    assert api.asked == []


def test_a_call_for_help_without_a_sender_is_tried_again(api: RecordedServer) -> None:
    raised = refused(api, effect(EffectKind.ESCALATION, sender=None))
    assert (type(raised), raised.code) == (NotYetError, "twilio:no_sender")
    assert api.asked == []


def test_an_organization_without_an_account_sends_nothing(api: RecordedServer) -> None:
    assert refused(api, effect(account=None)).code == "twilio:account_not_configured"
    assert api.asked == []


@pytest.mark.parametrize("sid", [None, 7, "", "SM1", f"{MESSAGE}\n"])
def test_an_answer_that_names_no_message_may_have_sent_one(api: RecordedServer, sid: object) -> None:
    api.will(as_json({"sid": sid}, 201))
    raised = refused(api, effect())
    assert (type(raised), raised.code) == (NoAnswerError, "twilio:unreadable_answer")


def test_a_recipient_who_opted_out_is_not_asked_again(api: RecordedServer) -> None:
    api.will(error(400, 21610))
    raised = refused(api, effect())
    assert (type(raised), raised.code) == (OptedOutError, "twilio:21610")


def test_an_earlier_attempt_is_found_by_target_sender_and_words(api: RecordedServer) -> None:
    mine = effect(created_at=NOW)
    same: dict[str, Any] = {"to": mine.target, "from": mine.sender, "body": mine.body, "created": NOW}
    api.will(
        page(
            "messages",
            message("SM" + "4" * 32, **same | {"created": NOW + timedelta(minutes=5)}),
            message("SM" + "3" * 32, **same | {"body": "We open at nine"}),
            message("SM" + "2" * 32, **same | {"from": "+15005550111"}),
            message("SM" + "1" * 32, **same | {"created": NOW - timedelta(seconds=30)}),
            message("SM" + "0" * 32, **same | {"created": NOW - timedelta(seconds=90)}),
        )
    )
    # two fit: the first of them is the likeliest
    first, second = "SM" + "1" * 32, "SM" + "4" * 32
    assert messenger(api.url).find(mine) == Sighting(first, conclusive=True, alike=(first, second))
    assert (api.asked[0].method, api.asked[0].query["To"]) == ("GET", [mine.target])


def test_absence_proves_nothing(api: RecordedServer) -> None:
    api.will(page("messages"))
    assert messenger(api.url).find(effect()) == Sighting(None, conclusive=False)


def _loopback(_host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
    return [(2, 1, 6, "", ("127.0.0.1", port))]
