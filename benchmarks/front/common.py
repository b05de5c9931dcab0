"""The common way: parse, validate every word, store as jsonb in a session of the request's own, ``.delay()``. Thirty honest lines."""

import os
from typing import Any

import orjson
from celery import Celery
from flask import Flask, Response, request
from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

_KEEP = text("INSERT INTO transcripts (words, document) VALUES (CAST(:words AS jsonb), CAST(:document AS jsonb)) RETURNING id")

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:", 1))
celery = Celery("common", broker=os.environ["REDIS_URL"])


class WordSchema(Schema):
    """A word of Deepgram's."""

    class Meta:
        """What is not asked for is left out."""

        unknown = EXCLUDE

    word = fields.String(required=True)
    punctuated_word = fields.String()
    start = fields.Float(required=True)
    end = fields.Float(required=True)
    confidence = fields.Float(required=True)
    speaker = fields.Integer()


@celery.task  # type: ignore[untyped-decorator] # Celery's own
def work_off(transcript: int) -> None:
    """Whatever comes next."""


@app.post("/<path:_>")
def keep(_: str) -> Response:
    """Store the document and its words, and ask for the work."""
    document: dict[str, Any] = orjson.loads(request.get_data()) if request.is_json else request.form.to_dict()
    channels = document.get("results", {}).get("channels", [])
    words = WordSchema(many=True).load([word for channel in channels for word in channel["alternatives"][0]["words"]])
    with Session(engine) as session, session.begin():
        kept = session.scalar(_KEEP, {"words": orjson.dumps(words).decode(), "document": orjson.dumps(document).decode()})
    work_off.delay(kept)
    return Response(status=204)
