"""Drills: chains that die, a worker that vanishes, runs and jobs that nobody takes. Each alert fires, and is quiet once that is mended."""

from pathlib import Path

from click.testing import CliRunner

from db import runs
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.jobs import JobKind
from tasks.commands.retry import retry
from tests.support import acting, chain
from tests.support.alerts import Alerts
from tests.support.processes import until, worker
from tests.support.stored import rows

LONG_AGO = "clock_timestamp() - interval '10 minutes'"


def test_chains_that_die_and_are_retried(alerts: Alerts, organization: OrganizationRow) -> None:
    names = ("HooklineChainsFail", "HooklineDeadListGrows")
    assert alerts.are_quiet(*names)
    died = []
    for number in range(3):
        stored = chain.store_sms(organization.id, f"SM{number}", conversation=f"thread-{number}")
        assert stored.run_id
        runs.bury(chain.claim(stored.run_id), "openai:quota")
        died.append(str(stored.run_id))
    assert alerts.fire(*names)
    done = CliRunner().invoke(retry, ["--org", organization.slug, *died])
    assert done.exit_code == 0, done.output
    assert alerts.are_quiet(*names)


def test_two_dead_runs_among_many_wake_nobody(alerts: Alerts, organization: OrganizationRow) -> None:
    alerts.scrape()
    for number in range(2):
        stored = chain.store_sms(organization.id, f"SM{number}", conversation=f"thread-{number}")
        assert stored.run_id
        runs.bury(chain.claim(stored.run_id), "openai:quota")
    assert alerts.are_quiet("HooklineChainsFail", "HooklineDeadListGrows")


def test_a_worker_that_is_killed_and_what_it_leaves_undone(alerts: Alerts, organization: OrganizationRow, tmp_path: Path) -> None:
    names = ("HooklineWorkerSilent", "HooklineQueueUnattended", "HooklineOldestDueRun")
    with worker(tmp_path) as process:
        until(lambda: alerts.are_quiet(*names), "a worker that runs is nobody's alarm")
        process.kill_group()
    stored = chain.store_sms(organization.id)
    rows("UPDATE workers SET seen_at = seen_at - interval '2 minutes' RETURNING name")
    rows(f"UPDATE runs SET not_before = {LONG_AGO}, stage_since = {LONG_AGO} RETURNING id")  # noqa: S608 - our own words
    assert alerts.fire(*names)
    with worker(tmp_path) as process:
        until(lambda: alerts.are_quiet(*names), "its successor takes what waits, and stands in its place")
        assert stored.run_id
        until(lambda: chain.run_row(stored.run_id)["state"] == "done", "the run is worked off")  # type: ignore[arg-type]  # asserted above
        process.stop()
    assert rows("SELECT name FROM workers") == [], "who ends as it should signs off, and is not missed"
    assert alerts.are_quiet("HooklineWorkerSilent")


def test_a_job_that_nobody_takes(alerts: Alerts, organization: OrganizationRow) -> None:
    waiting, batch = acting.entered(organization.id), acting.entered(organization.id, JobKind.REPROCESS)
    assert alerts.are_quiet("HooklineOldestDueJob")
    rows(f"UPDATE jobs SET not_before = {LONG_AGO} WHERE id = %s RETURNING id", str(batch.id))  # noqa: S608 - our own words
    assert alerts.are_quiet("HooklineOldestDueJob"), "a batch may wait"
    rows(f"UPDATE jobs SET not_before = {LONG_AGO} RETURNING id")  # noqa: S608 - our own words
    assert alerts.fire("HooklineOldestDueJob")
    assert acting.work(waiting.id) == "done"
    assert alerts.are_quiet("HooklineOldestDueJob")


def test_a_run_that_waits_for_its_vendor_is_not_overdue(alerts: Alerts, organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    runs.postpone(chain.claim(stored.run_id, Stage.TRANSCRIBE), "openai:busy", delay_s=600.0, give_back=True)
    rows(f"UPDATE runs SET stage_since = {LONG_AGO} RETURNING id")  # noqa: S608 - our own words
    assert alerts.are_quiet("HooklineOldestDueRun")
