"""flask-smorest with the house's habits: one error shape, unknown parameters refused."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from threading import Lock
from typing import Any, cast

import flask_smorest
import orjson
from flask import Flask, Request, Response, request
from marshmallow import RAISE, Schema, fields, validate
from webargs.core import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

from api.auth import SCHEMES, View, with_scope
from api.errors import ErrorV1, http_error
from api.etags import ETAG, IF_NONE_MATCH, conditional
from api.job_schemas import JobV1
from api.later import LATER, SAME_TWICE, WAITS
from api.strict import naming_what_is_known
from domain.access import Scope


class StrictParser(FlaskParser):
    """Refuses what the schema does not name, in the query too."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, RAISE)

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ARG002 - webargs' own signature
        """The body, or that there is none. NaN, half a surrogate pair and nesting without end are no JSON.

        Raises RequestEntityTooLarge, UnsupportedMediaType, BadRequest.
        """
        body = req.get_data()
        if req.content_length is None and len(body) == req.max_content_length:
            # chunked: werkzeug cuts off at the bound without a word; asked for one byte more, it objects
            req.stream.read(1)
        if not req.is_json and not body:
            return missing
        if not req.is_json:
            raise UnsupportedMediaType("send JSON, with Content-Type: application/json")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise BadRequest("the body is no JSON") from None


# what every route with a key may answer, whatever it is for: nobody's key, too narrow a scope, too many requests, no database
REFUSALS = (401, 403, 429, 503)
# what every route with a body in JSON may answer: no JSON, too large, not called JSON
UNREADABLE = (400, 413, 415)
# what a body may take, wherever a route does not say otherwise (`at_most`): far above what is allowed of words
MAX_BODY_BYTES = 512 * 1024


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest is not annotated
    """Routes whose arguments and answers are marshmallow schemas."""

    ARGUMENTS_PARSER = StrictParser()

    def allows(self, scope: Scope, *refusals: int) -> Callable[[View], View]:
        """Let in whoever has this scope or a wider one, and write it into the document together with how else the route may refuse."""

        def guard(view: View) -> View:
            guarded = self._may_refuse(with_scope(scope)(view), *REFUSALS, *refusals)
            told = {"operationId": view.__name__, "security": [{name: []} for name in SCHEMES], "x-scope": scope.value}
            _notes(guarded).setdefault("manual_doc", {}).update(told)
            return guarded

        return guard

    def arguments(self, schema: Schema | type[Schema], *, location: str = "json", **told: Any) -> Callable[[View], View]:
        """As flask-smorest has it; and whoever reads a body may refuse it, which the document says."""
        strict = naming_what_is_known(schema() if isinstance(schema, type) else schema)

        def take(view: View) -> View:
            taking: View = super(Blueprint, self).arguments(strict, location=location, **told)(view)
            return self._may_refuse(taking, *UNREADABLE) if location == "json" else taking

        return take

    def at_most(self, size: int) -> Callable[[View], View]:
        """Let a body be of so many bytes instead of MAX_BODY_BYTES; a larger one is refused with 413, before any of it is read."""

        def bound(view: View) -> View:
            @wraps(view)
            def bounded(*args: Any, **kwargs: Any) -> Any:
                request.max_content_length = size
                return view(*args, **kwargs)

            return self._may_refuse(cast(View, bounded), 413)

        return bound

    def tells(self, schema: type[Schema]) -> Callable[[View], View]:
        """Answer 200 with what the view found and its ETag, or 304 to who has that already. For what is read, never for what is done."""

        def tell(view: View) -> View:
            @wraps(view)
            def tagged(*args: Any, **kwargs: Any) -> Any:
                return conditional(view(*args, **kwargs))

            answered = self.response(200, schema, headers=ETAG)(tagged)
            documented: View = self.alt_response(304, headers=ETAG, success=True)(answered)
            _take(documented, IF_NONE_MATCH)
            return documented

        return tell

    def answers_or_later(self, schema: type[Schema] | Mapping[str, Any], **told: Any) -> Callable[[View], View]:
        """Answer 200 with what came of a job, or 202 with the job that it is; ``told`` is what `response` takes.

        The caller may say how long to wait (``Prefer``) and that it is the same request once more (``Idempotency-Key``).
        """

        def answer(view: View) -> View:
            answered = self.response(200, schema, **told)(view)
            documented: View = self.alt_response(202, schema=JobV1, headers=LATER)(answered)
            _take(documented, WAITS, SAME_TWICE)
            return documented

        return answer

    def later(self) -> Callable[[View], View]:
        """Answer 202 with a job, at once. The caller may say that it is the same request once more (``Idempotency-Key``)."""

        def answer(view: View) -> View:
            documented: View = self.response(202, JobV1, headers=LATER)(view)
            _take(documented, SAME_TWICE)
            return documented

        return answer

    def alt_response(self, status: int, *, success: bool = False, **told: Any) -> Callable[[View], View]:
        """Document what else a route may answer; ``told`` as flask-smorest has it, but for the schema, which is a class.

        Written into the view's own notes: flask-smorest wraps the view and copies all of its notes, schemas and fields too, for each
        status. That was a tenth of the front's memory, a sixth of its start, and four calls more for a request each.
        """

        def note(view: View) -> View:
            notes = _notes(view)
            answers = notes.setdefault("response", {}).setdefault("responses", {})
            answers.setdefault(status, []).append({"description": HTTPStatus(status).phrase, "content_type": None} | told)
            if success:
                notes.setdefault("success_status_codes", []).append(status)
            return view

        return note

    @staticmethod
    def _make_doc_response_schema(schema: Schema | Mapping[str, Any] | None) -> type[Schema] | Mapping[str, Any] | None:
        """The class, which is not copied with the notes; no route of ours answers with a schema that was made in a special way."""
        return type(schema) if isinstance(schema, Schema) else schema

    def _may_refuse(self, view: View, *statuses: int) -> View:
        for status in statuses:
            self.alt_response(status, schema=ErrorV1)(view)
        return view


