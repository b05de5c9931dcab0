"""A batch opens one reprocess run over each transcript that it is about, for one tenant, however often it is asked to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from db import batches
from db.batches import CANCELLED
from db.tables.organizations import OrganizationRow
from domain.batches import Batch, Variant
from domain.chain import Stage
from domain.errors import LeaseLost, RefusedError
from tests.support import chain, reprocessing
from tests.support.factories import AnalysisFactory, ConversationFactory, OrganizationFactory, RunFactory, TranscriptFactory
from tests.support.stored import count, row, rows

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


def _transcript(organization: OrganizationRow, at: datetime = SINCE, **values: Any) -> str:
    return str(TranscriptFactory.create(organization_id=organization.id, created_at=at, **values).id)


def _begun(organization: OrganizationRow, *where: str, **how: Any) -> Batch:
    return reprocessing.begun(organization.id, SINCE, UNTIL, *where, **how)


def _opened(organization: OrganizationRow, *where: str, **how: Any) -> list[str]:
    """The transcripts that got a run."""
    batch = _begun(organization, *where, **how)
    assert sum(batches.open_runs(organization.id, batch)) >= 0
    return sorted(run["transcript_id"] for run in rows("SELECT transcript_id FROM runs WHERE batch_id = %s", str(batch.id)))


def test_each_transcript_of_the_time_gets_one_run(organization: OrganizationRow) -> None:
    inside = sorted([_transcript(organization), _transcript(organization, UNTIL - timedelta(microseconds=1))])
    _transcript(organization, SINCE - timedelta(microseconds=1))
    _transcript(organization, UNTIL)
    assert _opened(organization) == inside


def test_a_reprocess_run_is_due_at_once_and_belongs_to_its_transcript(organization: OrganizationRow) -> None:
    _transcript(organization, turn=3)
    _opened(organization)
    [run] = chain.whole("runs")
    assert (run["purpose"], run["state"], run["stage"], run["turn"]) == ("reprocess", "ready", "transcribe", 3)
    assert rows("SELECT FROM runs WHERE next_publish_at > clock_timestamp()") == []
    assert rows("SELECT FROM runs JOIN transcripts AS t ON t.id = transcript_id WHERE t.conversation_id <> runs.conversation_id") == []
    assert rows("SELECT FROM runs JOIN batches AS b ON b.id = batch_id WHERE b.trace_id <> runs.trace_id") == []


def test_the_keys_of_the_runs_grow_with_time(organization: OrganizationRow) -> None:
    for _ in range(2):
        _transcript(organization)
    _opened(organization)
    assert [UUID(run["id"]).version for run in chain.whole("runs")] == [7, 7]


def test_a_run_remembers_which_run_counted(organization: OrganizationRow) -> None:
    transcript = _transcript(organization)
    live = RunFactory.create(organization_id=organization.id, transcript_id=transcript, state="done", stage="persist").id
    rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(live))
    _opened(organization)
    assert row("SELECT counted_run_id FROM runs WHERE purpose = 'reprocess'") == {"counted_run_id": str(live)}


@pytest.mark.parametrize("status", ["pending", "processing", "failed"])
def test_what_has_no_words_is_not_worked_on_again(organization: OrganizationRow, status: str) -> None:
    _transcript(organization, status=status)
    assert _opened(organization) == []


def test_another_tenants_transcripts_are_left_alone(organization: OrganizationRow) -> None:
    TranscriptFactory.create(created_at=SINCE)
    assert _opened(organization) == []


def test_two_tenants_may_call_a_batch_the_same(organization: OrganizationRow) -> None:
    other = OrganizationFactory.create()
    mine, theirs = _begun(organization), _begun(other)
    assert mine.id != theirs.id
    with pytest.raises(RefusedError, match="no batch"):
        batches.find(other.id, str(mine.id))
    assert [standing.batch.id for standing in batches.fetch_list(other.id, 10)] == [theirs.id]


class TestWhere:
    """Only those whose result, or conversation, says so."""

    @pytest.fixture
    def calls(self, organization: OrganizationRow) -> dict[str, str]:
        """Two transcripts: the one is a refund of somebody whose role nobody knows, in a conversation that was escalated."""
        found = {}
        for name, intent, role in (("odd", "refund", "unsure"), ("usual", "book_appointment", "customer")):
            talk = ConversationFactory.create(organization_id=organization.id, escalated_at=SINCE if name == "odd" else None)
            values: dict[str, Any] = {"source": "twilio_recording"} if name == "odd" else {"source": "sms"}
            values |= {"processing_status": "failed" if name == "odd" else "completed"}
            transcript = _transcript(organization, conversation_id=talk.id, **values)
            run = RunFactory.create(organization_id=organization.id, transcript_id=transcript, state="done", stage="persist").id
            AnalysisFactory.create(organization_id=organization.id, run_id=run, intent=intent, roles={"0": role})
            rows(
                "INSERT INTO run_steps (run_id, stage, organization_id, provider) VALUES (%s, 'generate_reply', %s, %s) RETURNING run_id",
                str(run), str(organization.id), "openai" if name == "odd" else "local",
            )  # fmt: skip
            rows("UPDATE transcripts SET current_run_id = %s WHERE id = %s RETURNING id", str(run), transcript)
            found[name] = transcript
        return found

    @pytest.mark.parametrize(
        "said", ["intent=refund", "role=unsure", "engine=openai", "source=twilio_recording", "status=failed", "escalated", "escalated=yes"]
    )
    def test_one_thing(self, organization: OrganizationRow, calls: dict[str, str], said: str) -> None:
        assert _opened(organization, said) == [calls["odd"]]

    def test_all_of_them_must_hold(self, organization: OrganizationRow, calls: dict[str, str]) -> None:
        assert _opened(organization, "intent=refund", "escalated=no", name="none") == []
        assert _opened(organization, "intent=book_appointment", "escalated=no", name="one") == [calls["usual"]]


class TestAgain:
    """The same batch continued opens no run twice."""

    def test_the_same_order_is_the_same_batch(self, organization: OrganizationRow) -> None:
        _transcript(organization)
        assert len(_opened(organization)) == len(_opened(organization)) == 1
        assert (count("runs"), count("batches")) == (1, 1)

    def test_what_came_since_is_opened_when_it_is_continued(self, organization: OrganizationRow) -> None:
        before = _transcript(organization)
        assert _opened(organization) == [before]
        _transcript(organization)
        assert len(_opened(organization)) == 2

    @pytest.mark.parametrize("how", [{"variant": Variant(model="other")}, {"variant": Variant(Stage.GENERATE_REPLY)}, {"since": UNTIL}])
    def test_another_order_under_the_same_name_is_refused(self, organization: OrganizationRow, how: dict[str, Any]) -> None:
        _begun(organization)
        with pytest.raises(RefusedError, match="another --name"):
            reprocessing.begun(organization.id, how.get("since", SINCE), UNTIL + timedelta(days=1), variant=how.get("variant"))

    def test_two_who_begin_it_at_once_open_each_run_once(self, organization: OrganizationRow) -> None:
        expected = sorted(_transcript(organization) for _ in range(20))
        both: list[Callable[[], list[str]]] = [partial(_opened, organization)] * 2
        chain.at_once(both)
        assert sorted(run["transcript_id"] for run in chain.whole("runs")) == expected
        assert count("batches") == 1

    def test_whoever_was_cut_off_goes_on(self, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "CHUNK", 3)
        expected = sorted(_transcript(organization) for _ in range(8))
        opening = batches.open_runs(organization.id, _begun(organization))
        assert next(opening) == 3
        opening.close()
        assert count("runs") == 3
        assert row("SELECT opened_at FROM batches") == {"opened_at": None}
        assert _opened(organization) == expected
        assert row("SELECT opened_at IS NOT NULL AS whole FROM batches") == {"whole": True}


class TestCancelled:
    """Somebody changed their mind."""

    def test_what_is_not_done_ends_and_waits_for_nobody(self, organization: OrganizationRow) -> None:
        _transcript(organization)
        _opened(organization)
        batch = batches.find(organization.id, "test")
        assert batches.cancel(organization.id, batch, "ann") == 1
        [run] = chain.whole("runs")
        assert (run["state"], run["last_error"], run["settled_by"]) == ("dead", CANCELLED, "ann")
        assert batches.standing(organization.id, batch).batch.is_cancelled

    def test_whoever_is_at_work_writes_nothing_any_more(self, organization: OrganizationRow) -> None:
        _transcript(organization)
        _opened(organization)
        held = chain.claim(UUID(chain.whole("runs")[0]["id"]))
        batches.cancel(organization.id, batches.find(organization.id, "test"), "ann")
        with pytest.raises(LeaseLost):
            chain.record(held)
        assert count("utterances") == 0

    def test_it_gets_no_run_any_more(self, organization: OrganizationRow) -> None:
        _transcript(organization)
        batch = _begun(organization)
        batches.cancel(organization.id, batch, "ann")
        with pytest.raises(RefusedError, match="was cancelled"):
            list(batches.open_runs(organization.id, batch))
        with pytest.raises(RefusedError, match="was cancelled"):
            _begun(organization)
        assert count("runs") == 0

    def test_what_is_done_stays(self, organization: OrganizationRow) -> None:
        _transcript(organization)
        _opened(organization)
        rows("UPDATE runs SET state = 'done', stage = 'persist' RETURNING id")
        batch = batches.find(organization.id, "test")
        assert batches.cancel(organization.id, batch, "ann") == 0
        assert batches.standing(organization.id, batch).done == 1


def test_a_reprocess_run_stands_beside_an_open_live_run(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    rows("UPDATE transcripts SET created_at = %s RETURNING id", SINCE)
    assert len(_opened(organization)) == 1
    assert stored.run_id
    assert chain.run_row(stored.run_id)["state"] == "ready"


def test_a_batch_is_found_by_its_name_and_by_its_id(organization: OrganizationRow) -> None:
    batch = _begun(organization, variant=Variant(Stage.GENERATE_REPLY, "reply-4", "a-model"))
    assert batches.find(organization.id, "test") == batches.find(organization.id, str(batch.id)) == batch
    with pytest.raises(RefusedError, match="no batch"):
        batches.find(organization.id, str(uuid4()))
