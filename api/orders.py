"""Enters what somebody asks for as a job, once for each Idempotency-Key, and answers with what came of it."""

import hashlib
import math
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from flask import Response, jsonify, request
from werkzeug.exceptions import BadRequest

from api.auth import actor, organization_id
from api.errors import refusal
from api.job_schemas import JobV1
from api.later import KEY
from api.waiting import APPLIED, is_put_off, until_over, wished_s
from db import jobs
from domain.errors import KeyReusedError, TooMuchAudioError
from domain.jobs import KEY_CHARS, JobBell, JobKind, JobView, Order, is_of_the_request
from observability import trace
from tasks import dispatch

SEE = "docs/vendors.md says what its code means"
# who polls comes again after this long; who met a vendor that is down, after as long as nobody will ask it
POLL_S, LATER_S = 1, 60

Answer = Response | tuple[Mapping[str, Any], int, Mapping[str, str]]


def place(kind: JobKind, asked: Mapping[str, Any], *, audio: bytes | None = None, conversation_id: UUID | None = None) -> JobView:
    """The job, entered now or, with the same key and request, before. Raises RefusedError, BadRequest, StoreUnavailable."""
    told = orjson.loads(orjson.dumps(dict(asked)))
    order = Order(kind, told, _sha256(told, audio), actor(), trace.current(), audio, conversation_id, _key())
    job, is_new = jobs.enter(organization_id(), order)
    if is_new:
        dispatch.announce_job(JobBell(job.id, job.kind, job.trace_id))
    return job


def answered(job: JobView, usual_s: int) -> Answer:
    """What came of it within the time that the request wishes for: its result, why there is none, or where to look for it later."""
    wait_s, applied = wished_s(usual_s)
    ends = time.monotonic() + wait_s
    job = until_over(organization_id(), job, wait_s)
    headers = {"Content-Location": where(job)} | ({APPLIED: applied} if applied else {})
    if job.result is not None:
        return job.result, 200, headers
    if job.state.is_over:
        return _failed(job)
    if wait_s and is_put_off(job, ends) and jobs.give_up(organization_id(), job.id):
        return _unavailable(job, math.ceil(job.retry_in_s or 1))
    return accepted(job, applied)


def accepted(job: JobView, applied: str | None = None) -> Response:
    """It is being done: look for it there."""
    response = jsonify(JobV1().dump(job))
    response.status_code = 202
    response.headers.update({"Location": where(job), "Retry-After": str(POLL_S)} | ({APPLIED: applied} if applied else {}))
    return response


def reused(error: KeyReusedError) -> Response:
    """A key came with another request than the first time."""
    return refusal(422, "idempotency_key_reused", str(error))


def too_much_audio(error: TooMuchAudioError) -> Response:
    """Nothing more is taken of this organization until something was heard."""
    return refusal(429, "too_much_audio", str(error), headers={"Retry-After": str(LATER_S)})


def where(job: JobView) -> str:
    """The address of a job."""
    return f"/v1/jobs/{job.id}"


def _failed(job: JobView) -> Response:
    code = job.error_code or "worker_lost"
    if is_of_the_request(code):
        return refusal(422, "job_failed", f"it cannot be done: {code}; {SEE}", headers={"Content-Location": where(job)})
    return _unavailable(job, LATER_S)


def _unavailable(job: JobView, retry_after_s: int) -> Response:
    detail = f"it cannot be done now: {job.error_code}; {SEE}. Ask again later"
    return refusal(503, "job_failed", detail, headers={"Retry-After": str(retry_after_s), "Content-Location": where(job)})


def _key() -> str | None:
    key = request.headers.get(KEY)
    if key is None:
        return None
    if not (0 < len(key) <= KEY_CHARS and key.isascii() and key.isprintable()):
        raise BadRequest(f"{KEY} must be 1 to {KEY_CHARS} printable ASCII characters, such as a UUID")
    return key


def _sha256(told: Mapping[str, Any], audio: bytes | None) -> bytes:
    """Of all that was asked, read and not as it was written: the same form has another boundary each time."""
    found = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    found.update(orjson.dumps(told, option=orjson.OPT_SORT_KEYS))
    found.update(audio or b"")
    return found.digest()
