"""What the demo's organization is set to while the demo runs; whatever it was before, it is afterwards."""

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.stack import commands

COMMAND = "celery -A tasks organization"
Document = Mapping[str, Any]


@contextmanager
def changed(environment: Mapping[str, str], log: Path, wanted: Document, unless_told: Document | None = None) -> Iterator[None]:
    """These settings for as long as the block lasts, however it ends. Raises StackError.

    Those of ``unless_told`` only where somebody has set none.
    """
    desk = _Desk(environment, log)
    before = desk.read()
    wanted = {**{name: value for name, value in (unless_told or {}).items() if name not in before}, **wanted}
    others = {name: before.get(name) for name, value in wanted.items() if before.get(name) != value}
    if not others:
        yield
        return
    try:
        desk.write({**before, **wanted})
        yield
    finally:
        desk.write({**desk.read(), **others})


class _Desk:
    """Where the document lies while it is read or changed: a file beside the log, for its owner's eyes."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment, self._log, self._file = environment, log, log.with_name("organization.json")

    def read(self) -> Document:
        """What is set now."""
        self._run("--to")
        found: Document = json.loads(self._file.read_text(encoding="utf-8"))
        self._file.unlink()
        return found

    def write(self, document: Document) -> None:
        """All of it; what is None counts as left out."""
        self._file.write_text(json.dumps(document), encoding="utf-8")
        self._run("--from")
        self._file.unlink()

    def _run(self, option: str) -> None:
        commands.run(f"{COMMAND} {option} {shlex.quote(str(self._file))}", self._environment, self._log)
