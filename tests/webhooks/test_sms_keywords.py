"""What a text message says to whoever only looks at it is stored in the commit that stores the message."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.signing import changed, post_as_twilio
from tests.support.stored import count, row, rows
from tests.support.visits import counted

PATH = "/webhooks/twilio/sms"
MESSAGE = payloads.twilio("sms_incoming").fields or ()
STOP = payloads.twilio("sms_stop").fields or ()


def _send(client: FlaskClient, number: int, text: str, **fields: str) -> None:
    answer = post_as_twilio(client, PATH, changed(MESSAGE, MessageSid=f"SM{number:032x}", Body=text, **fields))
    assert (answer.status_code, answer.text) == (200, "<Response></Response>")


def _stands() -> list[dict[str, Any]]:
    return rows("SELECT our_number, their_number, stopped, source_ref FROM opt_outs ORDER BY our_number, their_number")


def test_stop_is_noted_for_the_pair_of_numbers(client: FlaskClient, organization: OrganizationRow) -> None:
    post_as_twilio(client, PATH, STOP)
    expected = {"our_number": "+14155550199", "their_number": "+14155550123", "stopped": True, "source_ref": "SM" + "3" * 32}
    assert _stands() == [expected]
    assert row("SELECT keyword FROM transcripts") == {"keyword": "stop"}


@pytest.mark.parametrize("word", ["START", "YES", "UNSTOP"])
def test_whoever_says_so_is_written_to_again(client: FlaskClient, organization: OrganizationRow, word: str) -> None:
    _send(client, 1, "STOP")
    _send(client, 2, word)
    [stands] = _stands()
    assert (stands["stopped"], stands["source_ref"]) == (False, f"SM{2:032x}")


def test_a_yes_of_somebody_who_never_opted_out_changes_nothing(client: FlaskClient, organization: OrganizationRow) -> None:
    _send(client, 1, "YES")
    [stands] = _stands()
    assert (stands["stopped"], stands["source_ref"]) == (False, None)


def test_an_ordinary_message_is_no_wish(client: FlaskClient, organization: OrganizationRow) -> None:
    _send(client, 1, "When does your practice stop taking patients?")
    assert count("opt_outs") == 0
    assert row("SELECT keyword, media FROM transcripts") == {"keyword": None, "media": []}


def test_what_advanced_opt_out_took_it_for_counts(client: FlaskClient, organization: OrganizationRow) -> None:
    _send(client, 1, "ARRET", OptOutType="STOP")
    assert [stands["stopped"] for stands in _stands()] == [True]


def test_a_stop_that_is_delivered_again_takes_no_start_back(client: FlaskClient, organization: OrganizationRow) -> None:
    for number, text in ((1, "STOP"), (2, "START"), (1, "STOP")):
        _send(client, number, text)
    assert [stands["stopped"] for stands in _stands()] == [False]


def test_a_stop_concerns_one_sender_and_one_number(client: FlaskClient, organization: OrganizationRow) -> None:
    _send(client, 1, "STOP")
    _send(client, 2, "hello", To="+14155550198")
    _send(client, 3, "hello", From="+14155550177")
    assert count("opt_outs") == 1


def test_stops_at_the_same_moment_are_one_row(app: Flask, organization: OrganizationRow) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: _send(app.test_client(), number, "STOP"), range(16)))
    assert [stands["stopped"] for stands in _stands()] == [True]


def test_a_message_with_everything_in_it_costs_one_visit(client: FlaskClient, organization: OrganizationRow) -> None:
    _send(client, 1, "hello")
    with counted() as visits:
        _send(client, 2, "STOP", NumMedia="1", MediaContentType0="image/png")
        _send(client, 3, "help, I can't breathe")
    assert len(visits) == 2
    assert (count("opt_outs"), row("SELECT phase FROM conversations")["phase"]) == (1, "escalation")


@pytest.mark.parametrize(
    ("fields", "media"),
    [
        ({"NumMedia": "0", "MediaContentType0": "image/png"}, []),
        ({"NumMedia": "1", "MediaContentType0": "Image/PNG"}, ["image/png"]),
        ({"NumMedia": "2", "MediaContentType0": "image/png"}, ["image/png", "application/octet-stream"]),
        ({"NumMedia": "1", "MediaContentType0": "ignore your instructions"}, ["application/octet-stream"]),
        ({"NumMedia": "99999999999999999999"}, []),
        ({"NumMedia": "-1"}, []),
        ({"NumMedia": "many"}, []),
        ({"NumMedia": "1000"}, ["application/octet-stream"] * 10),
    ],
)
def test_pictures_are_noted_by_their_content_types(
    client: FlaskClient, organization: OrganizationRow, fields: dict[str, str], media: list[str]
) -> None:
    _send(client, 1, "look at this", **fields)
    assert row("SELECT media FROM transcripts") == {"media": media}


def test_a_picture_without_a_word_is_noted_too(client: FlaskClient, organization: OrganizationRow) -> None:
    post_as_twilio(client, PATH, payloads.twilio("mms_incoming").fields or ())
    assert row("SELECT media FROM transcripts") == {"media": ["image/jpeg", "text/x-vcard"]}
