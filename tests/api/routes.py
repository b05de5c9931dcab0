"""Every route that the application has, and who may take it. Written by hand, beside the code and against it: a new route needs a line."""

from dataclasses import dataclass
from typing import Any

from domain.access import Scope

# who is let in without a key of ours: vendors prove themselves by signatures and tokens, probes and documents are for everybody
VENDOR, EVERYBODY = "vendor", "everybody"
# a key of the organization that runs the plant
PLANT = "plant"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one route. ``body`` is one that it takes."""

    name: str
    who: Scope | str
    body: dict[str, Any] | None = None

    @property
    def method(self) -> str:
        return self.name.split(" ", 1)[0]

    @property
    def rule(self) -> str:
        return self.name.split(" ", 1)[1]

    @property
    def is_guarded(self) -> bool:
        """Whether it asks for a key."""
        return isinstance(self.who, Scope) or self.who == PLANT


VIEWER, OPERATOR, ADMIN = Scope
WHY = {"reason": "because"}

ROUTES = (
    Route("GET /health", EVERYBODY),
    Route("GET /ready", EVERYBODY),
    Route("GET /metrics", PLANT),
    Route("GET /docs", EVERYBODY),
    Route("GET /docs/<file>", EVERYBODY),
    Route("GET /v1/openapi.json", EVERYBODY),
    Route("GET /v1/calls/<call_sid>", VIEWER),
    Route("GET /v1/conversations/<uuid:conversation_id>", VIEWER),
    Route("POST /v1/conversations/<uuid:conversation_id>/end", OPERATOR, WHY),
    Route("POST /v1/conversations/<uuid:conversation_id>/escalate", OPERATOR, WHY),
    Route("GET /v1/organization", VIEWER),
    Route("PUT /v1/organization", ADMIN, {"name": "Test Clinic"}),
    Route("GET /v1/organization/versions", VIEWER),
    Route("GET /v1/organization/versions/<int(min=1, max=2147483647):version>", VIEWER),
    Route("GET /v1/transcripts", VIEWER),
    Route("GET /v1/transcripts/<uuid:transcript_id>", VIEWER),
    Route("POST /v1/transcripts/<uuid:transcript_id>/swap-roles", OPERATOR),
    Route("GET /v1/usage", VIEWER),
    *(Route(f"{method} {rule}", VENDOR) for rule in ("/callback/<token>", "/webhooks/deepgram/<token>") for method in ("POST", "PUT")),
    *(
        Route(f"POST {rule}", VENDOR)
        for rule in (
            "/voice",
            "/status-callback",
            "/webhooks/twilio/call-status",
            "/webhooks/twilio/dialed",
            "/webhooks/twilio/gather",
            "/webhooks/twilio/gather-partial",
            "/webhooks/twilio/intelligence",
            "/webhooks/twilio/message-status",
            "/webhooks/twilio/recording-status",
            "/webhooks/twilio/self-test",
            "/webhooks/twilio/sms",
            "/webhooks/twilio/transcription",
            "/webhooks/twilio/turn",
            "/webhooks/twilio/voice",
        )
    ),
)
