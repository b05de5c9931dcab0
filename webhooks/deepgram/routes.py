"""Deepgram's one route: the answer to a job that we submitted, or a transcript that an organization lets Deepgram send."""

from functools import partial

from flask import Blueprint, Response

from db.events import store_callback, store_words
from domain.callback_tokens import JobToken, Token
from domain.deliveries import Envelope, Stored
from webhooks import bodies
from webhooks.deepgram.envelope import NotJsonError, read
from webhooks.deepgram.events import PROVIDER, Callback
from webhooks.deepgram.guard import called_back_by_deepgram
from webhooks.envelopes import sealed
from webhooks.receive import receive
from webhooks.refused import Refused

deepgram = Blueprint("deepgram", __name__)

STORED = b'{"status":"stored"}\n'


@deepgram.route("/webhooks/deepgram/<token>", methods=["POST", "PUT"])
@deepgram.route("/callback/<token>", methods=["POST", "PUT"])
@called_back_by_deepgram
def callback(token: Token, public_id: str) -> Response:
    """A transcription is done, or has failed; kept byte for byte, understood later."""
    outcome = _outcome(bodies.raw())
    envelope = sealed(PROVIDER, outcome.kind, outcome.ref, key=(public_id, outcome.ref))
    receive(envelope, partial(_store, token, outcome))
    return Response(STORED, mimetype="application/json")


def _store(token: Token, outcome: Callback, envelope: Envelope) -> Stored | None:
    if isinstance(token, JobToken):
        return store_callback(token.organization_id, envelope, token.transcript_id, outcome.status, outcome.reason, token.submission)
    return store_words(token.organization_id, envelope, outcome.conversation(), outcome.transcript())


def _outcome(body: bytes) -> Callback:
    try:
        return Callback.of(read(body), body)
    except NotJsonError:
        raise Refused(400, "not_json", "the body is not JSON; send what Deepgram returns, unchanged") from None
