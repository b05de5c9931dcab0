"""What the API takes and gives of searches and exports, version 1."""

from datetime import datetime
from uuid import UUID

from marshmallow import Schema, fields, validate

from api.cursors import Cursor
from api.lists import PageQueryV1, SpanQueryV1, one_of
from api.transcript_schemas import TranscriptFiltersV1
from domain.speech import Channel, Role

MAX_QUERY_CHARS = 200
FORMATS = ("csv", "jsonl")


class SearchQueryV1(PageQueryV1, SpanQueryV1):
    """Which words, said when, by whom."""

    q = fields.String(
        required=True,
        validate=[validate.Length(1, MAX_QUERY_CHARS), validate.ContainsNoneOf("\0")],
        metadata={"description": 'all of these words; "in this order", one or the other, -not this one'},
    )
    channel = one_of(Channel)
    role = one_of(Role)
    cursor = Cursor(float, datetime, UUID, int)


class PieceV1(Schema):
    """A stretch of a snippet; is_match: it is one of the words that were looked for."""

    text = fields.String(required=True)
    is_match = fields.Boolean(required=True)


class MatchV1(Schema):
    """An utterance that was found."""

    transcript_id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    run_id = fields.UUID(required=True)
    seq = fields.Integer(required=True)
    speaker = fields.Integer(required=True)
    role = fields.String(required=True, allow_none=True)
    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    channel = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    rank = fields.Float(required=True)
    snippet = fields.List(fields.Nested(PieceV1), required=True)


class MatchPageV1(Schema):
    """The best first; next_cursor is null on the last page. is_partial: more matched than are ranked, and narrower words find the rest."""

    items = fields.List(fields.Nested(MatchV1), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    is_partial = fields.Boolean(required=True)


class ExportQueryV1(SpanQueryV1, TranscriptFiltersV1):
    """Which transcripts, and in what form."""

    format = fields.String(load_default="jsonl", validate=validate.OneOf(FORMATS))
