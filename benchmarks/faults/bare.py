"""A server that only has the disk take a few bytes, as whoever accepts a webhook must: what is late here is the machine's fault."""

import os
import tempfile
from collections.abc import Callable, Iterable

_file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - for as long as the process lives
_TAKEN = bytes(512)


def app(_: dict[str, object], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Answer as soon as the disk has it."""
    _file.write(_TAKEN)
    os.fdatasync(_file.fileno())
    start_response("204 No Content", [])
    return [b""]
