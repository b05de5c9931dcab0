"""Stored text messages that a model understood and answered, at a twin that counts what it is asked."""

import json
from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from domain.chain import STAGES, TASK_NAMES
from tasks import app
from tasks.commands.batches import batches, diff
from tasks.commands.promote import promote, undo
from tasks.commands.reprocess import reprocess
from tests.support import chain, vendor_house
from tests.support.stored import rows
from tests.support.vendor_house import House

CALLS = 6
COMMANDS = {"reprocess": reprocess, "batches": batches, "diff": diff, "promote": promote, "undo": undo}
WINDOW = ("--since", "2020-01-01", "--until", "2100-01-01")
MODELS = ("gpt-6-luna", "gpt-6-sol", "another")


class Desk:
    """Somebody at a terminal, and a worker that does what waits."""

    def __init__(self, house: House) -> None:
        """Beside this house."""
        self.house = house

    def say(self, command: str, *arguments: str, fails: bool = False, answers: str | None = None) -> str:
        """A command; what it printed."""
        result: Result = CliRunner().invoke(COMMANDS[command], [*arguments, "--org", "test"], input=answers)
        assert (result.exit_code != 0) is fails, result.output
        return result.output

    def again(self, *arguments: str, name: str = "again", fails: bool = False) -> str:
        """All that is stored, once more, without being asked; what it printed."""
        return self.say("reprocess", *WINDOW, "--name", name, "--yes", *arguments, fails=fails)

    def work_off(self, runs: int | None = None) -> None:
        """Every open run, or so many, from where it stands to its end."""
        found = rows("SELECT id FROM runs WHERE state = 'ready' ORDER BY id")[:runs]
        for run in found:
            for stage in STAGES:
                assert app.tasks[TASK_NAMES[stage]](run["id"]) in {"done", "already done"}

    def asked(self) -> int:
        """How often the model was asked so far."""
        return len(self.house.paid("responses")) + len(self.house.paid("chat"))

    def counting(self) -> list[dict[str, object]]:
        """Which run counts for each transcript, and what it says: all that anybody is shown."""
        return rows(
            "SELECT t.id, t.current_run_id, t.status, t.processing_status, g.text, a.intent FROM transcripts AS t"
            " LEFT JOIN replies AS g ON g.run_id = t.current_run_id LEFT JOIN analyses AS a ON a.run_id = t.current_run_id ORDER BY t.id"
        )


@pytest.fixture
def desk(house: House, configured: Callable[..., None]) -> Desk:
    """Six people wrote something different each, and were answered; prices are known."""
    configured(PRICES=json.dumps({f"openai:{model}": {"input_tokens": 2e-6, "output_tokens": 8e-6} for model in MODELS}))
    vendor_house.forget_ports()
    for number in range(CALLS):
        body = urlencode({"Body": f"I would like to book appointment number {number} for {'next ' * number}week please"}).encode()
        stored = chain.store_sms(house.organization.id, f"SM{number}", conversation=f"thread {number}", body=body)
        assert isinstance(stored.run_id, UUID)
    found = Desk(house)
    found.work_off()
    house.deliver()
    return found
