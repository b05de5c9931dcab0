"""A caller who does not exist, in every spelling in which a sink could give them away, and the sinks that are searched."""

import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from db.bodies import unpack
from db.tables import Base
from tests.support.stored import rows

NUMBER = "+14155557734"
CARD = "4111111111111111"
NAME = "Zanzibar Marmalade"
EMAIL = "zanzibar.marmalade@example.com"
SPOKEN = "four one five five five five seven seven three four"
WORDS = f"my name is {NAME}, call me on {NUMBER}, that is {SPOKEN}, my card is {CARD}, write to {EMAIL}"
NEEDLES = ("4155557734", "415-555-7734", "555 7734", CARD, "4111 1111", "zanzibar", "marmalade", "five five five five", "seven seven three")

# the only places that may hold what a caller said and who they are (docs/privacy.md)
VAULT = {
    "webhook_events.body", "utterances.text", "analyses.summary", "analyses.intake", "replies.text", "effects.body", "effects.target",
    "conversations.their_number", "conversations.intake", "kept_answers.document", "opt_outs.their_number", "quarantine.body",
    "quarantine.url",
    "jobs.request", "jobs.audio", "jobs.result",
}  # fmt: skip

Sinks = Mapping[str, str]


def hits(sinks: Sinks) -> list[str]:
    """The sinks that give somebody away, each with the needle that was found."""
    found = ((name, needle) for name, held in sinks.items() for needle in NEEDLES if needle in held.lower().replace("+", " "))
    return [f"{name}: {needle}" for name, needle in found]


def columns() -> dict[str, str]:
    """Everything that each column of each table holds, deliveries as they came."""
    held: dict[str, str] = {}
    for (table,) in [(found["tablename"],) for found in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]:
        for each in rows(f"SELECT * FROM {table}"):  # noqa: S608 - the database's own tables
            for column, value in each.items():
                name = f"{table}.{column}"
                held[name] = f"{held.get(name, '')}\n{_text(name, value)}"
    assert {table.name for table in Base.metadata.sorted_tables} & {name.partition(".")[0] for name in held}
    return held


def _text(name: str, value: object) -> str:
    if not isinstance(value, bytes | memoryview):
        return str(value)
    raw = bytes(value)
    return (unpack(raw) if name == "webhook_events.body" and raw else raw).decode(errors="replace")


def logs(folder: Path) -> dict[str, str]:
    """What each process wrote."""
    return {f"log {path.name}": path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*.log")}


def redis(url: str) -> dict[str, str]:
    """Every key and every value of the broker."""
    client: Any = Redis.from_url(url)
    read = {
        "string": client.get,
        "list": lambda key: client.lrange(key, 0, -1),
        "set": client.smembers,
        "hash": client.hgetall,
        "zset": lambda key: client.zrange(key, 0, -1),
    }
    return {f"redis {key.decode()}": str(read[client.type(key).decode()](key)) for key in client.keys("*")}


def flower(url: str, auth: tuple[str, str]) -> dict[str, str]:
    """Everything that Flower's API tells."""

    def told(path: str) -> requests.Response:
        return requests.get(f"{url}{path}", auth=auth, timeout=30)

    tasks = told("/api/tasks?limit=500")
    details = {f"flower {task}": told(f"/api/task/info/{task}").text for task in tasks.json()}
    return {"flower tasks": tasks.text, "flower workers": told("/api/workers").text, "flower metrics": told("/metrics").text, **details}


@contextmanager
def sentry() -> Iterator[tuple[str, list[str]]]:
    """A server that takes envelopes: the DSN, and what came."""
    came: list[str] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            came.append((gzip.decompress(body) if zipped else body).decode(errors="replace"))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://key@127.0.0.1:{server.server_port}/1", came
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
