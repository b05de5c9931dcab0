"""Who is put through although the call shows no number, or the number of who is to help is an end of it."""

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tasks import deliver
from tests.support.calling import DANGER, OURS, Caller, reply, work_off
from tests.support.fake_messenger import FakeMessenger
from tests.support.stored import row, rows
from webhooks import tenants

ON_CALL, FRONT_DESK = "+15005550111", "+15005550122"
PERSON = "I want to talk to a real person"


@pytest.fixture
def caller(client: FlaskClient, organization: OrganizationRow) -> Caller:
    """Somebody who calls the test's organization."""
    return Caller(client)


def wants(settings: str) -> None:
    """The organization has these settings, too."""
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", settings)
    tenants.forget()


@pytest.mark.parametrize("theirs", ["sip:ann@example.com", "client:ann", "anonymous", "+266696687"])
def test_in_danger_whoever_shows_no_number_is_put_through_under_ours(caller: Caller, theirs: str) -> None:
    wants(f'{{"on_call": "{ON_CALL}"}}')
    dial = caller.says(DANGER, From=theirs).root.find("Dial")
    assert dial is not None
    assert (dial.text, dial.get("callerId")) == (ON_CALL, OURS)


def test_whoever_shows_a_number_shows_it_to_who_takes_over(caller: Caller) -> None:
    wants(f'{{"on_call": "{ON_CALL}"}}')
    dial = caller.says(DANGER).root.find("Dial")
    assert dial is not None
    assert dial.get("callerId") is None


def test_a_number_that_is_our_own_puts_nobody_through(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    """The call would come back to us, and be greeted."""
    wants(f'{{"on_call": "{OURS}"}}')
    heard = caller.says(DANGER)
    assert heard.verbs == ["Say", "Hangup"]
    assert "call 9 1 1" in heard.words
    assert "nobody_to_call" in capsys.readouterr().out


def test_who_asks_for_a_person_where_the_front_desk_is_our_own_number_has_somebody_told(caller: Caller) -> None:
    wants(f'{{"on_call": "{ON_CALL}", "front_desk": "{OURS}"}}')
    assert caller.says(PERSON).verbs == ["Say", "Pause", "Redirect"]
    work_off()
    told = row("SELECT target, reason FROM effects WHERE kind = 'escalation'")
    assert told == {"target": ON_CALL, "reason": "asked_for_person"}


@pytest.mark.parametrize(("settings", "number"), [(f'{{"on_call": "{ON_CALL}"}}', ON_CALL), (f'{{"on_call": "{OURS}"}}', None)])
def test_a_pushed_reply_that_asks_for_a_person_puts_through_likewise(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, settings: str, number: str | None
) -> None:
    vendor = FakeMessenger()
    monkeypatch.setattr("tasks.deliver.registry.messenger", lambda _effect: vendor)
    wants(settings)
    caller.says("When do you open?", From="sip:ann@example.com")
    work_off()
    rows("UPDATE replies SET escalates = true RETURNING run_id")
    deliver.deliver(str(reply()["id"]))
    [pushed] = vendor.sent
    assert pushed.answers is not None
    assert (pushed.answers.number, pushed.answers.shows) == (number, OURS)
