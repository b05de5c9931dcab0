"""GET /v1/transcripts/{id}: everything about one transcript, for its owner only."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from domain.chain import Purpose, RunState, Stage
from tests.support.factories import RunFactory, RunStepFactory, TranscriptFactory, UtteranceFactory, now


def test_finished_transcript_shows_words_analysis_reply_and_steps(api_client: FlaskClient, finished: TranscriptRow) -> None:
    shown = api_client.get(f"/v1/transcripts/{finished.id}").get_json()
    assert (shown["status"], shown["processing_status"], shown["channel"]) == ("completed", "completed", "voice")
    assert [(part["seq"], part["role"]) for part in shown["utterances"]] == [(0, "agent"), (1, "customer")]
    assert shown["analysis"]["roles"] == {"0": "agent", "1": "customer"}
    assert shown["analysis"]["safety"] == [{"rule": "chest_pain", "urgency": "emergency", "seq": 1}]
    assert shown["analysis"]["intake"] == {"name": "Ann Lee", "guests": None}
    assert shown["analysis"]["figures"] == {"talk_ratio_customer": 0.4, "turns": 3}
    assert shown["reply"]["template"] == "book_appointment"
    assert (shown["run"]["state"], shown["run"]["purpose"]) == ("done", "live")


def test_shape_is_the_one_that_was_promised(api_client: FlaskClient, finished: TranscriptRow) -> None:
    shown = api_client.get(f"/v1/transcripts/{finished.id}").get_json()
    assert set(shown) == {
        "id", "conversation_id", "channel", "source", "source_ref", "turn", "status", "status_reason", "processing_status",
        "processing_reason", "created_at", "utterances", "analysis", "reply", "run", "effects",
    }  # fmt: skip
    assert set(shown["utterances"][0]) == {"seq", "speaker", "role", "text", "start_ms", "end_ms", "confidence", "channel"}
    assert set(shown["run"]) == {
        "id", "state", "stage", "purpose", "engine", "model", "degraded", "prompt_version", "organization_version", "last_error",
        "waiting_for", "next_look_at", "trace_id", "created_at", "finished_at", "steps",
    }  # fmt: skip
    assert set(shown["run"]["steps"][0]) == {
        "stage", "state", "attempts", "queued_at", "started_at", "finished_at", "queue_wait_ms", "run_ms", "worker", "provider", "model",
        "usage", "price_usd", "submission", "vendor_request_id", "error_code",
    }  # fmt: skip


def test_steps_tell_how_long_each_waited_and_worked(api_client: FlaskClient, finished: TranscriptRow) -> None:
    steps = api_client.get(f"/v1/transcripts/{finished.id}").get_json()["run"]["steps"]
    assert [step["stage"] for step in steps] == ["transcribe", "classify_speakers", "generate_reply", "persist"]
    assert [(step["state"], step["queue_wait_ms"], step["run_ms"]) for step in steps] == [("done", 200, 100)] * 4


@pytest.mark.parametrize(
    ("state", "lease_s", "expected"),
    [
        (RunState.READY, -1, ["done", "pending", "pending", "pending"]),
        (RunState.READY, 60, ["done", "running", "pending", "pending"]),
        (RunState.WAITING, -1, ["done", "pending", "pending", "pending"]),
        (RunState.DEAD, -1, ["done", "failed", "pending", "pending"]),
    ],
)
def test_unfinished_run_shows_where_it_stands(
    api_client: FlaskClient, organization: OrganizationRow, state: RunState, lease_s: int, expected: list[str]
) -> None:
    lease = {"lease_token": uuid4(), "lease_until": now() + timedelta(seconds=lease_s)}
    run = RunFactory.create(organization_id=organization.id, state=state.value, stage=Stage.CLASSIFY_SPEAKERS.value, **lease)
    RunStepFactory.create(run_id=run.id)
    UtteranceFactory.create(run_id=run.id)
    shown = api_client.get(f"/v1/transcripts/{run.transcript_id}").get_json()
    assert [step["state"] for step in shown["run"]["steps"]] == expected
    assert shown["run"]["id"] == str(run.id)
    assert len(shown["utterances"]) == 1
    assert (shown["analysis"], shown["reply"]) == (None, None)


def test_run_names_its_trace_and_when_it_is_looked_at_again(api_client: FlaskClient, organization: OrganizationRow) -> None:
    due = now() + timedelta(hours=1)
    run = RunFactory.create(
        organization_id=organization.id, state="waiting", waiting_for="no_transcriber", next_publish_at=due, trace_id="t1"
    )
    shown = api_client.get(f"/v1/transcripts/{run.transcript_id}").get_json()["run"]
    assert (shown["waiting_for"], shown["trace_id"]) == ("no_transcriber", "t1")
    assert datetime.fromisoformat(shown["next_look_at"]) == due


def test_run_that_has_ended_is_not_looked_at_again(api_client: FlaskClient, finished: TranscriptRow) -> None:
    assert api_client.get(f"/v1/transcripts/{finished.id}").get_json()["run"]["next_look_at"] is None


def test_reprocess_run_is_not_shown_before_it_counts(api_client: FlaskClient, finished: TranscriptRow) -> None:
    RunFactory.create(organization_id=finished.organization_id, transcript_id=finished.id, purpose=Purpose.REPROCESS.value)
    assert api_client.get(f"/v1/transcripts/{finished.id}").get_json()["run"]["id"] == str(finished.current_run_id)


def test_transcript_without_a_run_shows_none(api_client: FlaskClient, organization: OrganizationRow) -> None:
    transcript = TranscriptFactory.create(organization_id=organization.id, status="failed", status_reason="recording_absent")
    shown = api_client.get(f"/v1/transcripts/{transcript.id}").get_json()
    assert (shown["status_reason"], shown["run"], shown["utterances"]) == ("recording_absent", None, [])


def test_other_organizations_transcript_is_not_found(api_client: FlaskClient) -> None:
    foreign = TranscriptFactory.create()
    answers = [api_client.get(f"/v1/transcripts/{id_}") for id_ in (foreign.id, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [{name: value for name, value in answer.get_json().items() if name != "trace_id"} for answer in answers]
    assert bodies[0] == bodies[1], "nobody can tell a foreign transcript from none"
