"""The history of a run: every try of every step, in the database, without a word of anybody's."""

from uuid import UUID

import pytest
from click.testing import CliRunner

from db import runs
from db.tables.organizations import OrganizationRow
from domain.attempts import KEPT_OF_A_RUN
from domain.chain import STAGES, Stage
from domain.errors import LeaseLost
from domain.runs import Wait
from tasks.commands.history import history
from tests.support import chain
from tests.support.factories import OrganizationFactory
from tests.support.stored import row, rows
from tests.support.vendor_state import due_now, leases_ran_out

ORG = ("--org", "test")


def _tries(run: UUID) -> list[tuple[str, int, str | None, str | None]]:
    found = rows("SELECT stage, attempt, outcome, code FROM run_attempts WHERE run_id = %s ORDER BY started_at", str(run))
    return [(each["stage"], each["attempt"], each["outcome"], each["code"]) for each in found]


def _sms(organization: OrganizationRow, ref: str = "SM1") -> UUID:
    run = chain.store_sms(organization.id, ref).run_id
    assert run
    return run


def test_a_run_that_goes_well_has_one_try_of_each_step(organization: OrganizationRow) -> None:
    run = _sms(organization)
    for stage in STAGES:
        chain.record(chain.claim(run, stage))
    assert _tries(run) == [(stage.value, 1, "done", None) for stage in STAGES]
    timed = row("SELECT bool_and(queued_at <= started_at AND started_at <= finished_at AND worker = 'test') AS well FROM run_attempts")
    assert timed["well"]


def test_every_try_is_kept_with_what_became_of_it(organization: OrganizationRow) -> None:
    run = _sms(organization)
    runs.wait(chain.claim(run), Wait("deepgram", 600))
    due_now()
    rows("UPDATE runs SET state = 'ready' RETURNING id")
    runs.postpone(chain.claim(run), "deepgram:rate_limited", delay_s=0, give_back=False)
    runs.postpone(chain.claim(run), "deepgram:down", delay_s=0, give_back=True)
    chain.claim(run)
    leases_ran_out()
    runs.bury(chain.claim(run), "deepgram:gone")
    assert _tries(run) == [
        ("transcribe", 1, "waiting", "deepgram"),
        ("transcribe", 1, "retried", "deepgram:rate_limited"),
        ("transcribe", 2, "paused", "deepgram:down"),
        ("transcribe", 2, None, None),
        ("transcribe", 3, "dead", "deepgram:gone"),
    ]


def test_a_worker_that_lost_its_lease_writes_no_end_of_a_try(organization: OrganizationRow) -> None:
    run = _sms(organization)
    late = chain.claim(run)
    leases_ran_out()
    chain.claim(run)
    with pytest.raises(LeaseLost):
        runs.bury(late, "twilio:gone")
    assert _tries(run) == [("transcribe", 1, None, None), ("transcribe", 2, None, None)]


def test_a_run_that_is_put_off_for_days_keeps_so_many_tries_and_goes_on(organization: OrganizationRow) -> None:
    run = _sms(organization)
    rows(
        "INSERT INTO run_attempts (run_id, lease_token, organization_id, stage, attempt, queued_at, worker)"
        " SELECT %s, gen_random_uuid(), %s, 'transcribe', 1, now(), 'test' FROM generate_series(1, %s) RETURNING run_id",
        str(run),
        str(organization.id),
        KEPT_OF_A_RUN,
    )
    chain.record(chain.claim(run))
    assert len(_tries(run)) == KEPT_OF_A_RUN
    assert chain.run_row(run)["stage"] == Stage.CLASSIFY_SPEAKERS


def test_the_command_tells_it_by_any_name_and_without_a_word(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id, "SM00000000000000000000000000000009")
    assert stored.run_id
    runs.postpone(chain.claim(stored.run_id), "openai:rate_limited", delay_s=0, give_back=False)
    told = [
        CliRunner().invoke(history, [str(name), *ORG]).output
        for name in (stored.run_id, stored.transcript_id, "SM00000000000000000000000000000009")
    ]
    assert len(set(told)) == 1
    head, titles, first = told[0].splitlines()
    assert head.startswith(f"run {stored.run_id}  transcript {stored.transcript_id}  conversation {stored.conversation_id}  live  ready")
    assert titles.split()[:2] == ["step", "try"]
    assert first.split()[:2] == ["transcribe", "1"]
    assert first.split()[-3:] == ["retried", "openai:rate_limited", "test"]
    assert chain.TEXT not in told[0]


def test_a_lost_try_and_one_at_work_are_told_apart(organization: OrganizationRow) -> None:
    run = _sms(organization)
    chain.claim(run)
    leases_ran_out()
    chain.claim(run)
    lines = CliRunner().invoke(history, [str(run), *ORG]).output.splitlines()
    assert ["lost" in line for line in lines[2:]] == [True, False]
    assert "at work" in lines[3]


def test_another_organizations_run_is_unknown(organization: OrganizationRow) -> None:
    run = _sms(OrganizationFactory.create())
    found = CliRunner().invoke(history, [str(run), *ORG])
    assert found.exit_code == 1
    assert "has nothing by that name" in found.output
