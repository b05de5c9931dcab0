"""/v1/jobs: the same and more, asked for now and looked at later."""

from typing import Any
from uuid import UUID

from flask import Response
from werkzeug.exceptions import NotFound

from api.act_schemas import ClassifyIntentV1, GenerateReplyV1
from api.acts import place_about_words
from api.auth import organization_id
from api.job_schemas import JobV1, ReprocessV1
from api.orders import accepted, place
from api.smorest import Blueprint
from db import jobs as stored
from domain.access import Scope
from domain.jobs import JobKind, JobView

jobs = Blueprint("jobs", __name__, url_prefix="/v1/jobs", description="What takes its time")


@jobs.post("/classify-intent")
@jobs.allows(Scope.OPERATOR, 404, 409)
@jobs.arguments(ClassifyIntentV1)
@jobs.later()
def ask_for_intent(asked: dict[str, Any]) -> Response:
    """As /v1/classify-intent, without waiting."""
    return accepted(place_about_words(JobKind.CLASSIFY_INTENT, asked))


@jobs.post("/generate-reply")
@jobs.allows(Scope.OPERATOR, 404, 409)
@jobs.arguments(GenerateReplyV1)
@jobs.later()
def ask_for_reply(asked: dict[str, Any]) -> Response:
    """As /v1/generate-reply, without waiting."""
    return accepted(place_about_words(JobKind.GENERATE_REPLY, asked))


@jobs.post("/reprocess")
@jobs.allows(Scope.ADMIN)
@jobs.arguments(ReprocessV1)
@jobs.later()
def ask_for_batch(asked: dict[str, Any]) -> Response:
    """Work on stored conversations again, beside the live results. Without `confirm` nobody is paid: the job's result is the plan."""
    return accepted(place(JobKind.REPROCESS, asked))


@jobs.get("/<uuid:job_id>")
@jobs.allows(Scope.VIEWER, 404)
@jobs.response(200, JobV1)
def get_job(job_id: UUID) -> JobView:
    """How a job stands: pending, running, succeeded with its result, or failed with its code. Forgotten a day after it was asked for."""
    found = stored.find(organization_id(), job_id)
    if found is None:
        raise NotFound
    return found
