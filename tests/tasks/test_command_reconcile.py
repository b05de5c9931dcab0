"""``celery -A tasks reconcile``: for a person after an outage; what it prints, and what it never prints."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from db.tables.organizations import OrganizationRow
from domain.diagnosis.vendor_codes import CODES
from domain.errors import RetryableError
from providers import registry
from tasks.commands.reconcile import reconcile
from tasks.reconciliation import taking_in
from tests.support import chain
from tests.support.factories import OrganizationFactory
from tests.support.histories import CUSTOMER, THEIRS, FakeHistory, new_account, recorded, said, serve
from tests.support.signing import ACCOUNT_SID
from tests.support.stored import count, rows


@pytest.fixture
def vendor(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> FakeHistory:
    """Ten messages of the last hours and a recording."""
    rows("UPDATE organizations SET created_at = created_at - interval '30 days' RETURNING id")
    serve(organization.id)
    history = FakeHistory(*(said(number, minutes_ago=5 + 20 * number) for number in range(10)), recorded(1))
    monkeypatch.setattr(registry, "history", lambda: history)
    return history


def _run(*arguments: str, fails: bool = False) -> Result:
    result = CliRunner().invoke(reconcile, arguments)
    assert (result.exit_code != 0) is fails, result.output
    return result


def test_it_tells_how_many_and_never_who_or_what(vendor: FakeHistory) -> None:
    result = _run("--org", "test")
    assert result.stdout.splitlines() == [
        "test: 0 ends of calls taken in",
        "test: 0 reports of calls for help taken in",
        "test: 1 recording listed, 1 taken in",
        "test: 2 messages listed, 2 taken in",
    ]
    assert result.stderr == "", "who reads a file reads each list once"
    assert not any(secret in result.output for secret in (CUSTOMER, "Message 1", said(1).sid))
    assert "1 recording listed, 0 taken in\ntest: 2 messages listed, 0 taken in\n" in _run("--org", "test").stdout


def test_whoever_watches_sees_how_far_it_is(vendor: FakeHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.commands.reconcile._is_watched", lambda: True)
    result = _run("--org", "test")
    assert "\rtest: 2 messages listed, 2 of 2 taken in" in result.stderr
    assert "\n" not in result.stderr, "the result takes the place of the progress"


def test_what_is_left_to_its_webhook_is_told(vendor: FakeHistory) -> None:
    vendor.found.append(said(99, minutes_ago=0.2))
    assert "test: 3 messages listed, 2 taken in, 1 of the last minute left to the webhook: ask again in a minute\n" in _run().stdout


def test_it_looks_back_as_far_as_one_says(vendor: FakeHistory) -> None:
    since = said(0, minutes_ago=6 * 60).created_at.isoformat()
    assert _run("--since", since).stdout.endswith("test: 10 messages listed, 10 taken in\n")
    assert count("runs") == 11


def test_without_a_slug_all_accounts_are_asked(vendor: FakeHistory, configured: Callable[..., None]) -> None:
    other = new_account()
    OrganizationFactory.create(slug="other", twilio_account_sid=other)
    configured(TWILIO_ACCOUNTS=json.dumps({other: ["token"]}))
    assert {line.split(":")[0] for line in _run().stdout.splitlines()} == {"test", "other"}


def test_what_cannot_be_asked_is_said_with_its_code_and_what_was_taken_in_stays(vendor: FakeHistory) -> None:
    vendor.fails[ACCOUNT_SID] = RetryableError("twilio:http_503")
    result = _run(fails=True)
    why = f"(twilio:http_503; {CODES} says what to mend)"
    assert f"test: messages could not be taken in to the end {why}" in result.stderr
    assert "What was taken in stays" in result.stderr


def test_what_a_fault_of_ours_kept_out_is_said_and_the_others_are_taken_in(vendor: FakeHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object) -> bytes:
        raise KeyError(CUSTOMER)

    monkeypatch.setattr(taking_in, "recording_form", faulty)
    result = _run(fails=True)
    assert result.stdout.endswith("test: 1 recording listed, 0 taken in\ntest: 2 messages listed, 2 taken in\n")
    assert "test: 1 recording could not be taken in; the log names them (missed_event_not_taken_in)." in result.stderr
    assert CUSTOMER not in result.output


def test_without_an_account_it_says_what_to_set(organization: OrganizationRow, configured: Callable[..., None]) -> None:
    configured(TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="")
    assert "set TWILIO_ACCOUNT_SID with its token, or TWILIO_ACCOUNTS" in _run(fails=True).stderr
    assert "There is no organization 'nobody'" in _run("--org", "nobody", fails=True).stderr


def test_a_database_that_is_away_is_said_in_words(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.organizations.engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE watermarks"):
        assert "The database cannot be asked (database:" in _run(fails=True).stderr


def test_what_concerns_another_number_is_left_alone_unless_one_names_it_and_no_number_is_told(vendor: FakeHistory) -> None:
    vendor.found = [said(1), said(2, target=THEIRS), said(3, target=THEIRS)]
    assert _run().stdout.endswith("test: 3 messages listed, 1 taken in, 2 of numbers that we do not serve\n")
    result = _run("--number", THEIRS)
    assert result.stdout.endswith("test: 3 messages listed, 2 taken in\n")
    assert THEIRS not in result.output


@pytest.mark.parametrize("number", ["4155550177", "+1 415 555 0177", "whatsapp"])
def test_a_number_that_is_written_otherwise_is_refused_and_not_repeated(vendor: FakeHistory, number: str) -> None:
    result = _run("--number", number, fails=True)
    assert "a plus sign and digits only" in result.stderr
    assert (number in result.output, vendor.asked) == (False, [])


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01"])
def test_a_time_that_is_none_is_refused(vendor: FakeHistory, since: str) -> None:
    assert "is not a time such as" in _run("--since", since, fails=True).stderr
    assert chain.whole("watermarks") == []
