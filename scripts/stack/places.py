"""Where the local stack keeps its files."""

import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOCKET_PATH_MAX_BYTES = 100  # the kernel takes 107 (macOS 103) and the servers append a name to the folder
PLAIN = re.compile(r"[\w./+@-]+", re.ASCII)
SOCKET_NAME_BYTES = len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one stack, all under ``run``; ``short`` moves elsewhere where ``run`` is too deep for a socket's path."""

    run: Path

    @property
    def postgres(self) -> Path:
        return self.run / "postgres"

    @property
    def redis(self) -> Path:
        return self.run / "redis"

    @property
    def flower(self) -> Path:
        """What Flower remembers over its restarts."""
        return self.run / "flower.db"

    @property
    def logs(self) -> Path:
        return self.run / "logs"

    @property
    def card(self) -> Path:
        return self.run / "stack.json"

    @property
    def local_settings(self) -> Path:
        return self.run / "local.json"

    @property
    def lock(self) -> Path:
        return self.run / "stack.lock"

    @property
    def short(self) -> Path:
        """A folder whose sockets fit into the kernel's limit and whose name means nothing special to PostgreSQL."""
        if PLAIN.fullmatch(str(self.run)) and len(os.fsencode(self.run / "s")) + SOCKET_NAME_BYTES <= SOCKET_PATH_MAX_BYTES:
            return self.run
        mark = hashlib.sha256(os.fsencode(self.run)).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"hookline-{os.getuid()}-{mark}"

    @property
    def socket(self) -> Path:
        return self.short / "s"

    @property
    def temporary(self) -> Path:
        """TMPDIR of every process of the stack."""
        return self.short / "t"

    def make(self) -> None:
        """Create the folders; only their owner may look inside."""
        for folder in (self.run, self.logs, self.redis, self.short, self.temporary):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid != os.getuid():
                raise PermissionError(f"{folder} belongs to another user; remove it or run as its owner")

    def remove(self) -> None:
        """Delete all of it. Only call it when nothing runs there."""
        for folder in (self.socket, self.temporary, self.run):
            shutil.rmtree(folder, ignore_errors=True)
        if self.short.exists():
            self.short.rmdir()


def of(run: Path | None = None) -> Places:
    """The places of the stack in ``run``, by default ``.run/`` of this checkout."""
    return Places((run or ROOT / ".run").resolve())
