"""A person names the run that shall count by whatever they have at hand: the run, its transcript, the vendor's SID."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db import named
from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from domain.errors import RefusedError
from tests.support.factories import OrganizationFactory, RunFactory, TranscriptFactory, now
from tests.support.stored import rows


@pytest.fixture
def transcript(organization: OrganizationRow) -> TranscriptRow:
    """One recording, RE1."""
    return TranscriptFactory.create(organization_id=organization.id, source_ref="RE1")


def _run(transcript: TranscriptRow, hours_ago: int | None, **values: Any) -> UUID:
    values = {"state": "done", "purpose": "reprocess", "stage": "persist", **values}
    finished_at = None if hours_ago is None else now() - timedelta(hours=hours_ago)
    run = RunFactory.create(organization_id=transcript.organization_id, transcript_id=transcript.id, finished_at=finished_at, **values)
    return run.id


def _counts(run_id: UUID) -> None:
    rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(run_id))


def test_of_all_that_are_done_the_newest_that_does_not_count(transcript: TranscriptRow) -> None:
    new, _ = _run(transcript, 2), _run(transcript, 3)
    _counts(_run(transcript, 1, purpose="live"))
    for state in ("ready", "dead"):
        _run(transcript, 0, state=state)
    for name in ("RE1", str(transcript.id)):
        assert named.find_finished_run(transcript.organization_id, name) == new, name


def test_a_run_that_is_named_is_that_run_whatever_became_of_it(transcript: TranscriptRow) -> None:
    _run(transcript, 1)
    dead = _run(transcript, 2, state="dead")
    assert named.find_finished_run(transcript.organization_id, str(dead)) == dead


def test_if_there_is_no_other_one_all_are_listed(transcript: TranscriptRow) -> None:
    live, opened = _run(transcript, 1, purpose="live"), _run(transcript, None, state="ready")
    _counts(live)
    with pytest.raises(RefusedError) as refused:
        named.find_finished_run(transcript.organization_id, "RE1")
    for part in (
        f"RE1: no other run of transcript {transcript.id} is done",
        f"run {live} (live) is done, ended ",
        ", and counts",
        f"run {opened} (reprocess) is ready",
    ):
        assert part in str(refused.value)


def test_what_never_had_a_run_is_said_to_have_none(transcript: TranscriptRow) -> None:
    with pytest.raises(RefusedError, match=r"is done: it has none\."):
        named.find_finished_run(transcript.organization_id, "RE1")


def test_another_organizations_names_are_not_known(transcript: TranscriptRow) -> None:
    theirs = OrganizationFactory.create()
    for name in (str(_run(transcript, 1)), str(transcript.id), "RE1"):
        with pytest.raises(RefusedError, match="nothing by that name; --org"):
            named.find_finished_run(theirs.id, name)
