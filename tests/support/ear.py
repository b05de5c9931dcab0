"""Somebody who listens to what the ops view is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tasks import app


class Ear:
    """Listens as the ops view does. ``heard`` are events, ``told`` how many came with each message."""

    def __init__(self, *kinds: str) -> None:
        """For events of these kinds."""
        self._kinds = kinds or ("task-sent",)
        self.heard: list[dict[str, Any]] = []
        self.told: list[int] = []
        self._listening = threading.Event()

    def listen(self, events: int) -> None:
        """Until so many events were heard."""
        with app.connection_for_read() as connection:
            handlers = dict.fromkeys(self._kinds, self.heard.append) | {"test-called": lambda _: self._listening.set()}
            receiver = app.events.Receiver(connection, handlers=handlers)
            with receiver.consumer_context() as (own, _, consumers):
                consumers[0].register_callback(lambda body, _: self._count(body))
                while len(self.heard) < events:
                    own.drain_events(timeout=10)

    def _count(self, body: Any) -> None:
        together = body if isinstance(body, list) else [body]
        if together[0]["type"] in self._kinds:
            self.told.append(len(together))

    @contextmanager
    def hearing(self, events: int) -> Iterator[None]:
        """Until so many events were heard."""
        thread = threading.Thread(target=self.listen, args=(events,), daemon=True)
        thread.start()
        self._call()
        yield
        thread.join(10)
        assert not thread.is_alive()

    def _call(self) -> None:
        """Until it answers: it subscribes only when it listens, and what was said before it never hears."""
        with app.connection_for_write() as connection, app.events.Dispatcher(connection, buffer_while_offline=False) as caller:
            for _ in range(200):
                caller.send("test-called")
                if self._listening.wait(0.05):
                    return
        raise AssertionError("nobody listens")
