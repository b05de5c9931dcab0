"""A worker is there, or silent, from the same moment on, whoever is asked: commands and figures do not contradict each other."""

import pytest
from click.testing import CliRunner

from db.plant import figures, standing
from db.tables.organizations import OrganizationRow
from tasks.commands.replay import replay
from tasks.doctor import workers
from tests.support import chain
from tests.support.plant_factories import WorkerFactory
from tests.support.stored import rows


@pytest.mark.parametrize(("seen_s", "lives"), [(15, True), (25, False)], ids=["a statement of its sweeper hangs", "it was killed"])
def test_all_agree_who_lives(organization: OrganizationRow, seen_s: int, lives: bool) -> None:  # noqa: FBT001 - a case
    WorkerFactory.create(name="test")
    rows("UPDATE workers SET seen_at = clock_timestamp() - make_interval(secs => %s) RETURNING name", seen_s)
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    chain.claim(stored.run_id)
    rows("UPDATE run_steps SET worker = 'test' RETURNING run_id")
    assert [worker.name for worker in workers.there()] == ["test"] * lives
    assert [worker.is_silent for worker in standing.workers()] == [not lives]
    assert figures.read().served.get("speech", 0) == lives
    told = CliRunner().invoke(replay, [str(stored.run_id), "--org", "test"])
    assert ("is being worked on" in told.output) is lives, told.output


@pytest.mark.parametrize(("seen_s", "may_live"), [(15, True), (25, False)])
def test_a_successor_says_nothing_of_the_one_before_as_long_as_that_may_live(seen_s: int, may_live: bool) -> None:  # noqa: FBT001 - a case
    WorkerFactory.create(name="worker@host/before")
    rows("UPDATE workers SET seen_at = clock_timestamp() - make_interval(secs => %s) RETURNING name", seen_s)
    WorkerFactory.create(name="worker@host/now")
    assert [worker.name for worker in standing.workers()] == ["worker@host/before"] * may_live + ["worker@host/now"]
