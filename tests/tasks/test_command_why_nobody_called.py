"""``celery -A tasks why`` of somebody who may be in danger, whom nobody was called for."""

import json

import pytest
from click.testing import CliRunner

from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, TASK_NAMES
from tasks import app
from tasks.commands.why import why
from tasks.doctor import front
from tests.support import chain
from tests.support.stored import row, rows


@pytest.fixture(autouse=True)
def _public_address_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "look", list)


@pytest.mark.parametrize(("on_call", "code"), [(None, "nobody_called"), ("+15005550111", "no_consumer")])
def test_an_emergency_that_nobody_was_called_for_is_not_well(organization: OrganizationRow, on_call: str | None, code: str) -> None:
    if on_call:
        rows("UPDATE organizations SET settings = settings || jsonb_build_object('on_call', %s::text) RETURNING id", on_call)
    stored = chain.receive_sms(organization.id, "My wife is unconscious, please help", "SM1")
    app.loader.import_default_modules()
    for stage in STAGES:
        app.tasks[TASK_NAMES[stage]](str(stored.run_id))
    assert row("SELECT phase FROM conversations") == {"phase": "escalation"}
    result = CliRunner().invoke(why, [str(stored.run_id), "--org", "test", "--json"])
    told = json.loads(result.output)
    assert (result.exit_code, told["code"]) == (1, code), told
    assert code != "nobody_called" or "--on-call" in told["fix"]
