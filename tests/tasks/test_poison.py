"""A payload that raises, or ends whoever works on it, ends its own run and no other; a person sees it, and retries it when it is mended."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from click.testing import CliRunner

from db.plant import claims, sweep
from db.tables.organizations import OrganizationRow
from domain.chain import TASK_NAMES, Stage
from domain.errors import StepFailed
from domain.runs import Claim
from providers import registry
from tasks import app
from tasks.commands.parked import parked
from tasks.commands.retry import retry
from tasks.step import max_attempts
from tests.support import chain
from tests.support.invariants import assert_they_hold
from tests.support.stored import count, row, rows

ORG = ("--org", "test")
POISON = b"Body=poison"
TRIES = 3


class Clinic:
    """Some SMS, of which one is poison for one of the steps, as its messages would have them worked off."""

    def __init__(self, organization: OrganizationRow) -> None:
        """Five good ones, and one in their midst that is not."""
        self.org = organization.id
        refs = [f"SM{number}" for number in range(6)]
        self.runs = [self._sms(ref, POISON if ref == "SM3" else b"Body=I+would+like+to+book+a+cleaning") for ref in refs]
        self.poisoned = self.runs.pop(3)

    def work_off(self, run_id: UUID) -> None:
        """One message of the chain after the other, as often as it takes; the clock is put forward."""
        for _ in range(4 * TRIES):
            run = chain.run_row(run_id)
            if run["state"] in {"done", "dead"}:
                return
            rows("UPDATE runs SET not_before = clock_timestamp() WHERE id = %s RETURNING id", str(run_id))
            self.step(run_id, Stage(run["stage"]))

    def step(self, run_id: UUID, stage: Stage) -> str:
        """One message."""
        try:
            return str(app.tasks[TASK_NAMES[stage]](str(run_id)))
        except StepFailed as error:
            return f"dead: {error}"

    def bury_lost(self) -> list[tuple[UUID, str]]:
        """What the sweeper buries."""
        rows("UPDATE runs SET next_publish_at = clock_timestamp() WHERE state = 'ready' RETURNING id")
        with sweep.opened() as store:
            return sweep.bury_lost(store, max_attempts())

    def states(self) -> set[str]:
        """How the good ones stand."""
        return {chain.run_row(run_id)["state"] for run_id in self.runs}

    def _sms(self, ref: str, body: bytes) -> UUID:
        stored = chain.store_sms(self.org, ref, conversation=ref, body=body)
        assert stored.run_id
        return stored.run_id


@pytest.fixture
def clinic(organization: OrganizationRow, configured: Callable[..., None]) -> Iterator[Clinic]:
    """With few tries each; in the end the house keeps its promises."""
    configured(WORKER_MAX_RETRIES=TRIES - 1)
    app.loader.import_default_modules()
    yield Clinic(organization)
    assert_they_hold()


def _poisonous(patch: pytest.MonkeyPatch, stage: Stage) -> None:
    """From now on that stage cannot bear the word."""
    port = {Stage.CLASSIFY_SPEAKERS: "classifier", Stage.GENERATE_REPLY: "reply_writer"}[stage]
    plain, method = getattr(registry, port)(), {"classifier": "classify", "reply_writer": "write"}[port]

    class Port:
        vendor = None

        def __getattr__(self, name: str) -> Callable[..., object]:
            def asked(*given: object) -> object:
                if name == method and "poison" in str(given):
                    raise ZeroDivisionError("poison")
                return getattr(plain, name)(*given)

            return asked

    patch.setattr(registry, port, Port)


def _listed() -> str:
    result = CliRunner().invoke(parked, ORG)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("stage", [Stage.CLASSIFY_SPEAKERS, Stage.GENERATE_REPLY])
def test_a_payload_that_raises_is_dead_after_its_tries_and_completes_when_it_is_mended(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    with monkeypatch.context() as patch:
        _poisonous(patch, stage)
        for run_id in (clinic.poisoned, *clinic.runs):
            clinic.work_off(run_id)
    assert clinic.states() == {"done"}
    found = chain.run_row(clinic.poisoned)
    assert (found["state"], found["stage"], found["last_error"]) == ("dead", stage, "unexpected:ZeroDivisionError")
    assert row("SELECT attempts FROM run_steps WHERE run_id = %s AND stage = %s", str(clinic.poisoned), stage) == {"attempts": TRIES}
    assert _listed().count("celery -A tasks retry") == 1
    assert f"run {clinic.poisoned}  SM3  died at {stage}: unexpected:ZeroDivisionError" in _listed()
    assert CliRunner().invoke(retry, ["SM3", *ORG]).exit_code == 0
    clinic.work_off(clinic.poisoned)
    assert chain.run_row(clinic.poisoned)["state"] == "done"
    assert _listed() == "nothing waits for a person\n"
    assert count("effects") == 6, "each is answered once"


def test_a_payload_that_ends_whoever_works_on_it_is_buried_after_as_many_claims(clinic: Clinic) -> None:
    """The claim is committed before the work, so that a worker who dies in it is counted."""
    stage = Stage.TRANSCRIBE
    for tried in range(TRIES):
        assert clinic.bury_lost() == [], f"it may be tried {TRIES - tried} times more"
        claim = claims.claim(clinic.poisoned, stage, lease_s=30, max_attempts=max_attempts(), worker="a worker that dies")
        assert isinstance(claim, Claim)
        rows("UPDATE runs SET lease_until = clock_timestamp() - interval '1 second' WHERE id = %s RETURNING id", str(clinic.poisoned))
    assert clinic.step(clinic.poisoned, stage) == "attempts used up"
    assert clinic.bury_lost() == [(clinic.poisoned, "worker_lost")]
    for run_id in clinic.runs:
        clinic.work_off(run_id)
    assert clinic.states() == {"done"}
    assert f"run {clinic.poisoned}  SM3  died at transcribe: worker_lost" in _listed()
    assert CliRunner().invoke(retry, [str(clinic.poisoned), *ORG]).exit_code == 0
    clinic.work_off(clinic.poisoned)
    assert chain.run_row(clinic.poisoned)["state"] == "done"


def test_poison_that_nobody_mended_is_dead_again_after_as_many_tries(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    _poisonous(monkeypatch, Stage.CLASSIFY_SPEAKERS)
    for _ in range(2):
        clinic.work_off(clinic.poisoned)
        assert chain.run_row(clinic.poisoned)["state"] == "dead"
        CliRunner().invoke(retry, ["SM3", *ORG])
    assert row("SELECT attempts FROM run_steps WHERE stage = 'classify_speakers'") == {"attempts": 2 * TRIES}
    assert count("effects") == 0
