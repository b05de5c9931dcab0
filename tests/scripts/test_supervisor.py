"""Processes are kept running, and stopped without hurting their work."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from scripts.stack import places, postgres, redis_server
from scripts.stack.errors import StackError
from scripts.stack.server import Server
from scripts.stack.supervisor import LONGEST_BACKOFF_S, STEADY_AFTER_S, Child, Supervisor

WORKS_ON = """
import os, signal, subprocess, sys, time
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.6); open('helper-done', 'w').close()"])
def finish(number, frame):
    helper.wait()
    open("done", "w").close()
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
open("started", "w").close()
time.sleep(60)
"""
LEAVES_A_HELPER = """
import os, signal, subprocess, sys, time
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open("helper", "w").write(str(helper.pid))
time.sleep(60)
"""


def _child(here: places.Places, program: str) -> Child:
    script = here.run / "program.py"
    script.write_text(program)
    command = f"sh -c 'cd {here.run} && exec {sys.executable} {script}'"
    return Child("worker", command, {"PATH": "/usr/bin:/bin"}, here.logs / "worker.log")


def _wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_stopping_lets_a_program_and_its_pool_finish_their_work(here: places.Places) -> None:
    supervisor = Supervisor([_child(here, WORKS_ON)])
    supervisor.start()
    _wait_until((here.run / "started").exists)
    supervisor.stop()
    assert (here.run / "done").exists()
    assert (here.run / "helper-done").exists()


def test_a_program_that_ends_is_started_again_and_told(here: places.Places) -> None:
    child = _child(here, "import time; time.sleep(60)")
    told: list[dict[str, int]] = []
    supervisor = Supervisor([child])
    supervisor.changed = lambda: told.append(supervisor.pids())
    supervisor.start()
    supervisor.watch()
    first = supervisor.pids()["worker"]
    psutil.Process(first).kill()
    _wait_until(lambda: told)
    supervisor.stop()
    assert told[0]["worker"] != first
    assert not psutil.pid_exists(told[0]["worker"])


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_a_server_that_ends_is_started_again_where_it_was(here: places.Places, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    server = Server(name, lambda url: postgres.start(here) if name == "postgres" else redis_server.start(here, url))
    server.start()
    url, first = server.url, server.pid
    told: list[dict[str, int]] = []
    supervisor = Supervisor([], [server])
    supervisor.changed = lambda: told.append(supervisor.pids())
    supervisor.watch()
    try:
        assert first
        psutil.Process(first).kill()
        _wait_until(lambda: told)
    finally:
        supervisor.stop()
        server.stop()
    assert told[0][name] != first
    assert server.url == url
    assert not psutil.pid_exists(told[0][name])
    assert f"{name} ended; it starts again" in capsys.readouterr().out


def test_a_server_that_cannot_start_again_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: str) -> postgres.Postgres:
        raise StackError("the disk is full")

    supervisor = Supervisor([], [Server("postgres", refuse)])
    supervisor.watch()
    said = ""

    def says_what_to_do() -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return "make down; make up" in said

    _wait_until(says_what_to_do)
    supervisor.stop()
    assert "the disk is full" in said


def test_what_has_lived_long_is_started_again_at_once(here: places.Places, capsys: pytest.CaptureFixture[str]) -> None:
    steady, shaky = _child(here, ""), _child(here, "")
    for child, lived_s in ((steady, STEADY_AFTER_S + 1), (shaky, 1)):
        child.restarts, child.started = 6, time.monotonic() - lived_s
        supervisor = Supervisor([child])
        supervisor.watch()
        _wait_until(lambda: child.next_start)  # noqa: B023  # called within this round
        supervisor.stop()
    lines = [line for line in capsys.readouterr().out.splitlines() if "starts again" in line]
    assert ["in 0.5 s" in lines[0], f"in {LONGEST_BACKOFF_S:g} s" in lines[1]] == [True, True]


def test_a_killed_program_leaves_no_helper_behind(here: places.Places) -> None:
    supervisor = Supervisor([_child(here, LEAVES_A_HELPER)])
    supervisor.start()
    _wait_until(lambda: _text(here.run / "helper"))
    helper = psutil.Process(int(_text(here.run / "helper")))
    psutil.Process(supervisor.pids()["worker"]).kill()
    supervisor.stop()
    _wait_until(lambda: not helper.is_running() or helper.status() == psutil.STATUS_ZOMBIE)


def test_a_program_that_cannot_start_shows_the_tail_of_its_log(here: places.Places) -> None:
    child = _child(here, "raise SystemExit('SECRET_KEY is missing')")
    supervisor = Supervisor([child])
    supervisor.start()
    _wait_until(lambda: not child.is_alive())
    with pytest.raises(StackError, match="SECRET_KEY is missing"):
        supervisor.check()
    supervisor.stop()
