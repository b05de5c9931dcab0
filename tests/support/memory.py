"""Where tests keep what goes with them: in memory if there is room, for it is all thrown away, and some disks are slow."""

import os
import shutil
import tempfile
from pathlib import Path

from scripts.stack import places

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it is ours alone
# a database server and its copies for each test process, and those of the houses that are harmed
ROOM_BYTES = 6 * 2**30


def folder() -> Path:
    """A folder of ours alone. Raises PermissionError if somebody else has taken its name."""
    if not _roomy():
        return places.ROOT / ".run" / "tests"
    mine = SHARED_MEMORY / f"hookline-tests-{os.getuid()}"
    # others may pass through: PostgreSQL does not run as root
    mine.mkdir(mode=0o711, exist_ok=True)
    if mine.stat().st_uid != os.getuid():
        raise PermissionError(f"{mine} belongs to another user; remove it or run as its owner")
    return mine


def _roomy() -> bool:
    """Whether programs may be started from there, too: tests make some."""
    if not os.access(SHARED_MEMORY, os.W_OK) or os.statvfs(SHARED_MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(SHARED_MEMORY).free >= ROOM_BYTES


def take_temporary_files() -> None:
    """Let this process and those that it starts keep temporary files there, unless they were told where."""
    if "TMPDIR" in os.environ or not _roomy():
        return
    temporary = folder() / "tmp"
    temporary.mkdir(mode=0o711, exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
