"""Sentry hears of a crash in web and worker, and not a word of a caller."""

import json
from collections.abc import Iterator

import pytest
import sentry_sdk
from celery import Celery
from flask import Flask, request
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from domain.errors import StepFailed
from observability import context, requests, sentry, trace
from tests.observability.canary import NUMBER, WORDS

CANARIES = (NUMBER, NUMBER[2:], WORDS, "chest", "s3cret")


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope)

    def text(self) -> str:
        return "".join(envelope.serialize().decode() for envelope in self.sent)


@pytest.fixture
def transport() -> Iterator[Kept]:
    kept = Kept()
    before = sentry_sdk.get_global_scope().client
    sentry.setup("https://public@sentry.example/1", "test", "web", transport=kept)
    yield kept
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(before)


def _assert_clean(text: str) -> None:
    assert [canary for canary in CANARIES if canary in text] == []


def test_crash_of_the_front_is_reported_without_the_request(transport: Kept) -> None:
    app = Flask(__name__)
    requests.follow(app)

    @app.post("/webhooks/deepgram/<token>")
    def crash(token: str) -> str:
        words = request.get_data(as_text=True)
        raise ValueError(f"cannot read {words} of {token}")

    headers = {"Authorization": "Basic s3cret", "X-Trace-Id": "trace-of-the-crash", "X-Caller": NUMBER, "Cookie": f"a={NUMBER}"}
    path = f"/webhooks/deepgram/s3cret-token?from={NUMBER}"
    answer = app.test_client().post(path, data={"Body": f"{WORDS} {NUMBER}"}, headers=headers)
    assert answer.status_code == 500
    [envelope] = transport.sent
    event = envelope.get_event()
    assert event is not None
    assert event["exception"]["values"][-1]["type"] == "ValueError"
    assert event["transaction"] == "/webhooks/deepgram/<token>"
    assert event["request"] == {"method": "POST"}
    assert event["tags"]["trace_id"] == "trace-of-the-crash"
    assert "vars" not in json.dumps(event["exception"])
    _assert_clean(transport.text())


def test_crash_of_a_task_is_reported_without_its_words(transport: Kept) -> None:
    celery = Celery("test", broker="memory://", set_as_current=False)

    def work(run_id: str, words: str) -> None:
        raise KeyError(f"{words} {NUMBER}") from ValueError(WORDS)

    crash = celery.task(name="transcript.classify_speakers", shared=False)(work)
    with trace.traced("trace-of-the-task"):
        crash.apply(args=("run-1", f"{WORDS} {NUMBER}"))
    [envelope] = transport.sent
    event = envelope.get_event()
    assert event is not None
    assert [value["type"] for value in event["exception"]["values"]] == ["ValueError", "KeyError"]
    assert event["transaction"] == "transcript.classify_speakers"
    _assert_clean(transport.text())


def test_our_own_errors_keep_their_code(transport: Kept) -> None:
    sentry_sdk.capture_exception(StepFailed("openai:rate_limited"))
    event = transport.sent[0].get_event()
    assert event is not None
    assert event["exception"]["values"][0]["value"] == "openai:rate_limited"


def test_what_is_told_can_be_cut_by_stage_vendor_and_code(transport: Kept) -> None:
    sentry.tell("run_died", "openai:rate_limited", {"stage": "generate_reply", "run": "run-1"})
    tags = _tags(transport)
    assert (tags["stage"], tags["vendor"], tags["code"], tags["process"]) == ("generate_reply", "openai", "openai:rate_limited", "web")


def test_a_bug_is_told_with_its_place_and_whose_work_it_was(transport: Kept) -> None:
    context.begin()
    context.about(organization="org-1", conversation="conversation-1", stage="transcribe", run="run-1")
    try:
        with context.asking("deepgram"), trace.traced("trace-of-the-bug"):
            try:
                dict[str, str]()[f"{WORDS} {NUMBER}"]
            except KeyError as error:
                sentry.tell("step_broke", "KeyError", {"stage": "transcribe"}, error)
    finally:
        context.end()
    tags = _tags(transport)
    known = {"organization": "org-1", "conversation": "conversation-1", "stage": "transcribe", "run": "run-1", "vendor": "deepgram"}
    assert {name: tags[name] for name in known} == known
    assert (tags["trace_id"], tags["code"]) == ("trace-of-the-bug", "KeyError")
    event = transport.sent[0].get_event()
    assert event
    assert event["exception"]["values"][-1]["stacktrace"]["frames"]
    _assert_clean(transport.text())


def _tags(transport: Kept) -> dict[str, str]:
    event = transport.sent[0].get_event()
    assert event
    tags: dict[str, str] = dict(event["tags"])
    return tags


def test_what_somebody_attaches_is_scrubbed_too(transport: Kept) -> None:
    scope = sentry_sdk.get_isolation_scope()
    scope.set_extra("note", {"deep": [f"ring {NUMBER}", {"text": WORDS}]})
    scope.set_context("call", {"their_number": NUMBER, "body": WORDS})
    sentry_sdk.add_breadcrumb(message=f"{WORDS} {NUMBER}")
    sentry_sdk.capture_message(f"{WORDS} {NUMBER} " * 10)
    scope.clear()
    _assert_clean(transport.text())
    assert len(transport.sent) == 1
