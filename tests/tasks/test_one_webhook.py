"""One webhook is enough, and as many as come are one: tries are the run's own affair (S1-23), copies are nobody's (S1-43, S2-77)."""

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, TASK_NAMES, Stage
from domain.errors import RetryableError
from providers import registry
from tasks import app
from tests.support import payloads
from tests.support.fake_vendors import FakeModel
from tests.support.signing import post_as_twilio
from tests.support.stored import row, rows
from tests.support.vendor_state import due_now
from webhooks import tenants

FAILURES = 3


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    """The model that everybody asks."""
    fake = FakeModel()
    monkeypatch.setattr(registry, "classifier", lambda: fake)
    monkeypatch.setattr(registry, "reply_writer", lambda: fake)
    app.loader.import_default_modules()
    tenants.forget()
    return fake


def _written_to(client: FlaskClient) -> None:
    assert post_as_twilio(client, "/webhooks/twilio/sms", payloads.twilio("sms_incoming").fields or ()).status_code == 200


def _step(stage: Stage) -> str:
    return str(app.tasks[TASK_NAMES[stage]](row("SELECT id FROM runs")["id"]))


@pytest.mark.usefixtures("organization")
def test_a_step_is_tried_until_it_succeeds_and_the_vendor_that_called_us_does_nothing(client: FlaskClient, model: FakeModel) -> None:
    _written_to(client)
    assert _step(Stage.TRANSCRIBE) == "done"
    model.fails = RetryableError("openai:500")
    for attempt in range(1, FAILURES + 1):
        assert _step(Stage.CLASSIFY_SPEAKERS).startswith(f"retry {attempt + 1} in")
        due_now()
    model.fails = None
    assert [_step(stage) for stage in STAGES[1:]] == ["done"] * 3

    assert row("SELECT attempts FROM run_steps WHERE stage = 'classify_speakers'") == {"attempts": FAILURES + 1}
    assert row("SELECT duplicate_count FROM webhook_events") == {"duplicate_count": 0}, "there was one webhook, and it came once"
    assert row("SELECT state, degraded FROM runs") == {"state": "done", "degraded": False}


def test_copies_that_come_at_every_point_of_the_work_are_one_transcript_one_run_and_one_effect(
    client: FlaskClient, model: FakeModel, organization: OrganizationRow
) -> None:
    """A vendor that did not hear our answer in time says it again, whatever we are doing by then."""
    _written_to(client)
    for stage in STAGES:
        assert _step(stage) == "done"
        _written_to(client)
    effect = row("SELECT id FROM effects")
    assert app.tasks["reply.deliver"](effect["id"]) == "sent"
    _written_to(client)

    assert row("SELECT duplicate_count FROM webhook_events") == {"duplicate_count": len(STAGES) + 1}
    for table in ("transcripts", "runs", "effects"):
        assert len(rows(f"SELECT id FROM {table} WHERE organization_id = %s", str(organization.id))) == 1  # noqa: S608 - our own words
    assert row("SELECT state, attempts FROM effects") == {"state": "sent", "attempts": 1}
    assert sorted(model.asked) == ["classify", "write"]
