"""``celery -A tasks promote``: from the list of recordings to the run that counts, and what to do where it cannot be done."""

from datetime import timedelta
from uuid import UUID

import click
import pytest
from click.testing import CliRunner

from db.tables.organizations import OrganizationRow
from tasks.commands.promote import promote
from tests.support.factories import RunFactory, TranscriptFactory, now
from tests.support.stored import row


@pytest.fixture
def transcript(organization: OrganizationRow) -> UUID:
    """One recording, RE1."""
    return TranscriptFactory.create(organization_id=organization.id, source_ref="RE1").id


def _run(transcript: UUID, organization: OrganizationRow, hours_ago: int, state: str = "done") -> UUID:
    values = {"organization_id": organization.id, "transcript_id": transcript, "purpose": "reprocess", "stage": "persist"}
    return RunFactory.create(**values, state=state, finished_at=now() - timedelta(hours=hours_ago)).id


def _said(command: click.Command, name: object, *, fails: bool = False) -> str:
    result = CliRunner().invoke(command, [str(name), "--org", "test"])
    assert (result.exit_code != 0) is fails, result.output
    return result.output


@pytest.mark.parametrize("by_sid", [True, False])
def test_a_recordings_newest_result_is_promoted_by_its_name(transcript: UUID, organization: OrganizationRow, *, by_sid: bool) -> None:
    _run(transcript, organization, 2)
    new = _run(transcript, organization, 1)
    said = _said(promote, "RE1" if by_sid else transcript)
    assert said.startswith(f"run {new} counts for transcript {transcript}, instead of none")
    assert row("SELECT current_run_id FROM transcripts") == {"current_run_id": str(new)}


def test_without_another_result_it_lists_those_that_there_are(transcript: UUID, organization: OrganizationRow) -> None:
    run = _run(transcript, organization, 1)
    _said(promote, run)
    said = _said(promote, "RE1", fails=True)
    assert said.startswith("Error: RE1: no other run of transcript")
    assert f"run {run} (reprocess) is done, ended" in said
