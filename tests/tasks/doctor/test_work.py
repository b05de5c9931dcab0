"""What stands still for a reason of its own is counted, and one of it is named with the command that goes on."""

from datetime import timedelta

import pytest

from db.plant import workers as turns
from db.plant.workers import BEAT
from db.tables.organizations import OrganizationRow
from domain.diagnosis.finding import Finding, Weight
from tasks.doctor import promises, work, workers
from tests.support import chain
from tests.support.factories import EffectFactory, OrganizationFactory, RunStepFactory, now
from tests.support.plant_factories import JobFactory, VendorHealthFactory, WorkerFactory
from tests.support.stored import rows

FAR = "clock_timestamp() + interval '10 years'"


def _found(looked: list[Finding]) -> dict[str, Finding]:
    return {finding.code: finding for finding in looked}


def test_a_house_at_work_has_nothing_that_stands_still(organization: OrganizationRow) -> None:
    chain.claim(chain.store_sms(organization.id).run_id)  # type: ignore[arg-type]  # an SMS opens a run
    EffectFactory.create(state="sending")
    assert work.look() == []


def test_a_lease_and_a_time_that_nothing_of_ours_sets(organization: OrganizationRow) -> None:
    leased, put_off = (chain.store_sms(organization.id, name, conversation=name).run_id for name in ("SM1", "SM2"))
    effect = EffectFactory.create(organization_id=OrganizationFactory.create(slug="default").id, state="pending")
    rows(f"UPDATE runs SET lease_token = id, lease_until = {FAR} WHERE id = %s RETURNING id", str(leased))  # noqa: S608 - our own words
    rows(f"UPDATE runs SET not_before = {FAR} WHERE id = %s RETURNING id", str(put_off))  # noqa: S608 - our own words
    found = _found(work.look())
    assert (found["lease_stuck"].fix or "").endswith(f"celery -A tasks replay {leased} --org test")
    assert (found["put_off"].fix or "").endswith(f"celery -A tasks replay {put_off} --org test")
    rows("DELETE FROM runs RETURNING id")
    rows(f"UPDATE effects SET next_publish_at = {FAR} RETURNING id")  # noqa: S608 - our own words
    assert (_found(work.look())["put_off"].fix or "").endswith(f"celery -A tasks replay {effect.id}")


@pytest.mark.parametrize("column", ["lease_until", "not_before", "next_publish_at"])
def test_a_job_that_nothing_of_ours_has_put_where_it_is(column: str) -> None:
    stuck, _ = JobFactory.create(), JobFactory.create(state="succeeded", next_publish_at=now() + timedelta(days=1))
    assert work.look() == []
    rows(f"UPDATE jobs SET {column} = {FAR} WHERE id = %s RETURNING id", str(stuck.id))  # noqa: S608 - our own words
    [finding] = work.look()
    assert (finding.code, finding.sentence[:22]) == ("job_stuck", "1 job of the API is le")
    assert f"celery -A tasks why {stuck.id} --org" in (finding.fix or "")


def test_callbacks_that_are_late(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id)
    RunStepFactory.create(run_id=stored.run_id, submission=1, submitted_at=now() - timedelta(seconds=10), finished_at=None)
    assert work.look() == [], "it is not late yet"
    rows("UPDATE run_steps SET submitted_at = submitted_at - interval '1 hour' RETURNING run_id")
    assert f"celery -A tasks why {stored.run_id} --org test" in (_found(work.look())["callbacks_overdue"].fix or "")


def test_the_dead_are_told_by_what_they_died_of(organization: OrganizationRow) -> None:
    for number in range(3):
        died = "worker_lost" if number else "openai:invalid_key"
        run = chain.store_sms(organization.id, f"SM{number}", conversation=f"{number}").run_id
        rows("UPDATE runs SET state = 'dead', last_error = %s, finished_at = clock_timestamp() WHERE id = %s RETURNING id", died, str(run))
    [finding] = work.look()
    assert finding.sentence.startswith("3 runs are dead")
    assert [fact.partition(",")[0] for fact in finding.evidence] == ["2 died of worker_lost", "1 died of openai:invalid_key"]
    assert all("celery -A tasks why " in fact for fact in finding.evidence)


def test_a_vendor_that_is_left_alone_is_told_by_the_reason() -> None:
    told = {"openai": ("insufficient_quota", "vendor_unpaid"), "deepgram": ("rate_limited", "vendor_rate_limited")}
    told |= {"twilio": ("http_503", "circuit_open")}
    for vendor, (word, _) in told.items():
        VendorHealthFactory.create(vendor=vendor, failures=5, open_until=now() + timedelta(minutes=5), code=f"{vendor}:{word}")
    found = _found(promises.look())
    assert {code for _, code in told.values()} <= set(found)
    assert all("celery -A tasks setup" in (found[code].fix or "") for _, code in told.values())


def test_beat_is_missed_after_three_minutes_and_not_while_it_rings_in_vain() -> None:
    WorkerFactory.create(started_at=now() - timedelta(hours=1))
    told = workers.beat(workers.there())
    assert told
    assert (told.code, told.weight) == ("beat_silent", Weight.WARNING)
    assert turns.take_turn("plant.check", 60.0)
    rows("UPDATE periodic_tasks SET last_run_at = last_run_at - interval '10 seconds' RETURNING name")
    assert not turns.take_turn("plant.check", 60.0), "another scheduler's turn"
    assert workers.beat(workers.there()) is None
    rows("UPDATE periodic_tasks SET last_run_at = last_run_at - interval '4 minutes' WHERE name = %s RETURNING name", BEAT)
    assert workers.beat(workers.there())
    rows("DELETE FROM workers RETURNING name")
    assert workers.beat(workers.there()) is None, "nobody is there who would do what it rings for"
