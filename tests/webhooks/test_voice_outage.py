"""Without the database a call for help is answered all the same, if the organization is known, and stored later; nothing else is."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

import settings
from db.tables.organizations import OrganizationRow
from tests.support import chain
from tests.support.calling import DANGER, THEIRS, Caller, Heard
from tests.support.invariants import assert_they_hold
from tests.support.stored import awaited, count, row, rows
from tests.support.timing import seconds
from webhooks import tenants, unstored
from webhooks.twilio import voice

ON_CALL = "+15005550111"
GATHER = "/webhooks/twilio/gather?turn=1&silent=0"
DIALED = "/webhooks/twilio/dialed?turn=1&emergency=1"


@pytest.fixture(autouse=True)
def _nothing_waits() -> Iterator[None]:
    """What one test could not store is not the next one's."""
    yield
    unstored.forget()


@pytest.fixture
def caller(client: FlaskClient, organization: OrganizationRow) -> Caller:
    """Somebody who is in a call already."""
    rows(f'UPDATE organizations SET settings = settings || \'{{"on_call": "{ON_CALL}"}}\' RETURNING id')  # noqa: S608 - our own number
    found = Caller(client)
    found.rings()
    return found


@pytest.fixture
def away(caller: Caller) -> Iterator[Callable[[], None]]:
    """The database is gone, and has been for longer than anything is remembered as new; whoever calls this brings it back."""
    assert caller.sid, "the organization was seen before"
    tenants._known.update({key: tenants._Known(known.tenant, 0.0) for key, known in tenants._known.items()})
    tenants._organizations.update({key: (known, 0.0) for key, (known, _) in tenants._organizations.items()})
    patch = pytest.MonkeyPatch()
    patch.setattr(tenants, "REMEMBERED_S", 0.0)
    patch.setenv("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/none")
    settings.current.cache_clear()

    def comes_back() -> None:
        patch.undo()
        settings.current.cache_clear()

    yield comes_back
    comes_back()


@pytest.mark.usefixtures("away")
def test_an_emergency_is_put_through(caller: Caller) -> None:
    heard = caller.says(DANGER)
    assert (heard.verbs, heard.number) == (["Say", "Dial"], ON_CALL)
    assert seconds(lambda: caller.says(DANGER)) < 0.5


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("words", ["When do you open?", "", "I want to talk to a real person"])
def test_nothing_else_is_accepted(caller: Caller, words: str) -> None:
    answer = caller.post(GATHER, SpeechResult=words)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.usefixtures("away")
def test_a_caller_who_waits_goes_on_waiting_and_is_then_told(caller: Caller) -> None:
    assert caller.asks(waited=1).verbs == ["Pause", "Redirect"]
    assert caller.asks(waited=9).verbs == ["Say", "Hangup"]


@pytest.mark.usefixtures("away")
def test_an_organization_that_nobody_remembers_cannot_be_helped(caller: Caller) -> None:
    tenants.forget()
    assert caller.post(GATHER, SpeechResult=DANGER).status_code == 503


@pytest.mark.usefixtures("away")
def test_the_end_of_a_talk_with_the_front_desk_is_not_taken(caller: Caller) -> None:
    assert caller.post("/webhooks/twilio/dialed?turn=1&emergency=0", DialCallStatus="no-answer").status_code == 503


def test_a_new_caller_is_greeted_helped_and_stored_when_it_comes_again(client: FlaskClient, away: Callable[[], None]) -> None:
    new = Caller(client)
    assert new.rings().verbs == ["Gather"]
    assert new.says(DANGER).number == ON_CALL
    assert "9 1 1" in Heard(new.post(DIALED, DialCallStatus="no-answer")).words
    away()
    awaited("SELECT id FROM transcripts")
    call = row("SELECT * FROM conversations WHERE provider_ref = %s", new.sid)
    assert (call["phase"], call["their_number"]) == ("escalation", THEIRS)
    assert row("SELECT target, state FROM effects WHERE kind = 'escalation'") == {"target": ON_CALL, "state": "pending"}
    assert row("SELECT source_ref FROM transcripts")["source_ref"] == f"{new.sid}:1"
    assert row("SELECT state FROM runs") == {"state": "ready"}
    awaited("SELECT id FROM webhook_events WHERE kind = 'dialed'")
    assert_they_hold()


def test_a_lock_on_the_call_keeps_nobody_from_help_and_nothing_from_being_stored(caller: Caller) -> None:
    with chain.holding("SELECT FROM conversations FOR UPDATE"):
        assert caller.says(DANGER).number == ON_CALL
        assert Heard(caller.post(DIALED, DialCallStatus="completed")).verbs == ["Gather"]
        assert count("transcripts") == 0
    awaited("SELECT id FROM effects WHERE kind = 'escalation'")
    awaited("SELECT id FROM webhook_events WHERE kind = 'dialed'")
    assert count("transcripts") == 1


@pytest.mark.usefixtures("away")
def test_somebody_is_told(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[object, ...]] = []
    monkeypatch.setattr(voice, "tell_somebody", lambda *about, seldom: told.append((*about[:2], seldom)))
    caller.says(DANGER)
    assert told == [("emergency_not_stored", "gather", True)]
