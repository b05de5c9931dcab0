"""Twilio's webhook signature, checked as its documentation defines it (docs/usage/security; twilio-python 9.13 request_validator).

Written out here and not taken from the SDK, whose ``validate`` raises on a missing header or a bytes body, skips the check of a JSON body
that it is given as a dict, and cuts credentials out of a URL at the wrong colon.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

SIGNATURE_HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"

SHA1, SHA256 = "HMAC_SHA1", "HMAC_SHA256"
_DIGESTS = {SHA1: "sha1", SHA256: "sha256"}
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the (unsigned) settings header claims: which key signed, and how. No header means the account's token and SHA-1."""

    key_id: str | None
    algorithm: str

    @classmethod
    def parse(cls, header: str | None) -> "Settings":
        """Read ``key=<SharedKey id>,algorithm=<name>``; unknown parts are ignored, an unknown algorithm verifies nothing."""
        parts = dict(part.strip().partition("=")[::2] for part in (header or "").split(","))
        return cls(parts.get("key") or None, (parts.get("algorithm") or SHA1).upper())


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as Twilio signed it. ``fields`` holds every field of a form, blanks and repeats included; None if the body is no form."""

    url: str
    fields: tuple[tuple[str, str], ...] | None
    body: bytes
    signature: str
    algorithm: str


def is_authentic(request: Signed, secrets: Iterable[str]) -> bool:
    """Whether one of the secrets made this signature over this URL and this body."""
    digest = _DIGESTS.get(request.algorithm)
    if digest is None or not _body_is_covered(request):
        return False
    fields = _joined(request.fields or ())
    signature = request.signature.encode()
    expected = (_sign(secret, url + fields, digest) for secret in secrets for url in _spellings(request.url))
    return any(hmac.compare_digest(signature, candidate) for candidate in expected)


def is_made_with(request: Signed, secret: str) -> bool:
    """Whether this secret made the signature over exactly this URL and these fields; says nothing about the body's hash."""
    digest = _DIGESTS.get(request.algorithm)
    made = _sign(secret, request.url + _joined(request.fields or ()), digest) if digest else b""
    return bool(made) and hmac.compare_digest(request.signature.encode(), made)


def _body_is_covered(request: Signed) -> bool:
    """A form is signed field by field, anything else by the hash of its bytes, which the signed URL carries."""
    if request.fields is not None or not request.body:
        return True
    claimed = parse_qs(urlsplit(request.url).query).get("bodySHA256", [""])[0]
    return hmac.compare_digest(claimed.encode(), hashlib.sha256(request.body).hexdigest().encode())


def _joined(fields: Iterable[tuple[str, str]]) -> str:
    # sorted by name, then value; a pair that is repeated word for word counts once
    return "".join(f"{name}{value}" for name, value in sorted(set(fields)))


def _sign(secret: str, text: str, digest: str) -> bytes:
    return b64encode(hmac.digest(secret.encode(), text.encode(), digest))


def _spellings(url: str) -> tuple[str, ...]:
    """The URL without credentials; with, without and with its scheme's own port: Twilio's products differ in that."""
    parts = urlsplit(url)
    host, port = parts.netloc.rpartition("@")[2], parts.port
    bare = host.rsplit(":", 1)[0] if port else host
    hosts = {host, bare, f"{bare}:{port or _DEFAULT_PORTS.get(parts.scheme, 443)}"}
    return tuple(_with_host(url, parts, spelling) for spelling in sorted(hosts))


def _with_host(url: str, parts: SplitResult, host: str) -> str:
    # cut and paste, never re-encode: one changed escape would break the signature
    prefix = f"{parts.scheme}://"
    return f"{prefix}{host}{url[len(prefix) + len(parts.netloc) :]}"
