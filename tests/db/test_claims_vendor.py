"""A run whose vendor is known to be down is not handed out, and not rung for until the circuit may close."""

from urllib.parse import urlencode
from uuid import UUID

import pytest
from kombu.connection import Connection

import settings
from db.plant import claims
from db.tables.organizations import OrganizationRow
from domain.chain import TASK_NAMES, Stage
from domain.deliveries import Stored
from domain.errors import RetryableError
from domain.runs import Claim, Refusal
from domain.vendors import Vendor
from providers import registry
from tasks import app, sweeper
from tests.support import chain
from tests.support.factories import RunFactory
from tests.support.fake_vendors import FakeModel
from tests.support.stored import row, rows
from tests.support.vendor_state import due_now, health, leases_ran_out, opened, pause_over

REPLY = Stage.GENERATE_REPLY


def _try(run_id: UUID, stage: Stage = REPLY, vendor: Vendor | None = Vendor.OPENAI, max_attempts: int = 4) -> Claim | Refusal:
    return claims.claim(run_id, stage, lease_s=30, max_attempts=max_attempts, worker="test", vendor=vendor)


def _refused(run_id: UUID) -> str:
    answer = _try(run_id)
    assert isinstance(answer, Refusal)
    assert not answer.past
    return answer.outcome


def _sweep() -> list[str]:
    """Ring for what is due; the ids of the runs that would be rung for now."""
    with Connection(settings.current().broker_url) as broker:
        sweeper.sweep_once(broker, "worker@test", ["language"])
    rung = rows(
        "SELECT id FROM runs WHERE next_publish_at BETWEEN clock_timestamp() + interval '9 s' AND clock_timestamp() + interval '11 s'"
    )
    return [run["id"] for run in rung]


class TestClaim:
    """What the claim itself decides."""

    def test_a_run_whose_vendor_is_down_is_not_handed_out(self) -> None:
        run = RunFactory.create(stage=REPLY)
        opened(seconds=60)
        assert _refused(run.id) == "paused for 60 s: openai:503"
        found = chain.run_row(run.id)
        assert (found["attempts"], found["lease_token"], found["state"]) == (0, None, "ready")

    def test_it_is_handed_out_when_the_circuit_may_close(self) -> None:
        run = RunFactory.create(stage=REPLY)
        opened()
        _refused(run.id)
        pause_over()
        due_now()
        assert isinstance(_try(run.id), Claim)

    def test_a_run_that_needs_no_vendor_is_handed_out(self) -> None:
        opened()
        assert isinstance(_try(RunFactory.create(stage=REPLY).id, vendor=None), Claim)

    def test_a_run_that_needs_another_vendor_is_handed_out(self) -> None:
        opened(Vendor.DEEPGRAM)
        assert isinstance(_try(RunFactory.create(stage=REPLY).id), Claim)

    @pytest.mark.parametrize(("purpose", "is_handed_out"), [("live", True), ("reprocess", False)])
    def test_a_caller_who_is_on_the_line_waits_for_no_vendor(self, purpose: str, *, is_handed_out: bool) -> None:
        run = RunFactory.create(stage=REPLY, purpose=purpose)
        rows("UPDATE transcripts SET source = 'live_turn' RETURNING id")
        opened()
        assert isinstance(_try(run.id), Claim) is is_handed_out

    def test_a_stage_that_was_done_lets_the_chain_go_on_whoever_is_down(self) -> None:
        run = RunFactory.create(stage=Stage.PERSIST)
        opened()
        assert _try(run.id) == Refusal(past=True, outcome="already done")


