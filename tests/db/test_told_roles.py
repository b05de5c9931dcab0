"""Who is who is told once, whoever says it at the same moment, and a run that works and a person who tells never undo each other unseen."""

from functools import partial
from uuid import UUID

import pytest

from db import told_roles
from db.tables.organizations import OrganizationRow
from db.told_roles import Teller, Told
from domain.chain import STAGES, Stage
from domain.errors import RefusedError
from domain.speech import Role
from tests.support import chain
from tests.support.factories import OrganizationFactory, RunFactory
from tests.support.stored import count, row, rows

ANN = Teller("ann", None, "trace-of-ann")
OTHERWISE = {0: Role.CUSTOMER}


@pytest.fixture
def transcript(organization: OrganizationRow) -> UUID:
    """One that a live run has worked off; it heard one speaker."""
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    assert stored.transcript_id
    for stage in STAGES:
        chain.record(chain.claim(stored.run_id, stage))
    return stored.transcript_id


def _tell(organization: OrganizationRow, transcript: UUID) -> Told:
    told = told_roles.tell(organization.id, transcript, OTHERWISE, ANN)
    assert told
    return told


def test_many_who_tell_the_same_at_once_open_one_run(organization: OrganizationRow, transcript: UUID) -> None:
    told = chain.at_once([partial(_tell, organization, transcript)] * 4)
    assert len({each.run_id for each in told}) == 1
    assert [each.bell is not None for each in told].count(True) == 1, "and one of them rings"
    assert (count("runs"), count("audits")) == (2, 1)


def test_the_successor_begins_where_roles_are_told_with_the_trace_of_who_asked(organization: OrganizationRow, transcript: UUID) -> None:
    before = chain.transcript_row(transcript)["current_run_id"]
    run = chain.run_row(_tell(organization, transcript).run_id)
    assert (run["stage"], run["purpose"], run["state"], run["predecessor_id"]) == ("classify_speakers", "live", "ready", before)
    assert (run["told_roles"], run["trace_id"]) == ({"0": "customer"}, "trace-of-ann")
    assert 0 < chain.seconds_from_now(run, "next_publish_at") <= 3


def test_a_telling_whose_run_dies_leaves_what_counted_and_may_be_tried_again(organization: OrganizationRow, transcript: UUID) -> None:
    before = chain.transcript_row(transcript)
    rows("UPDATE runs SET state = 'dead' WHERE id = %s RETURNING id", str(_tell(organization, transcript).run_id))
    assert chain.transcript_row(transcript) == before
    assert _tell(organization, transcript).bell


def test_what_a_person_promoted_meanwhile_keeps_its_place(organization: OrganizationRow, transcript: UUID) -> None:
    told = _tell(organization, transcript)
    other = RunFactory.create(organization_id=organization.id, transcript_id=transcript, purpose="reprocess", state="done").id
    rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(other))
    for stage in (Stage.CLASSIFY_SPEAKERS, Stage.GENERATE_REPLY, Stage.PERSIST):
        chain.record(chain.claim(told.run_id, stage))
    assert row("SELECT current_run_id FROM transcripts") == {"current_run_id": str(other)}


def test_another_organizations_transcript_is_not_there(transcript: UUID) -> None:
    assert told_roles.tell(OrganizationFactory.create().id, transcript, None, ANN) is None
    assert (count("runs"), count("audits")) == (1, 0)


def test_while_a_run_is_at_work_nobody_is_told_apart_otherwise(organization: OrganizationRow, transcript: UUID) -> None:
    _tell(organization, transcript)
    with pytest.raises(RefusedError, match="is at work"):
        told_roles.tell(organization.id, transcript, {0: Role.AGENT}, ANN)
