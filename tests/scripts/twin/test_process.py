"""The twin as a process, and under load."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from scripts import twin
from scripts.twin import config
from scripts.twin.client import TwinClient
from tests.architecture.source import ROOT
from tests.support.processes import until

AT_ONCE = 50
HANGS_S = 600


@pytest.fixture
def process() -> Iterator[tuple["subprocess.Popen[str]", TwinClient]]:
    env = {**os.environ, "OPENAI_API_KEY": "from-the-environment"}
    command = [sys.executable, "-m", "scripts.twin", "--port", "0", "--route", "https://hookline.example=http://127.0.0.1:1"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout
            yield started, TwinClient(started.stdout.readline().split()[-1])
        finally:
            started.kill()


def test_it_says_where_it_is_and_ends_at_once_although_somebody_waits(process: tuple["subprocess.Popen[str]", TwinClient]) -> None:
    started, t = process
    t.misbehave("openai", "hang", delay_s=HANGS_S)
    _left_waiting(t, f"{t.openai_url}/responses")
    started.send_signal(signal.SIGTERM)
    assert started.wait(timeout=HANGS_S / 10) == 0


def test_it_takes_its_keys_from_the_environment_and_its_routes_from_the_command_line(
    process: tuple["subprocess.Popen[str]", TwinClient],
) -> None:
    _, t = process
    headers = {"Authorization": "Bearer from-the-environment"}
    assert requests.post(f"{t.openai_url}/responses", json={"model": "m"}, headers=headers, timeout=10).status_code == 200
    assert t.play_message("https://hookline.example").startswith("SM")


def test_it_listens_on_loopback_only(t: TwinClient) -> None:
    port = int(t.url.rpartition(":")[2])
    with socket.socket() as elsewhere:
        elsewhere.bind(("127.0.0.2", port))  # free, because the twin has 127.0.0.1 and not every address


def test_fifty_wait_at_the_same_time(t: TwinClient) -> None:
    t.speed(1)
    t.misbehave("openai", "accept_then_hang", delay_s=0.5)

    def ask(_: int) -> int:
        headers = {"Authorization": f"Bearer {config.OPENAI_KEY}"}
        return requests.post(f"{t.openai_url}/responses", json={"model": "m"}, headers=headers, timeout=60).status_code

    begin = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert set(threads.map(ask, range(AT_ONCE))) == {200}
    assert time.monotonic() - begin < AT_ONCE * 0.5 / 2
    assert sum(entry.paid for entry in t.log(vendor="openai")) == AT_ONCE


def test_it_ends_although_somebody_waits() -> None:
    with twin.running() as t:
        t.misbehave("deepgram", "hang", delay_s=HANGS_S)
        _left_waiting(t, f"{t.url}/v1/listen")
        begin = time.monotonic()
    assert time.monotonic() - begin < HANGS_S / 10


def _left_waiting(t: TwinClient, url: str) -> None:
    """Somebody asks, hears nothing and goes; the twin does not notice and hangs on."""
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, timeout=(10, 0.1))
    until(lambda: t.log(direction="in"), "the twin has heard the question")
