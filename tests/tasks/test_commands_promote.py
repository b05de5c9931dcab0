"""``celery -A tasks promote``: from the list of recordings to the run that counts, and what to do where it cannot be done."""

from datetime import timedelta
from uuid import UUID

import click
import pytest
from click.testing import CliRunner

from db.tables.organizations import OrganizationRow
from tasks.commands.promote import promote, undo
from tests.support.factories import RunFactory, TranscriptFactory, now
from tests.support.stored import row, rows


@pytest.fixture
def transcript(organization: OrganizationRow) -> UUID:
    """One recording, RE1."""
    return TranscriptFactory.create(organization_id=organization.id, source_ref="RE1").id


def _run(transcript: UUID, organization: OrganizationRow, hours_ago: int, state: str = "done") -> UUID:
    values = {"organization_id": organization.id, "transcript_id": transcript, "purpose": "reprocess", "stage": "persist"}
    return RunFactory.create(**values, state=state, finished_at=now() - timedelta(hours=hours_ago)).id


def _said(command: click.Command, name: object, *options: object, fails: bool = False) -> str:
    result = CliRunner().invoke(command, [str(name), *map(str, options), "--org", "test"])
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


class TestInsteadOf:
    """Ann compared a run with the one that counted when she looked; what counts by now may be another one."""

    @pytest.fixture
    def done(self, transcript: UUID, organization: OrganizationRow) -> list[UUID]:
        """Three results, of which the first counts."""
        runs = [_run(transcript, organization, hours) for hours in (3, 2, 1)]
        _said(promote, runs[0])
        return runs

    def test_what_was_compared_is_replaced(self, transcript: UUID, done: list[UUID]) -> None:
        assert _said(promote, done[2], "--instead-of", done[0]).startswith(f"run {done[2]} counts for transcript {transcript}")

    def test_what_came_to_count_since_is_left(self, transcript: UUID, done: list[UUID]) -> None:
        compared, bobs, anns = done
        _said(promote, bobs, "--instead-of", compared)
        refusal = f"Error: By now run {bobs} counts for transcript {transcript}. Look at it, and ask again.\n"
        assert _said(promote, anns, "--instead-of", compared, fails=True) == refusal
        assert _said(promote, anns, "--instead-of", "none", fails=True) == refusal
        assert row("SELECT current_run_id FROM transcripts") == {"current_run_id": str(bobs)}
        assert f"instead of run {bobs}" in _said(promote, anns), "who does not say what they compared replaces whatever counts"

    def test_where_none_counted_none_may_count_yet(self, transcript: UUID, done: list[UUID]) -> None:
        _said(undo, transcript)
        assert "By now no run counts" in _said(promote, done[1], "--instead-of", done[0], fails=True)
        assert f"run {done[1]} counts" in _said(promote, done[1], "--instead-of", "none")

    def test_only_a_run_or_none_is_taken(self, done: list[UUID]) -> None:
        assert "is not a valid UUID" in _said(promote, done[1], "--instead-of", "RE1", fails=True)


@pytest.mark.parametrize(
    ("state", "advice"), [("dead", "`celery -A tasks retry {run} --org test` goes on with it."), ("ready", "Ask again when it has ended.")]
)
def test_a_run_that_is_not_done_comes_with_what_to_do(transcript: UUID, organization: OrganizationRow, state: str, advice: str) -> None:
    run = _run(transcript, organization, 1, state)
    assert f"Error: Run {run} is {state}: only a run that is done can count. {advice.format(run=run)}\n" == _said(promote, run, fails=True)


def test_where_nothing_was_promoted_it_says_what_counts_and_how_to_promote(transcript: UUID, organization: OrganizationRow) -> None:
    said = _said(undo, "RE1", fails=True)
    assert said.startswith(f"Error: No promotion of transcript {transcript} is left to be undone: no run counts.")
    assert f"`celery -A tasks promote {transcript} --org test` lets the newest other run" in said
    run = _run(transcript, organization, 1)
    rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(run))
    assert f"run {run} counts by itself" in _said(undo, "RE1", fails=True)
