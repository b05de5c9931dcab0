"""Alarms, figures and `doctor` count the whole house: the list that they send people to is of every organization."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from db.tables.organizations import OrganizationRow
from tasks.commands.parked import parked
from tests.support.factories import EffectFactory, OrganizationFactory, RunFactory

ENDED = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.mark.usefixtures("organization")
def test_where_nothing_waits_anywhere_it_says_so() -> None:
    settled = OrganizationFactory.create(slug="at-peace")
    EffectFactory.create(organization_id=settled.id, state="failed", finished_at=ENDED, settled_at=ENDED, settled_by="me")
    assert CliRunner().invoke(parked, []).output == "nothing waits for a person\n"


def test_each_line_is_typed_for_its_own_and_who_waits_for_help_comes_first(organization: OrganizationRow) -> None:
    run = RunFactory.create(organization_id=organization.id, state="dead", last_error="openai:invalid_key", finished_at=ENDED)
    other = OrganizationFactory.create(slug="zoo")
    lost = EffectFactory.create(organization_id=other.id, kind="escalation", state="failed", last_error="twilio:1", finished_at=ENDED)
    output = CliRunner().invoke(parked, []).output
    assert [line.partition("next: ")[2] for line in output.splitlines()] == [
        f"celery -A tasks resend {lost.id} --org zoo",
        f"celery -A tasks retry {run.id} --org test",
    ]
