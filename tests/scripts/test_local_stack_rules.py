"""What the local stack promises about secrets, locks, leftovers and the Procfile."""

import os
import shlex
import socket
import stat
import subprocess
import sys
import time

import psutil
import pytest

from scripts.stack import commands, environment, leftovers, local_settings, places, ports, private_file, single
from scripts.stack.errors import StackError


def test_generated_secrets_survive_a_restart_and_are_for_their_owner_only(here: places.Places) -> None:
    first = local_settings.load(here, {})
    assert local_settings.load(here, {}) == first
    assert first["TWILIO_ACCOUNT_SID"].startswith("AC")
    assert len(first["TWILIO_ACCOUNT_SID"]) == len("AC") + 32
    assert stat.S_IMODE(here.local_settings.stat().st_mode) == 0o600


def test_what_the_shell_sets_is_never_invented(here: places.Places) -> None:
    given = {"SECRET_KEY": "mine", "TWILIO_ACCOUNT_SID": "ACmine", "TWILIO_AUTH_TOKEN": "mine"}
    assert set(local_settings.load(here, given)) == {"FLOWER_BASIC_AUTH"}


def test_half_of_twilios_pair_is_refused(here: places.Places) -> None:
    with pytest.raises(StackError, match="TWILIO_AUTH_TOKEN is set alone"):
        local_settings.load(here, {"TWILIO_AUTH_TOKEN": "mine"})


def test_a_damaged_file_of_secrets_counts_as_none(here: places.Places) -> None:
    here.local_settings.write_text("{")
    assert private_file.read(here.local_settings) == {}


def test_a_second_stack_is_told_who_holds_the_lock(here: places.Places) -> None:
    with single.held(here.lock):
        with pytest.raises(single.AlreadyRunningError) as refused, single.held(here.lock):
            pass
        assert refused.value.pid == os.getpid()
        assert single.holder(here.lock) == os.getpid()
    assert single.holder(here.lock) is None


def test_a_lock_file_of_a_killed_stack_holds_nobody_up(here: places.Places) -> None:
    here.lock.write_text("4194304")
    assert single.holder(here.lock) is None
    with single.held(here.lock):
        assert here.lock.read_text() == str(os.getpid())


def test_processes_of_a_killed_stack_are_ended_and_others_are_not(here: places.Places) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    ours = subprocess.Popen(sleeper, env={environment.MARK: str(here.run)})
    others = subprocess.Popen(sleeper, env={environment.MARK: "/somewhere/else/.run"})
    time.sleep(0.2)  # until both have become what they will be
    try:
        assert leftovers.end(here) == ["1 processes"]
        ours.wait(5)
        assert not psutil.pid_exists(ours.pid)
        assert psutil.pid_exists(others.pid)
        assert others.poll() is None
    finally:
        others.kill()
        others.wait()


def test_a_taken_port_is_left_to_its_owner() -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        taken = owner.getsockname()[1]
        assert ports.free(taken) != taken


def test_every_process_but_release_can_be_started_with_exec() -> None:
    for name, command in commands.procfile().items():
        first = shlex.split(command)[0]
        assert name == "release" or "=" not in first, f"{name}: write `env {first} …`, or exec fails"


def test_a_failing_command_shows_what_it_said(here: places.Places) -> None:
    with pytest.raises(StackError, match="no such table"):
        commands.run("echo no such table >&2; exit 3", {"PATH": "/usr/bin:/bin"}, here.logs / "setup.log")


def test_the_web_process_listens_on_loopback_here(here: places.Places) -> None:
    where = environment.Addresses(8123, 5123)
    common = environment.of_stack(here, where, "postgresql://x/y", "redis://x")
    assert environment.of_process("web", common, where)["GUNICORN_CMD_ARGS"] == "--bind 127.0.0.1:8123"
    assert environment.of_process("flower", common, where)["FLOWER_ADDRESS"] == "127.0.0.1"
