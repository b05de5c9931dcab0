"""Who runs PostgreSQL: it refuses root, so root lends it the identity of a user without rights."""

import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.stack.errors import StackError

CANDIDATES = ("postgres", "nobody")
SEARCH = stat.S_IXOTH


@dataclass(frozen=True, slots=True)
class Identity:
    """What ``subprocess`` wants to know; all None means: the user we are."""

    user: int | None = None
    group: int | None = None
    extra_groups: tuple[int, ...] | None = None


def identity() -> Identity:
    """The identity for PostgreSQL. Raises StackError if root has nobody to lend one from."""
    if os.geteuid() != 0:
        return Identity()
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(entry.pw_uid, entry.pw_gid, ())
    raise StackError(
        f"PostgreSQL refuses to run as root, and this machine has no user {' or '.join(CANDIDATES)}: add one, or set DATABASE_URL."
    )


def give(folder: Path) -> None:
    """Make the folder the service user's own."""
    who = identity()
    if who.user is not None and who.group is not None:
        os.chown(folder, who.user, who.group)


def let_reach(program: Path, *folders: Path) -> None:
    """Let the service user walk to the folders and read the program.

    The way gets the right to pass, never the right to read what lies beside it.
    """
    if identity().user is None:
        return
    for path in {parent for folder in (program, *folders) for parent in folder.resolve().parents}:
        _add(path, SEARCH)
    for path in _everything_in(program):
        _add(path, stat.S_IROTH | (SEARCH if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0))


def _everything_in(folder: Path) -> Iterator[Path]:
    yield folder
    yield from (path for path in folder.rglob("*") if not path.is_symlink())


def _add(path: Path, bits: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & bits != bits:
        path.chmod(mode | bits)
