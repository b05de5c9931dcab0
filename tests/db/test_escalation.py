"""What SQL says of a call for a person is what domain/emergencies/escalation.py says: whom, under which key, in which words, when again."""

from itertools import product
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from db import ledger, sql, sql_promised, sql_sms, sql_voice
from db.engine import engine
from db.tables.organizations import OrganizationRow
from domain.emergencies import escalation
from domain.numbers import NOBODYS
from domain.organizations.organization import Organization
from domain.speech import Channel
from tests.support.stored import row, rows

ON_CALL, FRONT_DESK = "+15005550111", "+15005550122"
NUMBERS = (
    None,
    "",
    "+15005550199",
    "+123456789012345",
    "+1234567890123456",
    "+0123456789",
    "anonymous",
    "client:ann",
    "12345",
    "+1500555\n",
    *sorted(NOBODYS),
)
NAMES = ("Test Clinic", "N" * 100, "{number} {conversation} {call_back}", "")


def _asked(expression: str, source: str, **values: object) -> object:
    with engine().connect() as connection:
        return connection.execute(text(f"SELECT {expression} FROM {source}"), values).scalar_one()  # noqa: S608 - the program's own


@pytest.mark.parametrize(("on_call", "front_desk"), [*product((None, "", ON_CALL), (None, "", FRONT_DESK))])
def test_whom_to_call(organization: OrganizationRow, on_call: str | None, front_desk: str | None) -> None:
    told = {key: value for key, value in (("on_call", on_call), ("front_desk", front_desk)) if value is not None}
    rows("UPDATE organizations SET settings = jsonb_strip_nulls(jsonb_build_object('on_call', %s::text, 'front_desk', %s::text))"
         " RETURNING id", on_call, front_desk)  # fmt: skip
    expected = Organization.from_settings(UUID(int=1), "", "", told).helper
    assert _asked(sql.HELPER, "organizations AS o WHERE o.id = :org", org=organization.id) == expected


@pytest.mark.parametrize("words", [escalation.CALL_FOR_HELP, *escalation.LESSER_CALLS.values()])
def test_what_they_are_told(organization: OrganizationRow, words: str) -> None:
    conversation = uuid4()
    for number, name in product(NUMBERS, NAMES):
        rows("UPDATE organizations SET name = %s RETURNING id", name)
        source = (
            "organizations AS o, (SELECT CAST(:id AS uuid) AS id, CAST(:number AS text) AS their_number) AS conversation WHERE o.id = :org"
        )
        values = {"id": conversation, "number": number, "org": organization.id}
        told = _asked(sql._TOLD, source, **values, call_for_help=words, call_back=escalation.CALL_BACK)
        assert told == escalation.worded(words, name, conversation, number), (number, name)


@pytest.mark.parametrize(
    ("statement", "alias", "what", "channel"),
    [
        (sql_voice.STORE_TURN, "conversation.id", escalation.ESCALATION, Channel.VOICE),
        (sql_sms.STORE_SMS, "transcript.id", escalation.ESCALATION, Channel.SMS),
        (sql_promised.STORE_DIALED, "conversation.id", escalation.PROMISED_CALLBACK, Channel.VOICE),
        (sql_promised.TAKE_REPLY, "conversation.id", escalation.PROMISED_CALLBACK, Channel.VOICE),
    ],
)
def test_under_which_key(statement: str, alias: str, what: str, channel: Channel) -> None:
    kind, its = alias.split(".", maxsplit=1)[0], uuid4()
    spelled = f"concat_ws(':', '{kind}', {alias}, '{what}')"
    assert spelled in statement
    built = row("SELECT concat_ws(':', %s::text, %s::uuid, %s::text) AS key", kind, str(its), what)["key"]
    assert built == escalation.key(what, channel, its, its)


def test_what_is_less_than_an_emergency_and_for_how_long_it_is_quiet() -> None:
    assert set(escalation.LESSER_REASONS) == {escalation.REPLY_LIMIT, *escalation.LESSER_CALLS}
    for statement in (sql_voice.STORE_TURN, sql_sms.STORE_SMS):
        assert f"c.escalation_reason IN {escalation.LESSER_REASONS}" in statement
    half_an_hour = f"interval '{escalation.CALLS_AGAIN_AFTER_S:.0f} seconds'"
    for statement in (sql_sms.STORE_SMS, sql_promised.STORE_DIALED, sql_promised.TAKE_REPLY, ledger._ENTER):
        assert half_an_hour in statement
