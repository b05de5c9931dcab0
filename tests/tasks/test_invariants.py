"""Somebody hears of a broken promise: from beat's task, from a sweeper when beat is gone, and from the command line."""

from functools import partial
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner

from db.plant.invariants import PROMISES
from db.tables.organizations import OrganizationRow
from domain.errors import StoreUnavailable
from tasks import invariants
from tasks.commands import invariants as commands
from tasks.periodic import check
from tests.observability.test_sentry import Kept
from tests.support import chain
from tests.support.stored import count, row, rows
from tests.support.unchecked import unanswerable

LOST = "I1.run"


def _lose_a_run(organization: OrganizationRow, ref: str = "SM1") -> str:
    stored = chain.store_sms(organization.id, ref)
    rows("DELETE FROM runs WHERE id = %s RETURNING id", str(stored.run_id))
    return f"transcript {stored.transcript_id}"


def _find_it_again() -> None:
    rows("UPDATE transcripts SET status = 'failed', status_reason = 'x' RETURNING id")
    rows("UPDATE webhook_events SET kind = 'other' RETURNING id")


def _said(capsys: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    lines = [orjson.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def _recorded(name: str = LOST) -> dict[str, Any]:
    return row("SELECT violations, broken_since FROM invariant_checks WHERE invariant = %s", name)


def _check_again() -> str:
    rows("DELETE FROM periodic_tasks RETURNING name")
    return str(check())


class TestTask:
    """What beat rings for once a minute."""

    def test_a_house_that_is_well_is_written_down_and_not_talked_about(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert check() == "all hold"
        assert count("invariant_checks") == len(PROMISES)
        assert _recorded() == {"violations": 0, "broken_since": None}
        assert capsys.readouterr().out == ""

    def test_what_is_broken_is_told_with_ids_and_with_what_to_do(
        self, organization: OrganizationRow, capsys: pytest.CaptureFixture[str]
    ) -> None:
        sample = _lose_a_run(organization)
        assert check() == f"broken: {LOST}"
        [line] = _said(capsys, "invariant_broken")
        promise = next(promise for promise in PROMISES if promise.name == LOST)
        told = {"level": "error", "invariant": LOST, "count": 1, "samples": [sample], "says": promise.says, "todo": promise.todo}
        assert told.items() <= line.items()

    def test_it_is_known_since_when_it_is_broken_until_it_is_whole(
        self, organization: OrganizationRow, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _lose_a_run(organization)
        check()
        since = _recorded()["broken_since"]
        assert since
        _lose_a_run(organization, "SM2")
        assert _check_again() == f"broken: {LOST}"
        assert _recorded() == {"violations": 2, "broken_since": since}
        assert len(_said(capsys, "invariant_broken")) == 2, "the log says it as often as it is looked"
        _find_it_again()
        assert _check_again() == "all hold"
        [line] = _said(capsys, "invariant_restored")
        assert (line["level"], line["invariant"], line["violations_before"]) == ("info", LOST, 2)
        assert _recorded() == {"violations": 0, "broken_since": None}

    def test_what_could_not_be_checked_is_named_and_the_rest_is_told(
        self, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _lose_a_run(organization)
        unanswerable(monkeypatch, "I9.turn", "SELECT 'run' AS what, id FROM nowhere")
        assert check() == f"broken: {LOST}; not checked: I9.turn"
        told = [(line["event"], line["invariant"], line.get("code")) for line in map(orjson.loads, capsys.readouterr().out.splitlines())]
        assert told == [("invariant_broken", LOST, None), ("promise_not_checked", "I9.turn", "database:UndefinedTable:42P01")]
        assert _recorded()["violations"] == 1

    def test_two_schedulers_check_once(self) -> None:
        assert sorted(chain.at_once([partial(check)] * 3)) == ["all hold", "another scheduler's turn", "another scheduler's turn"]

    def test_a_promise_that_is_no_longer_made_is_forgotten(self) -> None:
        rows("INSERT INTO invariant_checks (invariant, violations) VALUES ('I0.old', 3) RETURNING invariant")
        check()
        assert rows("SELECT invariant FROM invariant_checks WHERE invariant = 'I0.old'") == []


class TestSentry:
    """Nobody reads a log at night."""

    def test_it_hears_when_a_promise_breaks_and_when_it_grows_worse(self, organization: OrganizationRow, transport: Kept) -> None:
        sample = _lose_a_run(organization)
        check()
        _check_again()
        event = transport.sent[0].get_event()
        assert event is not None
        assert (len(transport.sent), event["level"], event["message"]) == (1, "error", f"invariant_broken: {LOST}")
        assert (event["fingerprint"], event["contexts"]["hookline"]["samples"]) == (["invariant_broken", LOST], [sample])
        _lose_a_run(organization, "SM2")
        _check_again()
        assert len(transport.sent) == 2


class TestCommand:
    """For a person, now."""

    def test_it_says_what_holds(self) -> None:
        result = CliRunner().invoke(commands.invariants)
        lines = result.output.splitlines()
        assert (result.exit_code, lines[-1]) == (0, f"all {len(PROMISES)} promises hold")
        assert lines[0].split(maxsplit=2)[:2] == ["I1.run", "holds:"]

    def test_it_says_what_is_broken_and_what_to_do_and_changes_nothing(self, organization: OrganizationRow) -> None:
        sample = _lose_a_run(organization)
        result = CliRunner().invoke(commands.invariants)
        assert result.exit_code == 1
        first, todo, shown = result.output.splitlines()[:3]
        assert first.startswith(f"{LOST}")
        assert "BROKEN once" in first
        assert todo.lstrip().startswith("-> ")
        assert shown.strip() == sample
        assert count("invariant_checks") == 0

    def test_it_looks_back_as_far_as_it_is_told(self, organization: OrganizationRow) -> None:
        _lose_a_run(organization)
        assert CliRunner().invoke(commands.invariants, ["--since", "2100-01-01"]).exit_code == 0
        assert CliRunner().invoke(commands.invariants, ["--since", "2020-01-01"]).exit_code == 1

    def test_it_does_not_call_whole_what_it_could_not_check(self, monkeypatch: pytest.MonkeyPatch) -> None:
        unanswerable(monkeypatch, "I1.run", "SELECT 'run' AS what, id FROM nowhere")
        result = CliRunner().invoke(commands.invariants)
        lines = result.output.splitlines()
        assert (result.exit_code, lines[-1]) == (1, f"1 of {len(PROMISES)} promises were not checked: a later --since is less to look at")
        assert "NOT CHECKED (database:UndefinedTable:42P01)" in lines[0]

    def test_it_says_so_if_it_could_not_look(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(**_: object) -> None:
            raise StoreUnavailable("database:OperationalError")

        monkeypatch.setattr(invariants, "check", fail)
        result = CliRunner().invoke(commands.invariants)
        assert result.exit_code == click.ClickException.exit_code
        assert "database:OperationalError" in result.output