def _notes(view: Callable[..., Any]) -> dict[str, Any]:
    """What flask-smorest has noted of a view, for the document."""
    notes: dict[str, Any] = vars(view).setdefault("_apidoc", {})
    return notes


def _take(view: Callable[..., Any], *parameters: Mapping[str, Any]) -> None:
    """Document parameters beside those of `arguments`, which `doc(parameters=…)` would replace."""
    _notes(view).setdefault("arguments", {}).setdefault("parameters", []).extend(parameters)


def _names_of_keys(_converter: object, field: fields.Field[Any], **_: object) -> dict[str, object]:
    """How the keys of an object are spelled, which apispec does not let through."""
    pattern = field.metadata.get("keys")
    return {"propertyNames": {"pattern": pattern}} if pattern else {}


def _without_nul(_converter: object, field: fields.Field[Any], **_: object) -> dict[str, object]:
    """That a text has no NUL, which no text of PostgreSQL's has."""
    bans = any(isinstance(each, validate.ContainsNoneOf) and each.iterable == "\0" for each in field.validators)
    return {"pattern": r"^[^\u0000]*$"} if bans else {}


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest is not annotated
    """The OpenAPI document at /v1/openapi.json, and the error shape for every route of the application.

    The document is written when it is first asked for: to write it takes a sixth of what the whole front takes to start.
    """

    ERROR_SCHEMA = ErrorV1

    def __init__(self, app: Flask, one_of: Mapping[str, Sequence[str]]) -> None:
        """``one_of``: for a schema's name the fields that exclude each other; exactly one of them is given."""
        self._one_of = one_of
        self._blueprints: list[Blueprint] = []
        self._writing = Lock()
        self._written = ""
        super().__init__(app)

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Add its routes to the application and, later, to the document."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._blueprints.append(blueprint)

    def handle_http_exception(self, error: HTTPException) -> Response:
        return http_error(error)

    def _openapi_json(self) -> Response:
        with self._writing:
            self._written = self._written or self._write()
        return Response(self._written, mimetype="application/json")

    def _write(self) -> str:
        super()._init_spec()
        self.ma_plugin.converter.add_attribute_function(_names_of_keys)
        self.ma_plugin.converter.add_attribute_function(_without_nul)
        for blueprint in self._blueprints:
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        for name, alternatives in self._one_of.items():
            self.spec.components.schemas[name]["oneOf"] = [{"required": [each]} for each in alternatives]
        return json.dumps(self.spec.to_dict(), indent=2)

    def _init_spec(self, **_options: Any) -> None:
        """Begin nothing at the start: a document without a route has an answer for each of HTTP's statuses already."""


INTRODUCTION = """\
Who said what in your calls and text messages, what they wanted and what was answered.

**Keys.** Send an API key with each request: `Authorization: Bearer hk_…` (here: the button *Authorize*).
`celery -A tasks keys create --name me` shows one once. The key alone decides the organization, its scope what it may do; what another
organization has is 404.

**Begin with** `GET /v1/transcripts`, then `GET /v1/transcripts/{transcript_id}` with an `id` of that list. `status` says whether the words
have arrived, `processing_status` how far the AI's work on them is.

**Lists** give `items`, the newest first, and `next_cursor`: hand it back as `cursor` until it is `null`. **Times** are ISO 8601 with an
offset.

**Refusals** have one shape: `detail` says what happened and what to do next, `code` is for programs, `trace_id` finds it in the logs.
"""
CONFIG: dict[str, Any] = {
    "API_TITLE": "Hookline",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
    "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
    "API_SPEC_OPTIONS": {"info": {"description": INTRODUCTION}, "components": {"securitySchemes": SCHEMES}},
}
