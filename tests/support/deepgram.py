"""Calls back as Deepgram does: the URL that was issued, with its Basic credentials."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.callback_tokens import IntakeToken, JobToken, Token, callback_url
from tests.support.signing import PUBLIC_BASE_URL

SECRET_KEY = "test-secret-key-0123456789abcdef0123456789"


def job(organization_id: UUID, transcript_id: UUID, submission: int = 1, hours: float = 24) -> JobToken:
    """The token of a submitted recording."""
    return JobToken(organization_id, transcript_id, submission, datetime.now(UTC) + timedelta(hours=hours))


def intake(organization_id: UUID, version: int = 1) -> IntakeToken:
    """An organization's standing token."""
    return IntakeToken(organization_id, version)


def call_back(client: FlaskClient, token: Token, body: bytes, method: str = "POST", **more: Any) -> TestResponse:
    """Post a body to the token's own URL; a keyword replaces what would be sent (path, auth, headers)."""
    url = urlsplit(callback_url(PUBLIC_BASE_URL, SECRET_KEY, token))
    sent: dict[str, Any] = {"data": body, "path": url.path, "auth": (url.username, url.password), "content_type": "application/json"} | more
    return client.open(method=method, **sent)
