"""Callback URLs that prove themselves: what is in a token, how it is issued, how it is checked. No clock, no I/O."""

import hmac
import struct
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

USERNAME = "deepgram"
PATH = "/webhooks/deepgram/"

# Kind, organization, then: transcript, submission, expiry (a job) or the intake's version (standing).
# Both lengths divide by three, so that base64 has no spare bits: one token, one spelling.
_JOB, _INTAKE = 1, 2
_JOB_FORMAT, _INTAKE_FORMAT = struct.Struct(">B16s16sIQ"), struct.Struct(">B16sI")

# Two keyed hashes over the same id: whoever sees the path in somebody's log still lacks the password.
_PATH_PURPOSE, _PASSWORD_PURPOSE = b"hookline/callback-path/v1\0", b"hookline/callback-password/v1\0"
_MAC_BYTES = 18


@dataclass(frozen=True, slots=True)
class JobToken:
    """Opens the door for one submission of one transcript, until ``expires_at`` (aware, whole seconds).

    As often as it is shown until then: that a callback which comes twice is one event is for its key to see, not for the token.
    """

    organization_id: UUID
    transcript_id: UUID
    submission: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class IntakeToken:
    """Opens the door for whatever an organization lets Deepgram send; rotated by raising ``version``."""

    organization_id: UUID
    version: int


Token = JobToken | IntakeToken


class Refusal(StrEnum):
    """Why a token opens nothing."""

    FORGED = "bad_credentials"
    EXPIRED = "token_expired"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a callback URL carries: the path's token and the Basic password."""

    path: str
    password: str


def issue(secret: str, token: Token) -> Credentials:
    """The credentials of a token."""
    public_id = _encode(_pack(token))
    return Credentials(f"{public_id}.{_mac(secret, _PATH_PURPOSE, public_id)}", _mac(secret, _PASSWORD_PURPOSE, public_id))


def verify(secret: str, presented: Credentials, now: datetime) -> Token | Refusal:
    """The token behind credentials that somebody presents, or why it is refused. Takes the same time for every forgery."""
    public_id, _, mac = presented.path.partition(".")
    path_holds = _same(mac, _mac(secret, _PATH_PURPOSE, public_id))
    password_holds = _same(presented.password, _mac(secret, _PASSWORD_PURPOSE, public_id))
    if not (path_holds and password_holds):
        return Refusal.FORGED
    token = _unpack(b64decode(public_id, altchars=b"-_", validate=True))
    return Refusal.EXPIRED if isinstance(token, JobToken) and token.expires_at <= now else token


def public_part(path: str) -> str:
    """The part of a path token that may stand in a key or a log: it opens nothing."""
    return path.partition(".")[0]


def callback_url(public_base_url: str, secret: str, token: Token) -> str:
    """The URL to give to Deepgram, Basic credentials included (its documented way of securing a callback). Treat it as a secret."""
    credentials = issue(secret, token)
    base = urlsplit(public_base_url)
    host = base.netloc.rpartition("@")[2]
    return f"{base.scheme}://{USERNAME}:{credentials.password}@{host}{base.path.rstrip('/')}{PATH}{credentials.path}"


def _pack(token: Token) -> bytes:
    if isinstance(token, JobToken):
        expiry = int(token.expires_at.timestamp())
        return _JOB_FORMAT.pack(_JOB, token.organization_id.bytes, token.transcript_id.bytes, token.submission, expiry)
    return _INTAKE_FORMAT.pack(_INTAKE, token.organization_id.bytes, token.version)


def _unpack(raw: bytes) -> Token:
    # only ever called on bytes whose MAC held: we packed them ourselves
    if raw[0] == _JOB:
        _, organization, transcript, submission, expiry = _JOB_FORMAT.unpack(raw)
        return JobToken(UUID(bytes=organization), UUID(bytes=transcript), submission, datetime.fromtimestamp(expiry, UTC))
    _, organization, version = _INTAKE_FORMAT.unpack(raw)
    return IntakeToken(UUID(bytes=organization), version)


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


def _mac(secret: str, purpose: bytes, public_id: str) -> str:
    return _encode(hmac.digest(secret.encode(), purpose + public_id.encode(), "sha256")[:_MAC_BYTES])


def _same(presented: str, expected: str) -> bool:
    return hmac.compare_digest(presented.encode(), expected.encode())
