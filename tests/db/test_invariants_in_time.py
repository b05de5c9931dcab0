"""What is late and what is only busy, how far back a check looks, and that it may be asked of a large house."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from db.engine import SWEEP, engine
from db.plant import invariants, jobs
from db.plant.invariants import AT_MOST, PROMISES, Finding
from db.plant.promises.promise import Promise
from db.tables import Base
from db.tables.base import first_id, new_id
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.jobs import JobKind
from observability.redaction import FREE_TEXT_CHARS
from tasks.invariants import rules
from tests.support import acting, chain
from tests.support.factories import EffectFactory
from tests.support.plant_factories import WorkerFactory
from tests.support.stored import rows

BIG = {
    "webhook_events",
    "transcripts",
    "conversations",
    "runs",
    "run_steps",
    "utterances",
    "analyses",
    "replies",
    "effects",
    "promotions",
    "jobs",
}
# they hold what is unfinished, or waits for a person, and nothing else
PARTIAL = {"ix_runs_due", "ix_runs_open_turns", "uq_runs_one_open_live_run", "ix_runs_dead", "ix_effects_due", "ix_effects_parked"}
PARTIAL |= {"ix_runs_due_urgent", "ix_effects_due_urgent", "ix_effects_open", "ix_effects_undelivered", "ix_jobs_due"}


def _found() -> list[Finding]:
    return invariants.check(rules())


def _broken() -> set[str]:
    return {finding.promise.name for finding in _found() if finding.count}


def _ago(minutes: float, what: str = "state IN ('ready', 'waiting')") -> None:
    """As if everything had been due for so long."""
    then = f"clock_timestamp() - interval '{minutes} minutes'"
    rows(f"UPDATE runs SET next_publish_at = {then}, not_before = {then}, stage_since = {then} WHERE {what} RETURNING id")  # noqa: S608 - our own words


class TestBacklog:
    """Many wait, and somebody works them off: nothing is wrong."""

    @pytest.fixture(autouse=True)
    def _backlog(self, organization: OrganizationRow) -> None:
        for number in range(3):
            chain.store_sms(organization.id, f"SM{number}", conversation=f"t{number}")
        _ago(5)

    def test_nobody_is_there(self) -> None:
        assert _broken() == {"I5.runs"}

    def test_somebody_is_at_it(self) -> None:
        _worker()
        assert _broken() == set()

    def test_somebody_is_at_something_else(self) -> None:
        _worker(queues=["language"])
        assert _broken() == {"I5.runs"}

    def test_the_only_worker_of_a_queue_is_gone_and_another_one_rings_for_it(self) -> None:
        """As after ``celery control shutdown`` of one: the other sweeps for all, so that only the time without a claim tells."""
        _worker(queues=["speech"])
        _worker(seen_s=130, claimed_s=130, queues=["language", "records"])
        rung = "state = 'ready', next_publish_at = clock_timestamp() + interval '5 seconds'"
        rows(f"UPDATE runs SET stage = 'classify_speakers', {rung} RETURNING id")  # noqa: S608 - our own words
        [broken] = [finding for finding in _found() if finding.count]
        assert (broken.promise.name, broken.count) == ("I5.runs", 3)
        assert all(sample.startswith("queue language, run ") for sample in broken.samples)
        rows("UPDATE runs SET stage_since = clock_timestamp() - interval '90 seconds' RETURNING id")
        rows("UPDATE runs SET not_before = stage_since RETURNING id")
        assert _broken() == set(), "not yet"

    def test_somebody_claims_nothing(self) -> None:
        _worker(claimed_s=90)
        assert _broken() == {"I5.runs"}

    def test_somebody_claims_but_nobody_sweeps(self) -> None:
        _worker(seen_s=90)
        assert _broken() == {"I5.runs"}

    def test_somebody_is_busy_for_long(self) -> None:
        worker = _worker(claimed_s=90)
        [run, *_] = rows("SELECT id FROM runs")
        chain.claim(run["id"])
        rows("UPDATE run_steps SET worker = %s RETURNING run_id", worker)
        assert _broken() == set()

    def test_an_hour_is_too_long_whoever_is_at_it(self) -> None:
        _worker()
        _ago(61)
        assert _broken() == {"I5.runs"}

    def test_batches_may_wait_for_longer(self) -> None:
        _worker(queues=["batch"])
        rows("UPDATE runs SET purpose = 'reprocess' RETURNING id")
        _ago(600)
        assert "I5.runs" not in _broken()

    def test_a_batch_gives_way_to_live_work_if_somebody_is_there_for_it(self) -> None:
        rows("UPDATE runs SET purpose = 'reprocess' RETURNING id")
        _worker(queues=["speech", "language"])
        assert "I5.runs" in _broken(), "nobody is there for it"
        _worker(claimed_s=300, queues=["batch"])
        assert "I5.runs" not in _broken()


def test_effects_wait_for_their_own_queue(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    assert stored.transcript_id
    chain.bring_to(stored.run_id, Stage.PERSIST)
    chain.record(chain.claim(stored.run_id, Stage.PERSIST), effects=(chain.sms(stored.transcript_id),))
    rows("UPDATE effects SET next_publish_at = clock_timestamp() - interval '2 minutes' RETURNING id")
    _worker(queues=["speech"])
    assert _broken() == {"I5.effects"}
    _worker(queues=["deliver"])
    assert _broken() == set()


def test_jobs_wait_for_the_queue_of_what_they_need(organization: OrganizationRow) -> None:
    acting.entered(organization.id, JobKind.TRANSCRIBE)
    rows("UPDATE jobs SET next_publish_at = clock_timestamp() - interval '2 minutes' RETURNING id")
    _worker(queues=["language"])
    assert _broken() == {"I5.jobs"}
    _worker(queues=["speech"])
    assert _broken() == set()
    rows("UPDATE jobs SET not_before = clock_timestamp() - interval '61 minutes' RETURNING id")
    assert _broken() == {"I5.jobs"}, "an hour is too long whoever is at it"
    rows("UPDATE jobs SET kind = 'reprocess' RETURNING id")
    _worker(queues=["batch"])
    assert _broken() == set(), "a batch may wait for longer"
    rows("UPDATE jobs SET expires_at = clock_timestamp(), kind = 'transcribe' RETURNING id")
    assert _broken() == set(), "nobody waits for it any more"


def test_whoever_is_busy_with_a_job_is_no_idler(organization: OrganizationRow) -> None:
    chain.store_sms(organization.id)
    _ago(3)
    worker = _worker(claimed_s=90)
    assert _broken() == {"I5.runs"}
    assert jobs.claim(acting.entered(organization.id).id, lease_s=30, max_attempts=6, worker=worker)
    rows("UPDATE workers SET last_claim_at = clock_timestamp() - interval '90 seconds' RETURNING name")
    assert _broken() == set()


def test_a_call_for_help_waits_for_its_own_queue() -> None:
    EffectFactory.create(kind="escalation")
    rows("UPDATE effects SET next_publish_at = clock_timestamp() - interval '2 minutes' RETURNING id")
    _worker(queues=["deliver"])
    assert "I5.effects" in _broken()
    _worker(queues=["deliver_now"])
    assert "I5.effects" not in _broken()


def test_a_caller_waits_for_a_queue_of_their_own(organization: OrganizationRow) -> None:
    chain.store_sms(organization.id)
    rows("UPDATE runs SET lane = 'urgent' RETURNING id")
    _ago(3)
    _worker()
    assert _broken() == {"I5.runs"}
    _worker(queues=["live"])
    assert _broken() == set()


class TestWindow:
    """Finished work is looked at for a while; what is unfinished always."""

    @pytest.fixture(autouse=True)
    def _lost(self, organization: OrganizationRow) -> None:
        """Ten hours ago a run was lost."""
        chain.store_sms(organization.id)
        rows("UPDATE webhook_events SET id = CAST(%s AS uuid) RETURNING id", str(first_id(_hours_ago(10))))
        rows("DELETE FROM runs RETURNING id")

    def test_what_is_older_than_an_hour_has_been_looked_at(self) -> None:
        assert _broken() == set()

    def test_a_person_may_look_further_back(self) -> None:
        assert [finding.promise.name for finding in invariants.check(rules(), since=_hours_ago(11)) if finding.count] == ["I1.run"]

    def test_what_happened_while_nobody_checked_is_seen(self) -> None:
        invariants.record(_found())
        rows("UPDATE invariant_checks SET checked_at = clock_timestamp() - interval '9.5 hours' RETURNING invariant")
        assert _broken() == {"I1.run"}

    def test_what_is_broken_does_not_heal_by_growing_old(self) -> None:
        invariants.record(invariants.check(rules(), since=_hours_ago(11)))
        rows("UPDATE invariant_checks SET broken_since = broken_since - interval '9.5 hours' RETURNING invariant")
        assert _broken() == {"I1.run"}

    def test_but_is_not_looked_for_for_ever(self) -> None:
        rows("UPDATE webhook_events SET id = CAST(%s AS uuid) RETURNING id", str(first_id(_hours_ago(24 * AT_MOST.days + 2))))
        invariants.record(invariants.check(rules(), since=_hours_ago(1_000)))
        rows("UPDATE invariant_checks SET broken_since = broken_since - interval '30 days' RETURNING invariant")
        assert _broken() == set()


def test_the_first_id_of_a_moment_stands_before_its_ids() -> None:
    before, after = (rows("SELECT clock_timestamp() AS now")[0]["now"] for _ in range(2))
    assert first_id(before) <= first_id(after) < new_id()


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_a_large_house_is_never_read_whole(promise: Promise) -> None:
    assert _read_whole(promise.sql) == []


def test_the_guard_sees_a_query_that_reads_a_table_whole() -> None:
    assert _read_whole("SELECT 'run' AS what, id FROM runs WHERE attempts > 100") != []


def _read_whole(sql: str) -> list[dict[str, Any]]:
    """The parts of the plan that read every row of a large table, whenever an index can be used at all."""
    with engine(SWEEP).connect() as connection:
        # whatever other tests have left in files and statistics must not choose the plan; it is theirs again when we let go
        connection.execute(text(f"TRUNCATE {', '.join(table.name for table in Base.metadata.sorted_tables)}"))
        connection.execute(text("DELETE FROM pg_statistic"))
        for kind in ("seqscan", "hashjoin", "mergejoin"):
            connection.exec_driver_sql(f"SET LOCAL enable_{kind} = off")
        parameters = invariants._told(rules()) | {"since": first_id(_hours_ago(1)), "limit": 5}
        [plan] = connection.execute(text(f"EXPLAIN (FORMAT json) {invariants._LOOK.format(sql=sql)}"), parameters).scalar_one()
    return [node for node in _nodes(plan["Plan"]) if _is_unbounded(node)]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_what_is_said_of_a_promise_fits_a_line_of_the_log(promise: Promise) -> None:
    assert max(len(promise.says), len(promise.todo)) <= FREE_TEXT_CHARS
    assert promise.says.endswith(".")


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {key: value for key, value in plan.items() if key != "Plans"}
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _is_unbounded(node: dict[str, Any]) -> bool:
    table = node.get("Relation Name") in BIG
    if node["Node Type"] == "Seq Scan":
        return table
    return node["Node Type"].startswith("Index") and table and "Index Cond" not in node and node["Index Name"] not in PARTIAL


def _hours_ago(hours: float) -> Any:
    return rows("SELECT clock_timestamp() - make_interval(hours => %s) AS it", int(hours))[0]["it"]


def _worker(seen_s: int = 0, claimed_s: int = 0, queues: list[str] | None = None) -> str:
    worker = WorkerFactory.create(queues=queues or ["speech", "language", "records", "deliver"])
    rows(
        "UPDATE workers SET seen_at = clock_timestamp() - make_interval(secs => %s),"
        " last_claim_at = clock_timestamp() - make_interval(secs => %s) WHERE name = %s RETURNING name",
        seen_s,
        claimed_s,
        worker.name,
    )
    return str(worker.name)
