"""`POST /v1/listen`, by callback or inline, and `GET /v1/projects/{id}/requests/{request_id}`."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import orjson
from flask import Blueprint, Response, request

from scripts.twin import gate
from scripts.twin.deepgram import errors
from scripts.twin.deepgram.hearing import DEFAULT_MODEL, Json, duration_s, heard
from scripts.twin.deepgram.jobs import Job
from scripts.twin.journal import without_userinfo
from scripts.twin.post import Delivery, Outcome
from scripts.twin.sound import is_audio
from scripts.twin.world import here

bp = Blueprint("deepgram", __name__)

# developers.deepgram.com: ten further tries, 30 s apart, unless the answer is 200-299; how long it waits for one is not documented
CALLBACK_TRIES, CALLBACK_GAP_S, CALLBACK_TIMEOUT_S = 10, 30.0, 10.0
HEARING_S = 0.5
OK, FAILED = 200, 400


@bp.post("/v1/listen")
@gate.guarded(errors.VENDOR, "listen")
def listen() -> Response:
    """Hear the bytes: answer with the document, or with a request id and call back later."""
    audio = request.get_data()
    if (bad := _refused(audio)) is not None:
        return bad
    job, document = _hear(audio, str(uuid.uuid4()))
    here().jobs.put(job.request_id, job)
    gate.note(paid=True, request_id=job.request_id, model=job.model, callback=job.callback or "")
    callback = request.args.get("callback")
    if callback:
        _call_back(callback, job, document)
        return _json({"request_id": job.request_id})
    job.code = FAILED if gate.mode_is("failed") else OK
    return _json(document, job.code)


@bp.get("/v1/projects/<project>/requests/<request_id>")
@gate.guarded(errors.VENDOR, "request.read")
def read_request(project: str, request_id: str) -> Response:
    """What became of a request; never the transcript."""
    if not _is_uuid(request_id):
        return errors.text(404, "Invalid URL: UUID parsing failed")
    job = here().jobs.get(request_id)
    if project != here().config.deepgram_project:
        return errors.legacy(404)
    if job is None:
        return errors.legacy(404, "REQUEST_NOT_FOUND")
    return _json({"request": _told(job, project)})


@bp.get("/v1/projects")
@gate.guarded(errors.VENDOR, "project.list")
def list_projects() -> Response:
    """The projects that the key is for."""
    return _json({"projects": [{"project_id": here().config.deepgram_project, "name": "twin"}]})


def _refused(audio: bytes) -> Response | None:
    if request.mimetype == "application/json":
        return _refused_json(audio)
    if not is_audio(audio) and "encoding" not in request.args:
        return errors.legacy(400)
    callback = request.args.get("callback")
    if callback is not None and not callback.startswith(("http://", "https://")):
        return errors.modern(400, "INVALID_QUERY_PARAMETER", "Failed to deserialize query parameters.", "callback: not an http URL")
    return None


def _refused_json(body: bytes) -> Response:
    """A body that names a URL: this twin fetches nothing, so to it no URL is publicly routable."""
    try:
        url = orjson.loads(body)["url"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return errors.modern(400, "INVALID_JSON", "Invalid JSON submitted.", "Json deserialize error: missing field `url`")
    details = f"The host of {without_userinfo(str(url))} is not publicly routable."
    return errors.modern(400, "REMOTE_CONTENT_ERROR", "The remote content could not be fetched.", details)


def _hear(audio: bytes, request_id: str) -> tuple[Job, Json]:
    known = here().ears.document(gate.current_entry().sha256)
    document = heard(audio, known, request.args, request_id)
    callback = request.args.get("callback")
    job = Job(
        request_id=request_id,
        created=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        path=request.path,
        model=request.args.get("model", DEFAULT_MODEL),
        duration_s=duration_s(document),
        callback=without_userinfo(callback) if callback else None,
    )
    return job, errors.legacy_body(FAILED, request_id=request_id) if gate.mode_is("failed") else document


def _call_back(url: str, job: Job, document: Json) -> None:
    delivery = Delivery(
        vendor="deepgram",
        operation="callback",
        url=url,
        method=request.args.get("callback_method", "POST").upper(),
        body=orjson.dumps(document),
        headers={"Content-Type": "application/json"},
        about={"request_id": job.request_id},
        repeat_if=_not_accepted,
        tries=CALLBACK_TRIES,
        gap_s=CALLBACK_GAP_S,
        timeout_s=(CALLBACK_TIMEOUT_S, CALLBACK_TIMEOUT_S),
    )
    code, post = (OK if "results" in document else FAILED), here().post
    if gate.mode_is("callback_before_answer"):
        _done(job, code, post.send_now, delivery)
    else:
        here().agenda.after(HEARING_S, partial(_done, job, code, post.send, delivery))


def _done(job: Job, code: int, send: Callable[[Delivery], None], delivery: Delivery) -> None:
    job.code = code
    send(delivery)


def _not_accepted(outcome: Outcome) -> bool:
    return outcome.status is None or not 200 <= outcome.status < 300  # noqa: PLR2004 - the vendor's own words


def _told(job: Job, project: str) -> Json:
    details = {"duration": job.duration_s, "models": [job.model], "method": "async" if job.callback else "sync"}
    return {
        "request_id": job.request_id,
        "project_uuid": project,
        "created": job.created,
        "path": job.path,
        "code": job.code,
        "callback": job.callback,
        "deployment": "hosted",
        "response": {"details": details, "code": job.code} if job.code else None,
    }


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _json(body: Json, status: int = OK) -> Response:
    return Response(orjson.dumps(body), status, mimetype="application/json")
