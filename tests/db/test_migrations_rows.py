"""Schema moves with rows present: from every earlier revision up to the head and back, and today's code works on what it finds."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class, whatever its name

from api import probes
from db import api_keys
from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, TASK_NAMES
from tasks import app
from tests.support import chain, database, payloads
from tests.support.deepgram import call_back, job
from tests.support.migrating import REVISIONS, asked, contents, fill, unrepresented, within
from tests.support.sessions import session
from tests.support.stored import row, rows

# where each of release 0.1.0's transcripts stood: speech, and what the AI had made of it
STOOD = {
    "SM00000000000000000000000000000001": ("completed", "pending"),
    "SM00000000000000000000000000000002": ("completed", "processing"),
    "RE3": ("processing", "pending"),
    "req-4": ("completed", "completed"),
    "RE5": ("failed", "pending"),
    "RE6": ("failed", "pending"),
    "RE7": ("pending", "pending"),
    "req-8": ("completed", "failed"),
}


@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_are_kept_on_the_way_up_and_back(migrating: Connection, revision: str) -> None:
    database.upgrade(revision)
    fill(migrating, revision)
    assert unrepresented(migrating) == [], f"tests/db/rows/{revision}.sql shall hold a row for each of these"
    before = contents(migrating)

    database.upgrade()
    assert within(contents(migrating), before) == before
    assert asked(migrating, "SELECT conname FROM pg_constraint WHERE NOT convalidated") == []

    for earlier in reversed(REVISIONS[REVISIONS.index(revision) : -1]):
        database.downgrade(earlier)
        assert within(contents(migrating), before) == before, f"back at {earlier}"
    assert contents(migrating) == before


@pytest.fixture
def since_the_first(migrating: Connection) -> OrganizationRow:
    """A clinic whose rows come from the first revision, at the head."""
    database.upgrade(REVISIONS[0])
    fill(migrating, REVISIONS[0])
    database.upgrade()
    app.loader.import_default_modules()
    return session.query(OrganizationRow).filter_by(slug="kept").one()


def _run_id(source_ref: str) -> str:
    return str(row("SELECT r.id FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id WHERE t.source_ref = %s", source_ref)["id"])


def _work_off(source_ref: str) -> list[str]:
    return [app.tasks[TASK_NAMES[stage]](_run_id(source_ref)) for stage in STAGES]


@pytest.mark.usefixtures("since_the_first")
def test_runs_that_were_ready_at_the_first_revision_are_worked_off() -> None:
    first, second = list(STOOD)[:2]
    assert _work_off(first) == ["done"] * 4
    assert _work_off(second) == ["already done", "already done", "done", "done"]
    found = rows("SELECT status, processing_status, current_run_id IS NOT NULL AS shown FROM transcripts WHERE source = 'sms'")
    assert found == [{"status": "completed", "processing_status": "completed", "shown": True}] * 2
    # the organization's account is at Twilio, but nobody shall send anything here: SEND_SMS is false
    for effect in rows("SELECT id FROM effects WHERE state = 'pending' AND kind = 'sms' ORDER BY id"):
        app.tasks["reply.deliver"](effect["id"])
    answered = rows("SELECT e.state FROM effects AS e JOIN transcripts AS t ON t.id = e.transcript_id WHERE t.source = 'sms'")
    assert "sent" in {effect["state"] for effect in answered} <= {"sent", "superseded"}


def test_a_run_that_waited_at_the_first_revision_is_woken_by_its_callback(client: FlaskClient, since_the_first: OrganizationRow) -> None:
    transcript_id = UUID(row("SELECT id FROM transcripts WHERE source_ref = 'RE3'")["id"])
    token = job(since_the_first.id, transcript_id)
    assert call_back(client, token, payloads.deepgram("short")).status_code == 200
    assert _work_off("RE3") == ["done"] * 4
    found = chain.transcript_row(transcript_id)
    assert (found["status"], found["processing_status"]) == ("completed", "completed")


def test_transcripts_from_before_the_processing_status_are_read_with_one(client: FlaskClient, since_the_first: OrganizationRow) -> None:
    _, key = api_keys.create(since_the_first.id, "reader")
    headers = {"Authorization": f"Bearer {key}"}
    page = client.get("/v1/transcripts", headers=headers).json
    assert page is not None
    listed = {item["source_ref"]: (item["status"], item["processing_status"]) for item in page["items"]}
    assert listed == {ref: stood for ref, stood in STOOD.items() if ref not in {"RE5", "RE6"}}, "the other clinic's are not shown"
    for item in page["items"]:
        found = client.get(f"/v1/transcripts/{item['id']}", headers=headers)
        assert found.status_code == 200
        assert found.json is not None
        assert (found.json["status"], found.json["processing_status"]) == STOOD[item["source_ref"]]


def test_a_transcript_written_by_code_that_knows_no_processing_status_reads_as_pending(
    client: FlaskClient, since_the_first: OrganizationRow
) -> None:
    rows(
        "INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status)"
        " SELECT gen_random_uuid(), organization_id, id, 9, 'twilio_recording', 'RE9', 'completed' FROM conversations"
        " WHERE provider_ref = 'CA1' RETURNING id"
    )
    _, key = api_keys.create(since_the_first.id, "reader")
    page = client.get("/v1/transcripts", query_string={"source_ref": "RE9"}, headers={"Authorization": f"Bearer {key}"}).json
    assert page is not None
    assert [(item["status"], item["processing_status"]) for item in page["items"]] == [("completed", "pending")]


@pytest.mark.usefixtures("migrating")
def test_todays_code_is_not_ready_on_an_older_schema(client: FlaskClient) -> None:
    for revision in REVISIONS:
        probes.forget()
        answer = client.get("/ready")
        assert (answer.status_code, list((answer.json or {})["errors"])) == (503, ["migrations"]), f"before {revision}"
        database.upgrade(revision)
    probes.forget()
    assert client.get("/ready").status_code == 200
