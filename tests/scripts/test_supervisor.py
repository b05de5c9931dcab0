"""Processes are kept running, and stopped without hurting their work."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from scripts.stack import places
from scripts.stack.errors import StackError
from scripts.stack.supervisor import Child, Supervisor

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
    deadline = time.monotonic() + 15
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
