"""The route: read the body, insert, commit, ``.delay()``, answer. A duplicate is known by its key, as anybody would."""

import os

import psycopg2
from flask import Flask, Response, request

from benchmarks.stock import jobs

_STORE = "INSERT INTO webhooks (key, body) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING key"

app = Flask(__name__)


@app.get("/health")
def health() -> str:
    """The control request of the harness."""
    return "ok"


@app.post("/webhooks/<kind>")
def webhook(kind: str) -> Response:
    """Store and publish."""
    key = request.headers["X-Key"]
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_STORE, (key, request.get_data()))
            is_new = cursor.fetchone() is not None
    finally:
        connection.close()
    if is_new:
        jobs.work_off(key)
    return Response(status=204, headers={"X-Kind": kind})
