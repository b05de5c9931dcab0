"""A verified request as the store takes it: its bytes, the headers worth keeping, and what makes it the same event twice."""

from flask import request

from domain.deliveries import Envelope, dedupe_key
from observability import trace
from webhooks import bodies

# Everything else is dropped unseen; Authorization, Cookie and forwarding headers never reach the store.
KEPT_HEADERS = (
    "content-type",
    "content-encoding",
    "user-agent",
    "date",
    "i-twilio-idempotency-token",  # unsigned: recorded, proof of nothing
    "x-twilio-signature",
    "x-twilio-webhooks-signature-settings",
    "dg-request-id",
)
_HEADER_CHARS = 512
# where WSGI has them (PEP 3333)
_PLACES = {name: f"{'' if name == 'content-type' else 'HTTP_'}{name.upper().replace('-', '_')}" for name in KEPT_HEADERS}


def sealed(provider: str, kind: str, subject: str, key: tuple[object, ...]) -> Envelope:
    """The request at hand. ``key`` holds signed values only; ``subject`` is the vendor's own id of the thing."""
    told = request.environ
    return Envelope(
        provider=provider,
        kind=kind,
        key=dedupe_key(key),
        subject=subject,
        headers={name: told[place][:_HEADER_CHARS] for name, place in _PLACES.items() if place in told},
        body=bodies.raw(),
        trace_id=trace.current(),
    )
