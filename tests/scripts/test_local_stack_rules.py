"""What the local stack promises about secrets, locks, leftovers and the Procfile."""

import os
import shlex
import socket
import stat
import subprocess
import sys

import psutil
import pytest

from scripts import run
from scripts.stack import commands, environment, leftovers, local_settings, places, ports, private_file, running, single, twin
from scripts.stack.errors import StackError
from tests.support.processes import until


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
    _become_what_they_will_be(ours, others)
    try:
        assert leftovers.end(here) == ["1 processes"]
        ours.wait(30)
        assert not psutil.pid_exists(ours.pid)
        assert psutil.pid_exists(others.pid)
        assert others.poll() is None
    finally:
        others.kill()
        others.wait()


def _become_what_they_will_be(*processes: "subprocess.Popen[bytes]") -> None:
    # until then they are copies of ourselves, with our environment
    for process in processes:
        until(lambda: "time.sleep(60)" in " ".join(psutil.Process(process.pid).cmdline()), "it runs")  # noqa: B023  # called within this round


def test_a_taken_port_is_left_to_its_owner() -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        taken = owner.getsockname()[1]
        assert ports.free(taken) != taken


def test_a_port_that_the_shell_names_is_taken_or_refused(here: places.Places, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        port = owner.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        owner.listen()
        with pytest.raises(StackError, match=f"Port {port} is taken"):
            environment.addresses(here)
    assert environment.addresses(here).web_port == port
    assert local_settings.recall(here, "web_port") is None
    monkeypatch.setenv("PORT", "http")
    with pytest.raises(StackError, match="PORT is 'http'"):
        environment.addresses(here)


def test_a_usual_port_that_is_taken_is_told(
    here: places.Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PORT", raising=False)
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        taken = owner.getsockname()[1]
        local_settings.keep(here, web_port=str(taken))
        found = environment.addresses(here)
    assert f"port {taken} was taken: web gets {found.web_port}" in capsys.readouterr().out


def test_the_last_runs_logs_are_kept_one_run_long(here: places.Places) -> None:
    for name in ("web.log", "web.log.1", "install.log"):
        (here.logs / name).write_text(name)
    running.keep_last_logs(here)
    assert sorted(path.name for path in here.logs.iterdir()) == ["install.log", "web.log.1"]
    assert (here.logs / "web.log.1").read_text() == "web.log"


@pytest.mark.parametrize(("database_url", "exchanges"), [("", True), ("postgresql://theirs/x", False)])
def test_accounts_are_exchanged_in_our_own_database_only(
    here: places.Places,
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
    exchanges: bool,  # noqa: FBT001  # a table's column
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    found = environment.of_stack(here, environment.Addresses(8123, 5123, 8923), "postgresql://x/y", "redis://x")
    assert (environment.EXCHANGE in found) is exchanges


def test_a_command_runs_in_the_environment_of_the_running_stack(here: places.Places) -> None:
    variables = {environment.MARK: str(here.run), "SECRET_KEY": "kept", "PATH": "/usr/bin:/bin"}
    stranger, ours = (
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=env) for env in ({"SECRET_KEY": "other"}, variables)
    )
    _become_what_they_will_be(stranger, ours)
    try:
        assert run.of_running(here) is None
        private_file.write(here.card, {"pids": {"beat": stranger.pid, "worker": ours.pid}})
        assert (run.of_running(here) or {})["SECRET_KEY"] == "kept"
    finally:
        for process in (stranger, ours):
            process.kill()
            process.wait()


def test_a_script_gets_the_commands_own_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make` makes 2 of each; README names this way round it."""
    monkeypatch.setattr("scripts.stack.single.holder", lambda _: 1)
    monkeypatch.setattr(run, "of_running", lambda _: {"SECRET_KEY": "kept"})
    assert run.main(['test "$SECRET_KEY" = kept && exit 7']) == 7
    assert '-m scripts.run "celery -A tasks invariants"' in (places.ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("typed", ["doctor", "why CA1 --json"])
def test_a_subcommand_of_ours_alone_says_how_it_is_typed(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([typed]) == 2
    assert f'did you mean make run CMD="celery -A tasks {typed}"?' in capsys.readouterr().err


def test_a_program_of_the_name_of_a_subcommand_is_that_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.stack.single.holder", lambda _: 1)
    monkeypatch.setattr(run, "of_running", lambda _: {})
    assert run.main(["diff Makefile Makefile"]) == 0


def test_a_command_without_a_stack_says_how_to_start_one() -> None:
    done = subprocess.run([sys.executable, "-m", "scripts.run"], capture_output=True, text=True, check=False, cwd=places.ROOT)
    assert done.returncode == 2
    assert 'make run CMD="celery -A tasks keys create' in done.stderr


def test_the_first_ctrl_c_is_acknowledged_and_obeyed_at_the_next_phase() -> None:
    program = """
import os, signal
from scripts.stack import interruption
interruption.listen()
interruption.check()
os.kill(os.getpid(), signal.SIGINT)
try:
    interruption.check()
except interruption.Interrupted:
    os.kill(os.getpid(), signal.SIGINT)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=places.ROOT)
    assert done.stdout.splitlines() == ["Stopping…", "Still stopping: running tasks get time to finish."]


def test_every_process_but_release_can_be_started_with_exec() -> None:
    for name, command in commands.procfile().items():
        first = shlex.split(command)[0]
        assert name == "release" or "=" not in first, f"{name}: write `env {first} …`, or exec fails"


def test_a_failing_command_shows_what_it_said(here: places.Places) -> None:
    with pytest.raises(StackError, match="no such table"):
        commands.run("echo no such table >&2; exit 3", {"PATH": "/usr/bin:/bin"}, here.logs / "setup.log")


def test_processes_listen_on_loopback_here_and_flower_remembers(here: places.Places) -> None:
    where = environment.Addresses(8123, 5123, 8923)
    common = environment.of_stack(here, where, "postgresql://x/y", "redis://x")
    assert environment.of_process("web", common, where, here)["GUNICORN_CMD_ARGS"] == "--bind 127.0.0.1:8123"
    flower = environment.of_process("flower", common, where, here)
    assert (flower["FLOWER_ADDRESS"], flower["FLOWER_DB"]) == ("127.0.0.1", str(here.run / "flower.db"))
    elsewhere = environment.of_process("flower", {**common, "FLOWER_DB": "/disk/flower"}, where, here)
    assert elsewhere["FLOWER_DB"] == "/disk/flower", "who names a file gets it"


def test_who_has_no_vendors_key_talks_to_the_twin(here: places.Places, monkeypatch: pytest.MonkeyPatch) -> None:
    where = environment.Addresses(8123, 5123, 8923)
    for name in (*twin.REAL, "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    common = environment.of_stack(here, where, "postgresql://x/y", "redis://x")
    assert {common[f"{vendor}_BASE_URL"] for vendor in ("TWILIO", "DEEPGRAM")} == {where.twin}
    assert common["OPENAI_BASE_URL"] == f"{where.twin}/v1"
    assert "--port 8923" in twin.command(8923, "https://hookline.example", where.web)


@pytest.mark.parametrize("name", twin.REAL)
def test_whoever_means_a_real_vendor_gets_no_twin_at_all(here: places.Places, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other in twin.REAL:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", f"AC{'0' * 32}")
    monkeypatch.setenv(name, os.environ.get(name) or "http://127.0.0.1:1")
    common = environment.of_stack(here, environment.Addresses(8123, 5123, 8923), "postgresql://x/y", "redis://x")
    assert not any("8923" in value for key, value in common.items() if key.endswith("_BASE_URL"))
