"""Free ports on loopback."""

import random
import socket
from itertools import chain, islice, repeat

# below those that systems hand out to whoever connects somewhere: nobody is given one of these by chance
FIRST, LAST = 20_000, 32_000
TRIES = 100


def free(preferred: int | None = None) -> int:
    """A port nobody listens on: ``preferred`` if it is free, else any. Somebody may take it before its user does; check who answers."""
    by_chance = (random.randrange(FIRST, LAST) for _ in repeat(None))  # noqa: S311 - it is no secret
    for port in islice(chain([preferred] if preferred else [], by_chance), TRIES):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port on 127.0.0.1")
