"""People who write to us, several at a time and without a pause, for as long as something is done to the house."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import requests

from tests.support.vendors import send_sms


@dataclass(slots=True)
class Load:
    """What was sent, and what became of it: MessageSid → how long the answer took in seconds, or what kept it from coming."""

    accepted: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def send(self, web_url: str) -> bool:
        """One SMS, of somebody who has never written before; whether it was accepted."""
        sid, began = f"SM{uuid4().hex}", time.perf_counter()
        try:
            answer = send_sms(web_url, sid, "What time do you open tomorrow?", f"+1415555{uuid4().int % 10_000:04d}")
        except requests.ConnectionError as error:
            self.refused[sid] = type(error).__name__
            return False
        if answer.status_code != requests.codes.ok:
            self.refused[sid] = str(answer.status_code)
            return False
        self.accepted[sid] = time.perf_counter() - began
        return True


@contextmanager
def under_load(web_url: str, people: int = 4) -> Iterator[Load]:
    """So many people write until the block ends; each waits for an answer before they write again, and gives up if they are refused."""
    load, enough = Load(), threading.Event()

    def write() -> None:
        while not enough.is_set() and load.send(web_url):
            pass

    threads = [threading.Thread(target=write) for _ in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        enough.set()
        for thread in threads:
            thread.join()
