"""A transcript that nobody asked for: the organization's standing URL makes conversation, transcript and run of it."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from flask.testing import FlaskClient

from db.organizations import rotate_intake
from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.deepgram import call_back, intake
from tests.support.factories import OrganizationFactory
from tests.support.stored import count, row, rows


def test_words_make_conversation_transcript_and_run(client: FlaskClient, organization: OrganizationRow) -> None:
    assert call_back(client, intake(organization.id), payloads.deepgram("short")).status_code == 200

    call = row("SELECT provider, channel, status, our_number FROM conversations")
    assert call == {"provider": "deepgram", "channel": "voice", "status": "pending", "our_number": None}
    transcript = row("SELECT source, source_ref, status, processing_status FROM transcripts")
    assert transcript == {
        "source": "deepgram",
        "source_ref": "c45f741e-f191-479e-a1fa-3e0756602eb6",
        "status": "completed",
        "processing_status": "pending",
    }
    assert row("SELECT state, stage FROM runs") == {"state": "ready", "stage": "transcribe"}


def test_error_makes_a_failed_transcript_and_no_run(client: FlaskClient, organization: OrganizationRow) -> None:
    assert call_back(client, intake(organization.id), payloads.deepgram("error")).status_code == 200

    found = row("SELECT status, status_reason, processing_status FROM transcripts")
    assert found == {"status": "failed", "status_reason": "Bad Request", "processing_status": "pending"}
    assert count("runs") == 0


def test_words_after_an_error_of_the_same_request_open_the_run(client: FlaskClient, organization: OrganizationRow) -> None:
    request_id = b"c45f741e-f191-479e-a1fa-3e0756602eb6"
    call_back(client, intake(organization.id), b'{"err_code": "X", "request_id": "%s"}' % request_id)
    call_back(client, intake(organization.id), payloads.deepgram("short"))

    assert row("SELECT status, status_reason FROM transcripts") == {"status": "completed", "status_reason": None}
    assert count("runs") == 1


def test_repeated_at_the_same_moment_it_is_one_run(app: Flask, organization: OrganizationRow) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda _: call_back(app.test_client(), intake(organization.id), payloads.deepgram("short")).status_code, range(16)
        )

    assert set(answers) == {200}
    assert (count("webhook_events"), count("conversations"), count("transcripts"), count("runs")) == (1, 1, 1, 1)


def test_many_calls_are_many_runs(client: FlaskClient, organization: OrganizationRow) -> None:
    body = payloads.hour_of_speech(words=40)
    for number in range(5):
        keyed = payloads.keyed(body, f"00000000-0000-4000-8000-{number:012d}")
        assert call_back(client, intake(organization.id), keyed).status_code == 200

    assert count("runs") == 5


def test_the_same_request_in_two_organizations_is_two_calls(client: FlaskClient, organization: OrganizationRow) -> None:
    other = OrganizationFactory.create()
    for owner in (organization, other):
        call_back(client, intake(owner.id), payloads.deepgram("short"))

    assert {found["organization_id"] for found in rows("SELECT organization_id FROM runs")} == {str(organization.id), str(other.id)}


def test_rotated_url_is_refused_and_the_new_one_works_at_once(client: FlaskClient, organization: OrganizationRow) -> None:
    assert call_back(client, intake(organization.id), payloads.deepgram("short")).status_code == 200
    rotate_intake(organization.id, "ada")

    assert call_back(client, intake(organization.id, version=2), payloads.deepgram("short")).status_code == 200
    answer = call_back(client, intake(organization.id), payloads.deepgram("short"))
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["code"] == "intake_revoked"
    assert rows("SELECT actor, act FROM audits") == [{"actor": "ada", "act": "organization.rotate_intake"}]


def test_version_that_was_never_issued_is_refused(client: FlaskClient, organization: OrganizationRow) -> None:
    assert call_back(client, intake(organization.id, version=7), payloads.deepgram("short")).status_code == 403


def test_finished_call_sent_again_to_the_rotated_url_opens_no_second_run(client: FlaskClient, organization: OrganizationRow) -> None:
    call_back(client, intake(organization.id), payloads.deepgram("short"))
    rows("UPDATE runs SET state = 'done', finished_at = clock_timestamp() RETURNING id")
    rotate_intake(organization.id, "ada")

    assert call_back(client, intake(organization.id, version=2), payloads.deepgram("short")).status_code == 200
    assert (count("webhook_events"), count("transcripts"), count("runs")) == (2, 1, 1)
