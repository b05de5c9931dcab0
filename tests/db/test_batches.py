"""Reprocess runs are opened over what has words, in a stretch of time, for one tenant."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from db import batches
from db.tables.organizations import OrganizationRow
from tests.support import chain
from tests.support.factories import TranscriptFactory
from tests.support.stored import count, rows

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


def _transcript(organization: OrganizationRow, at: datetime = SINCE, **values: Any) -> str:
    return str(TranscriptFactory.create(organization_id=organization.id, created_at=at, **values).id)


def _opened(organization: OrganizationRow) -> list[int]:
    return list(batches.open_reprocess_runs(organization.id, SINCE, UNTIL, "trace"))


def test_each_transcript_of_the_time_gets_one_run(organization: OrganizationRow) -> None:
    inside = {_transcript(organization), _transcript(organization, UNTIL - timedelta(microseconds=1))}
    _transcript(organization, SINCE - timedelta(microseconds=1))
    _transcript(organization, UNTIL)
    assert batches.count_reprocessable(organization.id, SINCE, UNTIL) == 2
    assert _opened(organization) == [2]
    assert {run["transcript_id"] for run in chain.whole("runs")} == inside


def test_a_reprocess_run_is_due_at_once_and_belongs_to_its_transcript(organization: OrganizationRow) -> None:
    _transcript(organization, turn=3)
    _opened(organization)
    [run] = chain.whole("runs")
    assert (run["purpose"], run["state"], run["stage"], run["turn"], run["trace_id"]) == ("reprocess", "ready", "transcribe", 3, "trace")
    assert rows("SELECT FROM runs WHERE next_publish_at > clock_timestamp()") == []
    assert rows("SELECT FROM runs JOIN transcripts AS t ON t.id = transcript_id WHERE t.conversation_id <> runs.conversation_id") == []


def test_the_keys_of_the_runs_grow_with_time(organization: OrganizationRow) -> None:
    for _ in range(2):
        _transcript(organization)
    _opened(organization)
    assert [UUID(run["id"]).version for run in chain.whole("runs")] == [7, 7]


@pytest.mark.parametrize("status", ["pending", "processing", "failed"])
def test_what_has_no_words_is_not_worked_on_again(organization: OrganizationRow, status: str) -> None:
    _transcript(organization, status=status)
    assert batches.count_reprocessable(organization.id, SINCE, UNTIL) == 0
    assert _opened(organization) == []


def test_another_tenants_transcripts_are_left_alone(organization: OrganizationRow) -> None:
    TranscriptFactory.create(created_at=SINCE)
    assert batches.count_reprocessable(organization.id, SINCE, UNTIL) == 0
    assert _opened(organization) == []


@pytest.fixture
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 3)


@pytest.mark.usefixtures("_small_chunks")
def test_chunks_cover_everything_once(organization: OrganizationRow) -> None:
    expected = sorted(_transcript(organization) for _ in range(8))
    assert _opened(organization) == [3, 3, 2]
    assert sorted(run["transcript_id"] for run in chain.whole("runs")) == expected


@pytest.mark.usefixtures("_small_chunks")
def test_each_chunk_is_a_commit_of_its_own(organization: OrganizationRow) -> None:
    for _ in range(5):
        _transcript(organization)
    opening = batches.open_reprocess_runs(organization.id, SINCE, UNTIL, "trace")
    assert next(opening) == 3
    assert count("runs") == 3


def test_a_reprocess_run_stands_beside_an_open_live_run(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    rows("UPDATE transcripts SET created_at = %s RETURNING id", SINCE)
    assert _opened(organization) == [1]
    assert stored.run_id
    assert chain.run_row(stored.run_id)["state"] == "ready"
