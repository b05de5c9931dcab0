"""``dismiss --all``: what it leaves is counted before, bounded, and asked about; calls for help are no part of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click
import pytest
from click.testing import CliRunner, Result

from db.tables.organizations import OrganizationRow
from tasks.commands.dismiss import dismiss
from tasks.commands.parked import parked
from tests.support.factories import EffectFactory, OrganizationFactory, RunFactory
from tests.support.stored import count, row, rows

ENDED = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
SOMETHING = UUID(int=1)


def run(command: click.Command, *arguments: object, fails: bool = False, says: str | None = None) -> Result:
    result = CliRunner().invoke(command, [*map(str, arguments), "--org", "test"], input=says)
    assert (result.exit_code != 0) is fails, result.output
    return result


def dead(organization: OrganizationRow, code: str = "openai:invalid_key", **values: Any) -> UUID:
    values = {"stage": "classify_speakers", "finished_at": ENDED, **values}
    return RunFactory.create(organization_id=organization.id, state="dead", last_error=code, **values).id


def effect(organization: OrganizationRow, kind: str = "sms") -> UUID:
    return EffectFactory.create(organization_id=organization.id, kind=kind, state="failed", last_error="x", finished_at=ENDED).id


def test_all_that_fit_are_left_when_a_person_says_so_and_no_call_for_help_is(organization: OrganizationRow) -> None:
    for _ in range(2):
        dead(organization)
    late = dead(organization, finished_at=ENDED.replace(day=21))
    effect(organization)
    other = dead(OrganizationFactory.create())
    effect(organization, "escalation")
    bounds = ("--all", "--until", "2026-11-21")
    plan = ["2 dead runs, 1 effect", "  2 runs  openai:invalid_key", "  1 effect  x"]
    assert run(dismiss, *bounds, "--plan").output.splitlines() == plan
    assert run(dismiss, *bounds, says="n\n", fails=True).output.splitlines()[:3] == plan
    assert count("audits") == 0, "nothing was changed"
    output = run(dismiss, *bounds, "--by", "ann", says="y\n").output
    assert output.splitlines()[-1] == "3 stay as they are and wait for nobody; `retry` and `resend` still work, by their ids"
    left = run(parked).output
    assert [line.split()[2:4] for line in left.splitlines()][1:] == [["run", str(late)]], "beside the call for help"
    assert row("SELECT settled_by FROM runs WHERE id = %s", other) == {"settled_by": None}
    assert {found["actor"] for found in rows("SELECT actor FROM audits")} == {"ann"}


def test_so_many_at_a_time_the_oldest_first(organization: OrganizationRow) -> None:
    old, new = dead(organization), dead(organization, "worker_lost", finished_at=ENDED.replace(day=21))
    output = run(dismiss, "--all", "--limit", 1, "--yes").output
    assert "1 newer one waits beyond the limit: say it again afterwards" in output
    assert f"run {new}" in run(parked).output
    assert f"run {old}" not in run(parked).output
    assert "0 dead runs, 0 effects" in run(dismiss, "--all", "--code", "openai:invalid_key").output


@pytest.mark.parametrize("arguments", [(), ("--plan",), ("--code", "x", SOMETHING), ("--all", SOMETHING), ("--plan", SOMETHING)])
def test_ids_or_all_but_not_both(organization: OrganizationRow, arguments: tuple[object, ...]) -> None:
    run_id = dead(organization)
    assert "Name ids, or say --all" in run(dismiss, *arguments, fails=True).output
    assert f"run {run_id}" in run(parked).output
