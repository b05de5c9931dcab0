"""A whole house beside a twin and a Redis of its own, to be ended all at once and started again; and a person who asks it."""

import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests

from benchmarks.harness.processes import Process
from benchmarks.harness.product import READY_WORKER
from db import api_keys
from scripts import twin as twins
from scripts.stack import places, ports, redis_server
from scripts.twin.client import TwinClient
from scripts.twin.config import Config
from tasks import dispatch
from tests.support import processes, vendor_house
from tests.support.factories import OrganizationFactory
from tests.support.processes import until
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_BASE_URL

# one worker takes from every queue: what it proves is the same, and it is started twice
QUEUES = f"-Q {','.join(dispatch.QUEUES)}"
OPS = ("ops", "secret")
# many commands in one new process, each as a person types it: exit code and all that it prints
TYPED = """
import json, sys
from celery.bin.celery import celery
from click.testing import CliRunner

done = {line: CliRunner().invoke(celery, ["-A", "tasks", *line.split()]) for line in sys.argv[1:]}
print(json.dumps({line: f"{one.exit_code} {one.output}" for line, one in done.items()}))
"""


class WholeHouse:
    """Front, worker, beat and Flower with a disk, as the Procfile starts them, at addresses that stay."""

    def __init__(self, stack: ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Started; whatever happens, all of it ends with ``stack``."""
        self._stack, self._folder = stack, folder
        self._here = places.of(folder / "run")
        self._here.make()
        self._redis = redis_server.start(self._here)
        stack.callback(lambda: self._redis.stop())  # noqa: PLW0108 - whichever runs by then
        self._ports = {name: ports.free() for name in ("web", "flower")}
        self.url, self.flower_url = (f"http://127.0.0.1:{port}" for port in self._ports.values())
        self.twin: TwinClient = stack.enter_context(twins.running(Config({ACCOUNT_SID: AUTH_TOKEN}, routes={PUBLIC_BASE_URL: self.url})))
        for name, value in {**vendor_house.settings(self.twin), "REDIS_URL": self._redis.url}.items():
            patch.setenv(name, str(value))
        _, self._operator = api_keys.create(OrganizationFactory.create(slug="default").id, "prometheus")
        self._running: dict[str, Process] = {}
        self.start()

    def start(self) -> None:
        """All processes, side by side; ready when it returns."""
        own = {
            "web": {"PORT": str(self._ports["web"]), "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{self._ports['web']}"},
            "flower": {
                "PORT": str(self._ports["flower"]),
                "FLOWER_BASIC_AUTH": ":".join(OPS),
                "FLOWER_ADDRESS": "127.0.0.1",
                "FLOWER_DB": str(self._folder / "flower.db"),
            },
        }
        for name in ("web", "worker", "beat", "flower"):
            options = QUEUES if name == "worker" else ""
            self._running[name] = processes.started(name, self._folder, processes.ROOT, options, **own.get(name, {}))
            self._stack.callback(self._running[name].kill_group)
        self._running["worker"].ready(READY_WORKER, timeout_s=processes.READY_WITHIN_S)
        until(lambda: _answers(f"{self.url}/ready") and _answers(f"{self.flower_url}/api/tasks"), "front and Flower answer")

    def restart(self) -> None:
        """Everything but PostgreSQL ends, the worker by SIGKILL; Redis comes back empty; then everything starts again."""
        self._running["worker"].kill_group()
        for name in ("web", "beat", "flower"):
            self._running[name].stop()
        assert not any(process.is_alive() for process in self._running.values())
        self._redis.stop()
        shutil.rmtree(self._here.redis)
        self._redis = redis_server.start(self._here, self._redis.url)
        self.start()

    def type(self, *lines: str) -> dict[str, str]:
        """Celery subcommands, typed into a process of their own; by line, the exit code and what was printed."""
        environment = processes.surroundings(processes.ROOT)
        command = [sys.executable, "-c", TYPED, *lines]
        ran = subprocess.run(command, cwd=processes.ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False)
        assert ran.returncode == 0, ran.stderr
        told: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
        return told

    def metrics(self) -> list[str]:
        """The lines of /metrics that are figures, as soon as the last hour could be read in time."""

        def read() -> list[str]:
            answer = requests.get(f"{self.url}/metrics", headers={"Authorization": f"Bearer {self._operator}"}, timeout=60)
            assert answer.ok, answer.text
            lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
            return lines if "hookline_recent_unread 0.0" in lines else []

        return until(read, "the last hour is read")

    def read(self, organization_id: UUID, *paths: str) -> dict[str, Any]:
        """What /v1 answers to a customer."""
        _, key = api_keys.create(organization_id, "customer")
        return {path: requests.get(f"{self.url}{path}", headers={"Authorization": f"Bearer {key}"}, timeout=30).json() for path in paths}

    def flower(self) -> dict[str, dict[str, object]]:
        """Flower's tasks by their ids, as soon as all have ended; without those of the plant, which go on every minute."""

        def read() -> dict[str, dict[str, object]]:
            listed = requests.get(f"{self.flower_url}/api/tasks?limit=1000", auth=OPS, timeout=60).json()
            found = {uuid: task for uuid, task in listed.items() if not str(task["name"]).startswith("plant.")}
            return found if {task["state"] for task in found.values()} <= {"SUCCESS", "FAILURE"} else {}

        return until(read, "Flower has seen the end of every task")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, auth=OPS, timeout=30).ok
    except requests.RequestException:
        return False
