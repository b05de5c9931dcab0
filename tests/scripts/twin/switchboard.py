"""Stands where our front would be in a live call: TwiML documents by path, and what was asked for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from scripts.twin.client import TwinClient
from scripts.twin.config import AUTH_TOKEN
from scripts.twin.running import server

VOICE = "/webhooks/twilio/voice"
ON_CALL = "+15005550111"
FAST = 200


@dataclass(frozen=True, slots=True)
class Came:
    """One request: its path with the query, its form, and whether the SDK accepts its signature."""

    target: str
    form: dict[str, str]
    is_signed: bool


@dataclass(slots=True)
class Switchboard:
    """``documents`` are answered by path, in turn; the last one stays. Elsewhere it is an empty one, and a number is a bare status."""

    url: str = ""
    documents: dict[str, list[str | int]] = field(default_factory=dict)
    came: list[Came] = field(default_factory=list)

    def plays(self, path: str, *bodies: str | int) -> None:
        """What is answered there; a document's verbs will do."""
        self.documents[path] = [body if isinstance(body, int) else f"<Response>{body}</Response>" for body in bodies]

    def forms(self, path: str) -> list[dict[str, str]]:
        """What was sent there."""
        return [came.form for came in self.came if came.target.partition("?")[0] == path]

    def _answer(self) -> Response:
        target = str(request.environ["RAW_URI"])
        is_signed = RequestValidator(AUTH_TOKEN).validate(self.url + target, request.form, request.headers["X-Twilio-Signature"])
        self.came.append(Came(target, request.form.to_dict(), bool(is_signed)))
        bodies = self.documents.get(request.path, ["<Response/>"])
        body = bodies.pop(0) if len(bodies) > 1 else bodies[0]
        return Response(status=body) if isinstance(body, int) else Response(body, mimetype="text/xml")


@contextmanager
def switchboard() -> Iterator[Switchboard]:
    """A switchboard on loopback until the block ends."""
    board = Switchboard()
    app = Flask("switchboard")
    app.add_url_rule("/<path:_path>", "answer", lambda _path: board._answer(), methods=["POST"])
    listening = server(app, 0)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    board.url = f"http://127.0.0.1:{listening.port}"
    try:
        yield board
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def played(t: TwinClient, board: Switchboard, *lines: dict[str, Any], **plan: Any) -> dict[str, Any]:
    """A live call that is over, on a fast clock."""
    t.speed(FAST)
    return t.ended_call(t.play_live_call(board.url, lines, **plan))


def until(t: TwinClient, sid: str, kind: str) -> None:
    """Wait until this has happened in a call that goes on."""
    t.wait_for(1, operation=f"line.{kind}")
    assert t.call(sid)["ended"] is None


def course(call: dict[str, Any], *kinds: str) -> list[tuple[str, str]]:
    """What happened in a call, or as much of it as is of these kinds."""
    return [(moment["kind"], moment["what"]) for moment in call["course"] if not kinds or moment["kind"] in kinds]
