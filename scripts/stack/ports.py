"""Free ports on loopback."""

import socket


def free(preferred: int | None = None) -> int:
    """A port nobody listens on: ``preferred`` if it is free, else any. Somebody may take it before its user does; check who answers."""
    for port in (preferred or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")
