"""A whole house that a test may harm from outside: servers of its own, the Procfile's processes, vendors of a twin, and its doctor."""

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import requests

from benchmarks.harness import database
from benchmarks.harness.processes import Process
from benchmarks.harness.product import READY_WORKER
from scripts import twin as twins
from scripts.stack import places, ports, redis_server
from scripts.stack import twin as stack_twin
from scripts.twin.client import TwinClient
from scripts.twin.config import Config
from tests.support import commands, processes
from tests.support.signing import ACCOUNT_SID, FORM, twilio_signature

# a machine that stands still for seconds must not look like a house that does
WITHIN_S = 150.0
SECRET = "5f0c1e7d92ab4483b6d7e8f90a1b2c3d"
KEYS = ("DEEPGRAM_API_KEY", "OPENAI_API_KEY")
SMS = "/webhooks/twilio/sms"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the doctor said."""

    code: int
    findings: list[dict[str, Any]]
    progress: str

    def of(self, code: str) -> dict[str, Any] | None:
        """The first finding of a code."""
        return next((finding for finding in self.findings if finding["code"] == code), None)

    @property
    def heavy(self) -> list[dict[str, Any]]:
        """What is more than a note."""
        return [finding for finding in self.findings if finding["weight"] != "fine"]


@dataclass(slots=True)
class House:
    """``environment`` is what a host has set; processes have what it was when they were started.

    ``keys`` are the vendors' that only some drills set: their clients take seconds to load on a busy machine.
    """

    folder: Path
    environment: dict[str, str]
    redis: redis_server.Redis
    twin: TwinClient
    tokens: dict[str, str]
    port: int
    keys: dict[str, str]
    running: dict[str, Process] = field(default_factory=dict)

    def doctor(self, *options: str, **changed: str) -> Verdict:
        """Run it as a person does, in this environment with these changes; "" unsets."""
        given = {**processes.surroundings(processes.ROOT), **self.environment, **changed}
        environment = {name: value for name, value in given.items() if value}
        done = commands.celery("doctor", "--json", *options, environment=environment)
        assert done.stdout.startswith("{"), done.stderr
        return Verdict(done.returncode, json.loads(done.stdout)["findings"], done.stderr)

    def why(self, name: str) -> dict[str, Any]:
        """What `why` says of an id, in the environment of now."""
        environment = {**processes.surroundings(processes.ROOT), **self.environment}
        done = commands.celery("why", "--json", name, environment=environment)
        assert done.stdout.startswith("{"), done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told | {"exit_code": done.returncode}

    def until_why(self, name: str, code: str) -> dict[str, Any]:
        """The same, as soon as the cause has this code; fails with the last answer."""
        last: list[dict[str, Any]] = []

        def look() -> dict[str, Any] | None:
            last[:] = [self.why(name)]
            return last[0] if last[0]["code"] == code else None

        try:
            return processes.until(look, code, WITHIN_S)
        except AssertionError as error:
            raise AssertionError(f"{error}; the last answer was {last}") from None

    def finds(self, code: str, *options: str, **changed: str) -> dict[str, Any]:
        """The finding of this code, as soon as the doctor names it; then it ends with 1 if anything is broken."""

        def look() -> dict[str, Any] | None:
            verdict = self.doctor(*options, **changed)
            assert verdict.code == any(finding["weight"] == "broken" for finding in verdict.findings)
            return verdict.of(code)

        return processes.until(look, f"doctor finds {code}", WITHIN_S)

    def is_well(self, *options: str, **changed: str) -> None:
        """Returns as soon as the doctor has nothing but notes; fails with what it goes on finding."""
        last: list[Verdict] = []

        def look() -> bool:
            last[:] = [self.doctor(*options, **changed)]
            return not last[0].heavy and last[0].code == 0

        try:
            processes.until(look, "all is well", WITHIN_S)
        except AssertionError:
            raise AssertionError(f"not well: {last[0].heavy}") from None

    def start(self, name: str) -> Process:
        """One of the Procfile's, in the environment of now."""
        own = {"PORT": str(self.port), "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{self.port}"} if name == "web" else {}
        self.running[name] = process = processes.started(name, self.folder, processes.ROOT, "", **self.environment, **own)
        if name == "web":
            processes.until(self._answers, f"web answers; its log is {process.log}", WITHIN_S)
        elif name != "beat":
            process.ready(READY_WORKER, timeout_s=processes.READY_WITHIN_S)
        return process

    def type(self, name: str, command: str) -> Process:
        """Start a process in place of the one of this name, by a command that was printed."""
        if name in self.running:
            self.running[name].kill_group()
        environment = {**processes.surroundings(processes.ROOT), "TMPDIR": str(self.folder), **self.environment}
        log = self.folder / f"{name}-printed-{uuid4().hex}.log"
        # a shell puts the values of variables in, as a person's does
        self.running[name] = process = Process(name, f"/bin/sh -c {shlex.quote(f'exec {command}')}", environment, log)
        process.start()
        return process

    def restart(self, name: str) -> None:
        """As a host does when its settings were changed, without the patience."""
        self.running[name].kill_group()
        self.start(name)

    def restart_all(self) -> None:
        """As a host does when a setting was changed that several of them have."""
        for name in ("web", "worker", "batch", "beat"):
            self.restart(name)

    def run(self, command: str, **changed: str) -> None:
        """A command that a fix names, in a shell, in the environment of now."""
        done = commands.typed(command, {**processes.surroundings(processes.ROOT), **self.environment, **changed})
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """The database, from outside."""
        return database.rows(self.environment["DATABASE_URL"], query, *parameters)

    def deliver(self, base: str, token: str, sid: str = "") -> int:
        """Twilio delivers an SMS to the front that it knows by this address; the status of the answer."""
        pairs = {"AccountSid": ACCOUNT_SID, "MessageSid": sid or new_sid(), "From": "+14155550123", "To": "+14155550199", "Body": "hello"}
        headers = {"X-Twilio-Signature": twilio_signature(base + SMS, pairs.items(), token), "Content-Type": FORM}
        return requests.post(base + SMS, data=urlencode(pairs), headers=headers, timeout=30).status_code

    def sends(self) -> str:
        """The MessageSid of an SMS that comes in as it should."""
        sid = new_sid()
        assert self.deliver(self.environment["PUBLIC_BASE_URL"], self.environment["TWILIO_AUTH_TOKEN"], sid) == 200
        return sid

    def is_done(self, sid: str) -> None:
        """Returns as soon as the message is worked off."""
        query = "SELECT t.processing_status FROM transcripts AS t WHERE source_ref = %s AND t.processing_status = 'completed'"
        processes.until(lambda: self.rows(query, sid), f"{sid} is completed", WITHIN_S)

    def restart_redis(self) -> None:
        """It comes back where it was."""
        self.redis = redis_server.start(places.of(self.folder), self.redis.url)

    def stop(self) -> None:
        """End all that was started."""
        for process in self.running.values():
            process.kill_group()
        self.redis.stop()

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/health", timeout=5).ok
        except requests.RequestException:
            return False


def new_sid() -> str:
    """A MessageSid that nobody has."""
    return f"SM{uuid4().hex}"


@contextmanager
def standing(folder: Path, database_url: str) -> Iterator[House]:
    """Released, with web, worker, batch and beat at work."""
    here = places.of(folder)
    here.make()
    tokens = {ACCOUNT_SID: "token-of-now-000000000000000000"}
    with twins.running(Config(tokens)) as twin:
        port, redis = ports.free(), redis_server.start(here)
        environment = _environment(database_url, redis.url, port, tokens[ACCOUNT_SID], twin.url)
        keys = {name: environment.pop(name) for name in KEYS}
        house = House(folder, environment, redis, twin, tokens, port, keys)
        try:
            house.run("alembic upgrade head && celery -A tasks setup")
            for name in ("web", "worker", "batch", "beat"):
                house.start(name)
            yield house
        finally:
            house.stop()


def _environment(database_url: str, redis_url: str, port: int, token: str, twin_url: str) -> dict[str, str]:
    own: Mapping[str, str] = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": SECRET,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": token,
        "ENVIRONMENT": "test",
    }
    return {**own, **stack_twin.settings(twin_url)}
