"""A real worker process: JSON lines under the task's trace id, its crash told to Sentry, without a word of the caller."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from celery import signature

from tasks import app
from tests.observability.canary import NUMBER, WORDS

START_S = 60.0


class Sink(ThreadingHTTPServer):
    """Stands where Sentry would; keeps the bodies that it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.bodies: list[bytes] = []
        self.arrived = threading.Event()


class _Keep(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Sink)
        self.server.bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self.server.arrived.set()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def worker(sink: Sink) -> Iterator["subprocess.Popen[str]"]:
    """A prefork worker that reports to the sink."""
    options = [
        "-I",
        "tests.observability.crashing",
        "-Q",
        "crashes",
        "-c",
        "1",
        "-n",
        "crashing@%h",
        "--without-gossip",
        "--without-mingle",
    ]
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--loglevel=INFO", *options]
    environment = os.environ | {"SENTRY_DSN": f"http://public@127.0.0.1:{sink.server_port}/1"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)


def test_worker_tells_of_a_crash_in_lines_and_to_sentry_without_the_words(worker: "subprocess.Popen[str]", sink: Sink) -> None:
    ring = signature("test.crash", args=("run-1",), app=app, queue="crashes", argsrepr="run:1", kwargsrepr="{}")
    ring.stamp(trace_id="trace-of-the-crash")
    ring.apply_async()
    assert sink.arrived.wait(START_S), "Sentry was told nothing"
    worker.send_signal(signal.SIGTERM)
    out, _ = worker.communicate(timeout=START_S)
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    sent = b"".join(sink.bodies).decode()
    event = json.loads(next(line for line in sent.splitlines() if '"exception"' in line))
    assert [value["type"] for value in event["exception"]["values"]] == ["ValueError"]
    assert (event["transaction"], event["tags"]["trace_id"]) == ("test.crash", "trace-of-the-crash")
    assert (event["release"].partition("@")[0], event["environment"], event["tags"]["process"]) == ("hookline", "test", "worker")
    [failure] = [line for line in lines if line["level"] == "error"]
    assert (failure["trace_id"], failure["error"]) == ("trace-of-the-crash", "ValueError")
    told = out + sent
    assert [canary for canary in (WORDS, "chest", NUMBER, NUMBER[2:]) if canary in told] == []
