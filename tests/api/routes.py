"""Every route that the application has, and who may take it. Written by hand, beside the code and against it: a new route needs a line."""

import re
from dataclasses import dataclass
from typing import Any

from domain.access import Scope

# who is let in without a key of ours: vendors prove themselves by signatures and tokens, probes and documents are for everybody
VENDOR, EVERYBODY = "vendor", "everybody"
# a key of the organization that runs the plant
PLANT = "plant"
# what is named in an address
PLACE = re.compile(r"<(?:[^:<>]*:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one route. ``body`` and ``query`` are some that it takes."""

    name: str
    who: Scope | str
    body: dict[str, Any] | None = None
    query: str = ""

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
SAID = {"text": "When do you open?"}
MESSAGES = {"messages": [{"role": "user", "content": "When do you open?"}]}
WEEK = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-08T00:00:00Z"}
AUDIO = {"audio": "UklGRg=="}
NOBODYS = "00000000-0000-7000-8000-000000000000"

ROUTES = (
    Route("GET /health", EVERYBODY),
    Route("GET /ready", EVERYBODY),
    Route("GET /metrics", PLANT),
    Route("GET /docs", EVERYBODY),
    Route("GET /docs/<file>", EVERYBODY),
    Route("GET /v1/openapi.json", EVERYBODY),
    Route("POST /auth/token", EVERYBODY),
    Route("POST /auth/refresh", EVERYBODY),
    Route("POST /auth/revoke", EVERYBODY),
    Route("GET /v1/audits", ADMIN),
    Route("GET /v1/calls/<call_sid>", VIEWER),
    Route("POST /v1/classify-intent", OPERATOR, SAID),
    Route("GET /v1/conversations", VIEWER),
    Route("GET /v1/conversations/<uuid:conversation_id>", VIEWER),
    Route("POST /v1/conversations/<uuid:conversation_id>/end", OPERATOR, WHY),
    Route("POST /v1/conversations/<uuid:conversation_id>/escalate", OPERATOR, WHY),
    Route("GET /v1/effects", VIEWER),
    Route("GET /v1/escalations", VIEWER),
    Route("GET /v1/events", VIEWER),
    Route("GET /v1/events/<uuid:event_id>", VIEWER),
    Route("GET /v1/events/<uuid:event_id>/body", ADMIN),
    # everybody's words, to take along
    Route("GET /v1/exports/transcripts", OPERATOR),
    Route("POST /v1/generate-reply", OPERATOR, SAID),
    Route("GET /v1/jobs/<uuid:job_id>", VIEWER),
    Route("POST /v1/jobs/classify-intent", OPERATOR, SAID),
    Route("POST /v1/jobs/generate-reply", OPERATOR, SAID),
    Route("POST /v1/jobs/reprocess", ADMIN, WEEK),
    Route("POST /v1/jobs/transcribe", OPERATOR, AUDIO),
    Route("GET /v1/keys", ADMIN),
    Route("POST /v1/keys", ADMIN, {"name": "another"}),
    Route("DELETE /v1/keys/<uuid:key_id>", ADMIN),
    Route("GET /v1/models", VIEWER),
    Route("GET /v1/organization", VIEWER),
    Route("PUT /v1/organization", ADMIN, {"name": "Test Clinic"}),
    Route("GET /v1/organization/versions", VIEWER),
    Route("GET /v1/organization/versions/<int(min=1, max=2147483647):version>", VIEWER),
    Route("GET /v1/replies", VIEWER),
    Route("GET /v1/runs", VIEWER),
    Route("GET /v1/runs/<uuid:run_id>", VIEWER),
    Route("GET /v1/search", VIEWER, query="q=hello"),
    Route("POST /v1/stream-turn", OPERATOR, MESSAGES),
    Route("POST /v1/streaming/partial", OPERATOR, {"session_id": NOBODYS, "sequence": 1, "text": "hello"}),
    Route("POST /v1/streaming/sessions", OPERATOR, {}),
    Route("POST /v1/transcribe", OPERATOR, AUDIO),
    Route("GET /v1/transcripts", VIEWER),
    Route("GET /v1/transcripts/<uuid:transcript_id>", VIEWER),
    Route("POST /v1/transcripts/<uuid:transcript_id>/swap-roles", OPERATOR),
    Route("GET /v1/transcripts/<uuid:transcript_id>/utterances", VIEWER),
    Route("POST /v1/turn", OPERATOR, MESSAGES),
    Route("GET /v1/usage", VIEWER),
    Route("POST /api/call/start", OPERATOR, {"reference": "another"}),
    Route("POST /api/call/end", OPERATOR, {"call_id": NOBODYS}),
    Route("GET /api/call/<uuid:call_id>/state", VIEWER),
    Route("POST /api/call/<uuid:call_id>/tools/escalate", OPERATOR, WHY),
    Route("POST /api/call/<uuid:call_id>/tools/intake", OPERATOR, {"fields": {"name": "Ann"}}),
    Route("POST /api/call/<uuid:call_id>/tools/terminate", OPERATOR, WHY),
    Route("POST /api/call/<uuid:call_id>/transcripts", OPERATOR, {"sequence": 1, "role": "customer", "text": "hello"}),
    Route("POST /api/realtime/session", OPERATOR, {"call_id": NOBODYS}),
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
