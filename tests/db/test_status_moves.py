"""No operation moves a status in a way that ``domain/statuses.py`` does not allow, and every allowed move of a call is made."""

from collections.abc import Callable
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from db import events, runs
from db.results import escalate, publish
from db.tables.organizations import OrganizationRow
from db.work import load
from domain.chain import Stage
from domain.runs import Publication
from domain.statuses import (
    CONVERSATION_MOVES,
    ENDED,
    PHASE_MOVES,
    PROCESSING_MOVES,
    TRANSCRIPT_MOVES,
    ConversationStatus,
    Phase,
    ProcessingStatus,
    TranscriptStatus,
)
from tests.support import chain
from tests.support.factories import ConversationFactory, RunFactory, TranscriptFactory
from tests.support.stored import row

SID = "CA" + "1" * 32


@pytest.mark.parametrize(("before", "told"), list(permutations(ConversationStatus, 2)))
def test_call_moves_as_its_vendors_later_word_says_and_never_out_of_its_end(
    organization: OrganizationRow, before: ConversationStatus, told: ConversationStatus
) -> None:
    ConversationFactory.create(
        organization_id=organization.id, provider_ref=SID, status=before, ended=before in ENDED, sequence=1, vendor_status="earlier"
    )
    delivery = chain.envelope("call_status", f"{SID}:{told}:2")

    events.store_status(organization.id, delivery, chain.call(SID, told, "later", sequence=0 if told in ENDED else 2))

    moved = row("SELECT status FROM conversations")["status"] == told
    assert moved == (told in CONVERSATION_MOVES[before])


@pytest.mark.parametrize("before", TranscriptStatus)
@pytest.mark.parametrize("told", ["completed", "failed"])
def test_callback_moves_speech_only_as_the_table_allows(organization: OrganizationRow, before: TranscriptStatus, told: str) -> None:
    transcript = TranscriptFactory.create(organization_id=organization.id, status=before)

    chain.store_callback(organization.id, transcript.id, failed=told == "failed")

    _moved_rightly(TRANSCRIPT_MOVES, before, TranscriptStatus(chain.transcript_row(transcript.id)["status"]))


@pytest.mark.parametrize("before", TranscriptStatus)
@pytest.mark.parametrize("told", ["completed", "failed"])
def test_recording_moves_speech_only_as_the_table_allows(organization: OrganizationRow, before: TranscriptStatus, told: str) -> None:
    TranscriptFactory.create(organization_id=organization.id, source="twilio_recording", source_ref="RE1", status=before)

    stored = chain.store_recording(organization.id, "RE1", told)

    assert stored.transcript_id
    _moved_rightly(TRANSCRIPT_MOVES, before, TranscriptStatus(chain.transcript_row(stored.transcript_id)["status"]))


def _begin(run_id: UUID) -> None:
    load(chain.claim(run_id, Stage.CLASSIFY_SPEAKERS))


def _bury(run_id: UUID) -> None:
    runs.bury(chain.claim(run_id, Stage.CLASSIFY_SPEAKERS), "unanswered")


@pytest.mark.parametrize("before", [status for status in ProcessingStatus if status is not ProcessingStatus.FAILED])
@pytest.mark.parametrize("work", [_begin, _bury])
def test_step_moves_processing_only_as_the_table_allows(before: ProcessingStatus, work: Callable[[UUID], None]) -> None:
    transcript = TranscriptFactory.create(processing_status=before)
    run = RunFactory.create(organization_id=transcript.organization_id, transcript_id=transcript.id, stage=Stage.CLASSIFY_SPEAKERS)

    work(run.id)

    _moved_rightly(PROCESSING_MOVES, before, ProcessingStatus(chain.transcript_row(transcript.id)["processing_status"]))


def test_run_that_counts_completes_what_is_being_processed() -> None:
    transcript = TranscriptFactory.create(processing_status=ProcessingStatus.PROCESSING)
    run = RunFactory.create(organization_id=transcript.organization_id, transcript_id=transcript.id, stage=Stage.PERSIST)

    publish(chain.claim(run.id, Stage.PERSIST), Publication())

    assert ProcessingStatus.COMPLETED in PROCESSING_MOVES[ProcessingStatus.PROCESSING]
    assert chain.transcript_row(transcript.id)["processing_status"] == ProcessingStatus.COMPLETED


@pytest.mark.parametrize("before", Phase)
def test_escalation_is_reached_from_everywhere_and_never_taken_back(before: Phase) -> None:
    conversation = ConversationFactory.create(phase=before)
    transcript = TranscriptFactory.create(organization_id=conversation.organization_id, conversation_id=conversation.id)
    run = RunFactory.create(organization_id=transcript.organization_id, transcript_id=transcript.id, stage=Stage.CLASSIFY_SPEAKERS)

    escalate(chain.claim(run.id, Stage.CLASSIFY_SPEAKERS), "chest_pain", ())

    assert row("SELECT phase FROM conversations")["phase"] == Phase.ESCALATION
    assert before is Phase.ESCALATION or Phase.ESCALATION in PHASE_MOVES[before]


def _moved_rightly(table: Any, before: Any, after: Any) -> None:
    assert after == before or after in table[before], f"{before} → {after}"
