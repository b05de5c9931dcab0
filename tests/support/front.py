"""The web application on a real socket, in the test's own process: vendors can call it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.twin.running import server
from wsgi import app


@contextmanager
def listening() -> Iterator[str]:
    """Its base URL for as long as the block lasts."""
    front = server(app, 0)
    thread = threading.Thread(target=front.serve_forever, kwargs={"poll_interval": 0.02}, name="front", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{front.port}"
    finally:
        front.shutdown()
        front.server_close()
        thread.join()
