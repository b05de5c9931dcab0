"""`status` counts every delivery once: the parts always add up, and whatever needs somebody has a line."""

import json
import os
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from db.diagnosis import counts
from db.diagnosis.counts import PARTS, Counts
from db.tables.organizations import OrganizationRow
from domain.diagnosis.repairs import start_worker
from domain.jobs import JobKind
from tasks.commands.status import line, status
from tests.drills.conftest import typed
from tests.support import acting
from tests.support.database import empty
from tests.support.deepgram import call_back, intake
from tests.support.factories import OrganizationFactory, RunFactory, TranscriptFactory, WebhookEventFactory, now
from tests.support.plant_factories import QuarantineFactory, WorkerFactory
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, FORM, PUBLIC_BASE_URL, twilio_signature
from tests.support.stored import awaited, rows

# what a delivery may have become, and which part it counts to
FATES: dict[str, tuple[str, dict[str, Any] | None]] = {
    "only noted": ("noted", None),
    "due": ("waiting", {"state": "ready"}),
    "submitted": ("waiting", {"state": "waiting", "waiting_for": "deepgram"}),
    "done": ("done", {"state": "done", "stage": "persist", "finished_at": now()}),
    "dead": ("dead", {"state": "dead", "last_error": "x", "finished_at": now()}),
    "left so": ("dismissed", {"state": "dead", "last_error": "x", "finished_at": now(), "settled_at": now(), "settled_by": "ann"}),
    "without a run": ("missing", {}),
    "refused": ("quarantined", None),
}


def _come(fate: str, organization: OrganizationRow) -> None:
    _, run = FATES[fate]
    if fate == "refused":
        QuarantineFactory.create()
        return
    transcript = None if run is None else TranscriptFactory.create(organization_id=organization.id).id
    if transcript and run:
        RunFactory.create(organization_id=organization.id, transcript_id=transcript, **run)
    WebhookEventFactory.create(organization_id=organization.id, transcript_id=transcript, duplicate_count=2)


@trials(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(FATES)), max_size=12))
def test_the_parts_add_up_to_what_was_received(fates: list[str]) -> None:
    empty(os.environ["DATABASE_URL"])
    organization, other = OrganizationFactory.create(), OrganizationFactory.create()
    for fate in fates:
        _come(fate, organization)
    _come("done", other)
    told, mine = counts.count(None), counts.count(organization.id)
    assert told.received == len(fates) + 1 == sum(told.parts.values())
    assert mine.received == len([fate for fate in fates if fate != "refused"]) == sum(mine.parts.values())
    expected = {part: sum(FATES[fate][0] == part for fate in [*fates, "done"]) for part in PARTS}
    assert dict(told.parts) == expected


def test_the_line_shows_what_is_always_asked_for_and_what_there_is() -> None:
    told = Counts(1_204, {**dict.fromkeys(PARTS, 0), "done": 1_200, "dead": 1, "noted": 3})
    assert line(told) == "1,204 received = 1,200 done + 0 waiting + 0 quarantined + 1 dead + 3 only noted"


