"""A server that does nothing: what is late here is the machine's fault."""

from collections.abc import Callable, Iterable


def app(_: dict[str, object], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Answer at once."""
    start_response("204 No Content", [])
    return [b""]
