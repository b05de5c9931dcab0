"""Who may speak for Deepgram: whoever calls the URL that we issued, with its Basic credentials. Headers such as dg-token prove nothing.

Deepgram signs nothing; credentials in the callback URL are its documented way (developers.deepgram.com/docs/callback).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

from flask import Response, request

import settings
from domain.callback_tokens import USERNAME, Credentials, IntakeToken, Refusal, Token, public_part, verify
from observability import context
from webhooks import tenants
from webhooks.bodies import read_body
from webhooks.refused import Refused
from webhooks.timing import Phase, timed

INTAKE_REVOKED = "intake_revoked"
MAX_BODY_BYTES = 64 * 1024 * 1024

_DETAILS = {
    Refusal.FORGED: "the token in the path or the Basic credentials are wrong: use the callback URL exactly as it was issued",
    Refusal.EXPIRED: "the job's callback URL has expired; the transcript is submitted anew by itself",
}

View = Callable[[Token, str], Response]


def called_back_by_deepgram(view: View) -> Callable[[str], Response]:
    """Call the view with the verified token and its public part. A stranger is refused before a byte of his body is read."""

    @wraps(view)
    def guarded(token: str) -> Response:
        with timed(Phase.VERIFY):
            verified = _verified(token)
        context.about(organization=verified.organization_id)
        read_body(MAX_BODY_BYTES)
        return view(verified, public_part(token))

    return guarded


def _verified(path_token: str) -> Token:
    token = verify(settings.current().secret_key, Credentials(path_token, _password()), datetime.now(UTC))
    if isinstance(token, Refusal):
        raise Refused(403, token.value, _DETAILS[token])
    if isinstance(token, IntakeToken) and tenants.of_intake(token.organization_id, token.version) is None:
        raise Refused(403, INTAKE_REVOKED, "this standing intake URL was rotated; print the current one with the intake-url command")
    return token


def _password() -> str:
    presented = request.authorization
    if presented is None or presented.type != "basic" or presented.username != USERNAME:
        return ""
    return presented.password or ""
