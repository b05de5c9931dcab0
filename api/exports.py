"""/v1/exports: transcripts with all that was said and understood, to take along."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from typing import Any

import orjson
from flask import Response

from api import lists
from api.auth import actor, organization_id
from api.downloads import streamed
from api.search_schemas import ExportQueryV1
from api.smorest import Blueprint
from db import exports as kept
from db.exports import Exported
from db.reading import Filters
from domain.access import Scope

exports = Blueprint("exports", __name__, url_prefix="/v1/exports", description="Transcripts to take along")

CSV, JSONL = "text/csv; charset=utf-8", "application/jsonl"
# a spreadsheet takes what begins so for a formula, and does as it says
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@exports.get("/transcripts")
@exports.allows(Scope.OPERATOR)
@exports.arguments(ExportQueryV1, location="query")
@exports.response(200, {"type": "string"}, content_type=JSONL)
@exports.alt_response(200, schema={"type": "string"}, content_type=CSV, success=True)
def export_transcripts(query: dict[str, Any]) -> Response:
    """Stream all that meet the filters, newest first, as JSONL or CSV; that it was done is written down. 503 if all places are taken."""
    form = query.pop("format")
    filters = Filters(span=lists.span(query), **query)
    written, content_type = (_as_csv, CSV) if form == "csv" else (_as_jsonl, JSONL)

    def begin() -> Iterator[bytes]:
        kept.note_export(organization_id(), actor())
        return written(kept.fetch_all(organization_id(), filters))

    return streamed(begin, content_type, f"transcripts.{form}")


def _as_jsonl(found: Iterable[Exported]) -> Iterator[bytes]:
    for each in found:
        yield orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE)


def _as_csv(found: Iterable[Exported]) -> Iterator[bytes]:
    yield _line([field.name for field in fields(Exported)])
    for each in found:
        yield _line([_cell(value) for value in astuple(each)])


def _cell(value: object) -> object:
    """A value as a spreadsheet may have it: text that would be taken for a formula is led by an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULAS) else value


def _line(cells: Iterable[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
