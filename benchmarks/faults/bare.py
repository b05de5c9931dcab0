"""A server that only has the disk take a few bytes, as whoever accepts a webhook must: what is late here is the machine's fault."""

import os
import tempfile
from collections.abc import Callable, Iterable

_TAKEN = bytes(512)
# written over and over, as a database's log is: a file that grows would have the disk keep its new size too, and everybody wait for that
_file, _ = tempfile.mkstemp()
os.write(_file, _TAKEN)
os.fsync(_file)


def app(_: dict[str, object], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Answer as soon as the disk has it."""
    os.pwrite(_file, _TAKEN, 0)
    os.fdatasync(_file)
    start_response("204 No Content", [])
    return [b""]