class TestParking:
    """What waits for a vendor stands in nobody's way."""

    def test_a_parked_run_is_due_when_the_circuit_may_close(self) -> None:
        run = RunFactory.create(stage=REPLY)
        opened(seconds=60)
        _refused(run.id)
        found = chain.run_row(run.id)
        assert 59 < chain.seconds_from_now(found, "not_before") <= 60
        assert chain.seconds_from_now(found, "not_before") <= chain.seconds_from_now(found, "next_publish_at") <= 61

    def test_the_sweeper_does_not_ring_for_a_parked_run(self) -> None:
        parked, other = RunFactory.create(stage=REPLY), RunFactory.create(stage=Stage.PERSIST)
        due_now()
        opened()
        _refused(parked.id)
        assert _sweep() == [str(other.id)]

    def test_a_run_whose_worker_died_is_parked_too(self) -> None:
        run = RunFactory.create(stage=REPLY)
        assert isinstance(_try(run.id), Claim)
        leases_ran_out()
        opened()
        _refused(run.id)
        assert chain.seconds_from_now(chain.run_row(run.id), "next_publish_at") > 59

    def test_a_run_whose_attempts_are_used_up_is_not_parked_but_buried(self) -> None:
        run = RunFactory.create(stage=REPLY, attempts=settings.current().worker_max_retries + 1)
        opened()
        assert isinstance(_try(run.id, max_attempts=run.attempts), Refusal)
        _sweep()
        assert chain.run_row(run.id)["state"] == "dead"

    def test_a_run_that_somebody_works_on_is_left_alone(self) -> None:
        run = RunFactory.create(stage=REPLY)
        chain.claim(run.id, REPLY)
        before = chain.run_row(run.id) | {"now": None}
        opened()
        assert _refused(run.id) == "duplicate: another worker has it"
        assert chain.run_row(run.id) | {"now": None} == before

    def test_a_run_that_backs_off_for_longer_is_not_brought_forward(self) -> None:
        run = RunFactory.create(stage=REPLY)
        rows("UPDATE runs SET not_before = clock_timestamp() + interval '100 s', next_publish_at = not_before RETURNING id")
        opened(seconds=5)
        _refused(run.id)
        assert chain.seconds_from_now(chain.run_row(run.id), "not_before") > 99


class TestStages:
    """Which stages wait for which vendor."""

    @pytest.fixture
    def model(self, monkeypatch: pytest.MonkeyPatch) -> FakeModel:
        """A language model that would answer, if it were asked."""
        fake = FakeModel()
        monkeypatch.setattr(registry, "classifier", lambda: fake)
        monkeypatch.setattr(registry, "reply_writer", lambda: fake)
        return fake

    def _work(self, stored: Stored, stage: Stage) -> str:
        app.loader.import_default_modules()
        return str(app.tasks[TASK_NAMES[stage]](str(stored.run_id)))

    def _brought_to(self, organization: OrganizationRow, stage: Stage, words: str = "Please book me in") -> Stored:
        stored = chain.store_sms(organization.id, body=urlencode({"Body": words}).encode())
        for earlier in list(Stage)[: list(Stage).index(stage)]:
            assert self._work(stored, earlier) == "done"
        return stored

    def test_safety_rules_run_although_the_model_is_down(self, organization: OrganizationRow, model: FakeModel) -> None:
        rows("""UPDATE organizations SET settings = settings || '{"on_call": "+15005550111"}' RETURNING id""")
        opened()
        stored = self._brought_to(organization, Stage.CLASSIFY_SPEAKERS, "I have chest pain and I can't breathe")
        assert self._work(stored, Stage.CLASSIFY_SPEAKERS) == "done"
        assert row("SELECT kind, target FROM effects") == {"kind": "escalation", "target": "+15005550111"}
        assert model.asked == []

    def test_a_reply_waits_for_the_model_before_anything_is_loaded(self, organization: OrganizationRow, model: FakeModel) -> None:
        stored = self._brought_to(organization, REPLY)
        opened(seconds=60)
        assert self._work(stored, REPLY) == "paused for 60 s: openai:503"
        assert model.asked == ["classify"]
        assert rows("SELECT FROM run_steps WHERE stage = 'generate_reply'") == []

    def test_whoever_may_be_in_danger_is_answered_at_once(self, organization: OrganizationRow, model: FakeModel) -> None:
        stored = self._brought_to(organization, REPLY, "I have chest pain and I can't breathe")
        opened()
        assert self._work(stored, REPLY) == "done"
        assert model.asked == ["classify"]

    @pytest.mark.parametrize("stage", [Stage.TRANSCRIBE, Stage.PERSIST])
    @pytest.mark.usefixtures("model")
    def test_other_stages_go_on_whoever_is_down(self, organization: OrganizationRow, stage: Stage) -> None:
        stored = self._brought_to(organization, stage)
        for vendor in Vendor:
            opened(vendor)
        assert self._work(stored, stage) == "done"

    def test_a_circuit_that_opens_for_one_opens_for_all(self, organization: OrganizationRow, model: FakeModel) -> None:
        stored = self._brought_to(organization, REPLY)
        model.fails = RetryableError("openai:503")
        for attempt in range(1, 4):
            assert self._work(stored, REPLY).startswith(f"retry {attempt + 1} in")
            due_now()
        assert self._work(stored, REPLY).startswith("retry 5 in")
        assert health()["failures"] == 4
        due_now()
        assert self._work(stored, REPLY).endswith("openai:503")
        assert model.asked.count("write") == 4
