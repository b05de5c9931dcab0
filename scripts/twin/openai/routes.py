"""`POST /v1/responses`, `POST /v1/chat/completions` and `POST /v1/realtime/client_secrets`."""

import time
import uuid
from typing import Any

import orjson
from flask import Blueprint, Response, request

from scripts.twin import gate
from scripts.twin.openai import bodies, errors, rules
from scripts.twin.openai.bodies import Asked, Json, Said
from scripts.twin.openai.schema import fault, fitted
from scripts.twin.world import here

bp = Blueprint("openai", __name__, url_prefix="/v1")

PLAIN = "This is the vendor twin: it answers what it has rules for."
MODELS = ("gpt-6-luna", "gpt-6-sol")
# of a client secret, in seconds, and where nobody asks for another
SHORTEST_S, LONGEST_S, SECRET_S = 10, 7_200, 600
INVALID = '{"this": is not JSON'


@bp.post("/responses")
@gate.guarded(errors.VENDOR, "responses")
def responses() -> Response:
    """Answer with one message."""
    body = _body()
    asked = bodies.from_responses(body)
    if (bad := _refused(body, asked, "text.format.schema")) is not None:
        return bad
    return _json(bodies.response(body, asked, _said(asked)))


@bp.post("/chat/completions")
@gate.guarded(errors.VENDOR, "chat")
def chat() -> Response:
    """Answer with one choice."""
    body = _body()
    asked = bodies.from_chat(body)
    if (bad := _refused(body, asked, "response_format")) is not None:
        return bad
    return _json(bodies.completion(asked, _said(asked)))


@bp.get("/models")
@gate.guarded(errors.VENDOR, "model.list")
def models() -> Response:
    """The models that the key may ask; any other is answered too."""
    return _json({"object": "list", "data": [{"id": name, "object": "model", "created": 0, "owned_by": "twin"} for name in MODELS]})


@bp.post("/realtime/client_secrets")
@gate.guarded(errors.VENDOR, "realtime")
def client_secrets() -> Response:
    """A secret that opens nothing, with the session that was asked for."""
    body = _body()
    session = body.get("session") or {}
    after = (body.get("expires_after") or {}).get("seconds", SECRET_S)
    if session.get("type") not in {"realtime", "transcription"}:
        return errors.error(400, "Missing required parameter: 'session.type'.", param="session.type")
    if not isinstance(after, int) or not SHORTEST_S <= after <= LONGEST_S:
        return errors.error(400, "'expires_after.seconds' must be between 10 and 7200.", param="expires_after.seconds")
    gate.note(paid=False, model=str(session.get("model", "")))
    told = {"object": "realtime.session", "id": f"sess_{uuid.uuid4().hex}", **session}
    return _json({"value": f"ek_{uuid.uuid4().hex}", "expires_at": int(time.time()) + after, "session": told})


def _body() -> Json:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _refused(body: Json, asked: Asked, schema_param: str) -> Response | None:
    gate.note(model=asked.model, schema=asked.schema_name)
    if not asked.model:
        return errors.error(400, "you must provide a model parameter")
    if body.get("stream"):
        return errors.error(400, "The vendor twin does not stream.", param="stream")
    if asked.strict and asked.schema is not None and (why := fault(asked.schema)):
        message = f"Invalid schema for response_format '{asked.schema_name}': {why}"
        return errors.error(400, message, code="invalid_json_schema", param=schema_param)
    return None


def _said(asked: Asked) -> Said:
    # that a repeated question which says so is billed once is a hope: whether OpenAI honours the header is not verified,
    # so the journal says both, and whoever counts the worst case counts ``repeated`` too
    repeated = here().asked_before(request.headers.get("Idempotency-Key"))
    gate.note(paid=not repeated, **({"repeated": "true"} if repeated else {}))
    if gate.mode_is("refusal"):
        return Said(refusal=bodies.REFUSAL)
    text = INVALID if gate.mode_is("invalid_output") else _text(asked)
    words = text.split()
    if gate.mode_is("incomplete"):
        return Said(text[: len(text) // 2], cut=True)
    if asked.max_tokens is not None and len(words) > asked.max_tokens:
        return Said(" ".join(words[: asked.max_tokens]), cut=True)
    return Said(text)


def _text(asked: Asked) -> str:
    if asked.schema is None:
        return PLAIN
    answer: Any = fitted(rules.answer(asked.schema, asked.told), asked.schema)
    return orjson.dumps(answer).decode()


def _json(body: Json) -> Response:
    return Response(orjson.dumps(body), 200, errors.headers(), mimetype="application/json")
