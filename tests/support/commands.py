"""Runs `celery -A tasks …` as a shell does, but in a copy of a process that has loaded the libraries: that is most of what one costs.

What is ours is loaded anew each time, in the environment and the folder of that time, and so is what reads either.
"""

import atexit
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from scripts.stack.places import ROOT

TIMEOUT_S = 150.0
ALL, SHELLS = "celery -A tasks ", set("&|;$`<>")
# nobody else's, so that whoever forks has one thread
LIBRARIES = (
    "celery.bin.base", "celery.bin.worker", "celery.bin.control", "celery.app.amqp", "celery.app.control", "kombu.transport.redis",
    "redis", "sqlalchemy",
    "sqlalchemy.dialects.postgresql", "sqlalchemy.orm", "psycopg2.extras", "marshmallow", "environs", "structlog", "click", "requests",
    "msgspec", "sentry_sdk", "http.client", "email.utils",
)  # fmt: skip


def celery(*arguments: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """One command in this environment, to its end."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder, "stdout"), Path(folder, "stderr")
        code = _typist().type({"arguments": arguments, "environment": dict(environment), "said": [str(path) for path in said]})
        stdout, stderr = (path.read_text(encoding="utf-8", errors="replace") for path in said)
    return subprocess.CompletedProcess(["celery", "-A", "tasks", *arguments], code, stdout, stderr)


def typed(command: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """A command as it is printed, to its end: by ``celery``, or by a shell if it needs one."""
    if command.startswith(ALL) and not set(command) & SHELLS:
        return celery(*shlex.split(command.removeprefix(ALL)), environment=environment)
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=ROOT, env=dict(environment), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )


class _Typist:
    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

        atexit.register(self.end)

    def end(self) -> None:
        """Nobody types any more."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()

    def type(self, what: Mapping[str, Any]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps(what)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@cache
def _typist() -> _Typist:
    return _Typist()


def _type(what: Mapping[str, Any]) -> int:
    """In the copy: become the command."""
    for number, path in enumerate(what["said"], start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(what["environment"])
    sys.argv = ["celery", "-A", "tasks", *what["arguments"]]
    try:
        import_module("celery.__main__").main()
    except SystemExit as error:
        if isinstance(error.code, str):
            sys.stderr.write(f"{error.code}\n")
            return 1
        return int(error.code or 0)
    return 0


def _serve() -> None:
    for name in LIBRARIES:
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = _type(json.loads(line))
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
