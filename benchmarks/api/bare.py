"""The product's own application with one route more: the least that reads one row. ``gunicorn benchmarks.api.bare:app``."""

from flask import Response, jsonify
from sqlalchemy import text

from db.engine import engine
from wsgi import app

_ONE = text("SELECT id, status, created_at FROM transcripts WHERE id = :id")

__all__ = ["app"]


@app.get("/bare/<uuid:transcript_id>")
def one_row(transcript_id: str) -> Response:
    """One row by its key: no API key, no schema, no tag."""
    with engine().connect() as connection:
        row = connection.execute(_ONE, {"id": transcript_id}).one()
    return jsonify(id=str(row.id), status=row.status, created_at=row.created_at.isoformat())
