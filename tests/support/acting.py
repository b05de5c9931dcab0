"""Jobs as tests drive them: done at once, or left where they are."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import api_keys, jobs
from db.tenancy import unconfined
from domain.access import Scope
from domain.jobs import JobBell, JobKind, JobView, Order
from tasks import app, dispatch
from tests.support.factories import OrganizationFactory
from tests.support.stored import row

TEXT = "Hello, I would like to book an appointment for a cleaning next Tuesday."
DANGER = "Help, my father has chest pain and he cannot breathe."
TURN: dict[str, Any] = {
    "conversation_id": "talk-7",
    "persona": {"name": "Riley", "tone": "warm", "locale": "en-US"},
    "goals": ["book an appointment"],
    "messages": [
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "Good morning, how can I help?"},
        {"role": "user", "content": TEXT},
    ],
    "tools": [{"name": "escalate", "description": "A person takes over", "parameters": {"type": "object"}}],
    "policy": {"critical": False, "temperature": 0.2},
}
ACTS = [("/v1/classify-intent", {"text": TEXT}), ("/v1/generate-reply", {"text": TEXT}), ("/v1/turn", TURN)]


def work(job_id: UUID | str) -> str:
    """One job, as its message would call it."""
    app.loader.import_default_modules()
    # a worker is nobody's session, though this one works in the thread of whoever asked
    with unconfined():
        return str(app.tasks["job.run"](str(job_id)))


def at_once(patch: pytest.MonkeyPatch) -> None:
    """From now on a worker takes each job before its caller has begun to wait."""

    def announce(bell: JobBell) -> None:
        work(bell.job_id)

    patch.setattr(dispatch, "announce_job", announce)


def ask(client: FlaskClient, path: str, asked: object, key: str | None = None, prefer: str | None = None) -> TestResponse:
    """POST, with what may be said in headers."""
    headers = {name: value for name, value in (("Idempotency-Key", key), ("Prefer", prefer)) if value is not None}
    return client.post(path, json=asked, headers=headers)


def stored(job_id: object) -> dict[str, Any]:
    """The job as its row has it."""
    return row("SELECT *, clock_timestamp() AS now FROM jobs WHERE id = %s", str(job_id))


def entered(organization_id: UUID, kind: JobKind = JobKind.CLASSIFY_INTENT, **asked: object) -> JobView:
    """A job that somebody asked for, and nobody rang for."""
    order = Order(kind, asked or {"text": TEXT}, b"sha", "test", uuid4().hex)
    job, _ = jobs.enter(organization_id, order)
    return job


def stranger(client: FlaskClient) -> Callable[..., TestResponse]:
    """``open`` of a caller of another organization."""
    _, key = api_keys.create(OrganizationFactory.create().id, "other", Scope.ADMIN)
    other = client.application.test_client()
    other.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return other.open