def _shown(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(status, options)
    return result.exit_code, result.output


def test_a_house_in_order_needs_nobody(organization: OrganizationRow) -> None:
    _come("only noted", organization)
    assert _shown() == (0, "1 received = 0 done + 0 waiting + 0 quarantined + 0 dead + 1 only noted\nnothing needs anybody\n")


@pytest.mark.parametrize(
    ("fate", "line_says", "command"),
    [
        ("dead", "1 run is dead", "celery -A tasks parked --org test"),
        ("due", "no worker takes from it", start_worker("speech")),
        ("without a run", "nothing works on them", "celery -A tasks invariants"),
    ],
)
def test_whatever_needs_somebody_has_a_line_with_the_next_command(
    organization: OrganizationRow, fate: str, line_says: str, command: str
) -> None:
    _come(fate, organization)
    rows("UPDATE runs SET next_publish_at = clock_timestamp() - interval '30 seconds' RETURNING id")
    code, output = _shown("--org", "test")
    assert code == 1
    assert any(line_says in shown and shown.endswith(command) for shown in output.splitlines()), output


def test_what_was_asked_of_the_api_has_a_line_and_is_no_delivery(organization: OrganizationRow) -> None:
    WorkerFactory.create(queues=["language"])
    over = acting.entered(organization.id)
    acting.work(over.id)
    acting.entered(organization.id)
    acting.entered(OrganizationFactory.create().id)
    rows("UPDATE jobs SET not_before = clock_timestamp() - interval '9 seconds' RETURNING id")
    code, output = _shown("--org", "test")
    [received, asked, rest] = output.splitlines()
    assert (code, received, rest) == (0, "0 received = 0 done + 0 waiting + 0 quarantined + 0 dead", "nothing needs anybody")
    assert asked.startswith("2 asked of the API = 1 pending + 0 running + 1 succeeded + 0 failed, the oldest that is due for ")
    told = json.loads(_shown("--json")[1])
    assert (told["received"], told["jobs"]["pending"], told["jobs"]["succeeded"]) == (0, 2, 1)
    assert 9 <= told["jobs"]["oldest_due_s"] < 300


def test_jobs_that_nobody_takes_name_the_worker_to_start(organization: OrganizationRow) -> None:
    acting.entered(organization.id, JobKind.REPROCESS)
    assert _shown("--org", "test")[0] == 0, "its message may be on its way"
    rows("UPDATE jobs SET not_before = clock_timestamp() - interval '9 seconds' RETURNING id")
    code, output = _shown("--org", "test")
    assert code == 1
    assert "1 job waits in the queue 'batch'" in output
    assert output.rstrip().endswith(start_worker("batch"))


def test_another_organizations_dead_are_no_business_of_this_one(organization: OrganizationRow) -> None:
    _come("dead", OrganizationFactory.create())
    assert _shown("--org", "test")[1].startswith("0 received = 0 done")


def test_a_refused_delivery_is_counted_for_the_house_only(organization: OrganizationRow) -> None:
    _come("refused", organization)
    code, output = _shown("--json")
    told = json.loads(output)
    assert (code, told["received"], told["parts"]["quarantined"]) == (0, 1, 1)
    assert [(found["code"], found["weight"]) for found in told["findings"]] == [("refused", "fine")]
    assert json.loads(_shown("--json", "--org", "test")[1])["received"] == 0


@pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": "a" * 28}])
@pytest.mark.parametrize("body", [b"", b"Body=x", b"AccountSid=ACsomebody&Body=x"])
def test_what_strangers_post_is_a_note_and_nobodys_work(client: FlaskClient, headers: dict[str, str], body: bytes) -> None:
    assert client.post("/webhooks/twilio/sms", data=body, headers=headers | {"Content-Type": FORM}).status_code == 403
    awaited("SELECT id FROM quarantine")
    code, output = _shown()
    [_, note, last] = output.splitlines()
    assert (code, last) == (0, "nothing needs anybody")
    assert note.startswith(
        "note: 1 delivery was refused within a day, none of them known to be of an account of ours  next: celery -A tasks "
    )


@pytest.mark.parametrize(
    ("signed_for", "secret", "cause", "act"),
    [
        (
            "https://elsewhere.example",
            AUTH_TOKEN,
            "Twilio calls https://elsewhere.example",
            "set PUBLIC_BASE_URL=https://elsewhere.example",
        ),
        (PUBLIC_BASE_URL, "the_token_of_last_year", "a token that is not among ours", "set TWILIO_AUTH_TOKEN"),
    ],
)
def test_a_refusal_of_an_account_of_ours_needs_somebody(client: FlaskClient, signed_for: str, secret: str, cause: str, act: str) -> None:
    form = [("AccountSid", ACCOUNT_SID), ("Body", "x")]
    headers = {"X-Twilio-Signature": twilio_signature(f"{signed_for}/webhooks/twilio/sms", form, secret), "Content-Type": FORM}
    headers["X-Forwarded-Host"] = "elsewhere.example"
    assert client.post("/webhooks/twilio/sms", data=urlencode(form), headers=headers).status_code == 403
    awaited("SELECT id FROM quarantine")
    code, output = _shown()
    assert code == 1
    assert cause in output
    assert f"next: {act}" in output
    assert "nothing needs anybody" not in output


def test_a_document_that_nobody_can_read_needs_somebody(client: FlaskClient, organization: OrganizationRow) -> None:
    call_back(client, intake(organization.id), b'{"answer": []}')
    event = rows("SELECT id FROM webhook_events")[0]["id"]
    code, output = _shown()
    assert code == 1
    assert f"came at Deepgram's address within a day  next: celery -A tasks why {event} --org test" in output
    assert _shown("--org", "test")[0] == 1


def test_the_celery_command_of_this_name_is_ours() -> None:
    done = typed("celery -A tasks status")
    assert done.stdout.startswith("0 received = "), done.stdout + done.stderr
    assert "what was received" in typed("celery -A tasks --help").stdout
