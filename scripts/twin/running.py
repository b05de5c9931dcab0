"""Starts and stops a twin on loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from scripts.twin.app import create_app
from scripts.twin.client import TwinClient
from scripts.twin.config import Config

HOST = "127.0.0.1"


class _Handler(WSGIRequestHandler):
    """Silent: the journal is the log. Without Nagle, which would hold a kept-alive connection's answers back for 40 ms."""

    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name that werkzeug calls it by
        """Say nothing."""


def server(app: Flask, port: int) -> BaseWSGIServer:
    """A server with a thread for each connection, bound to loopback; port 0 takes a free one."""
    return make_server(HOST, port, app, threaded=True, request_handler=_Handler)


@contextmanager
def running(config: Config | None = None, port: int = 0) -> Iterator[TwinClient]:
    """A twin in this process, until the block ends. Yields its client: ``url`` and the control calls."""
    app, world = create_app(config or Config())
    listening = server(app, port)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, name="twin-server", daemon=True)
    thread.start()
    try:
        yield TwinClient(f"http://{HOST}:{listening.port}")
    finally:
        world.stop()
        listening.shutdown()
        listening.server_close()
        thread.join()
