"""Everything that the twin sends: callbacks and webhooks, repeated as the vendor repeats them; never beyond this machine."""

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import unquote, urlsplit, urlunsplit

import requests

from scripts.twin.agenda import Agenda
from scripts.twin.journal import Entry, Journal, without_userinfo
from scripts.twin.modes import Mode, Modes

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
REORDER_S = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try ended: an HTTP status, or ``ct`` (no connection), ``rt`` (no answer in time), ``refused`` (not on this machine).

    ``body`` is for who asked a question, such as what a call shall do next.
    """

    status: int | None
    fault: str | None = None
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to us. ``url`` may hold userinfo, which becomes Basic auth; ``tries`` counts the further ones, ``gap_s`` apart."""

    vendor: str
    operation: str
    url: str
    method: str
    body: bytes
    headers: Mapping[str, str]
    about: Mapping[str, str]
    repeat_if: Callable[[Outcome], bool]
    tries: int
    gap_s: float
    timeout_s: tuple[float, float]


class Post:
    """Sends deliveries from the agenda's threads and writes each try into the journal."""

    def __init__(self, agenda: Agenda, journal: Journal, modes: Modes, routes: dict[str, str]) -> None:
        """``routes`` is shared with the control calls: public base URL → the local one that stands for it."""
        self._agenda, self._journal, self._modes, self.routes = agenda, journal, modes, routes
        self._lock = threading.Lock()
        self._held: dict[str, list[Callable[[], None]]] = {}

    def send(self, delivery: Delivery) -> None:
        """Send from a thread of the agenda, unless a mode has other plans."""
        self._agenda.after(0, partial(self._begin, delivery))

    def send_now(self, delivery: Delivery) -> None:
        """Send and wait for the answer to the first try."""
        self._try(delivery, 1, None)

    def ask(self, delivery: Delivery) -> Outcome:
        """Send from this thread, as often as it is to be tried and without a gap; how the last try ended.

        Who waits for an answer can be neither overtaken nor late: of the modes of deliveries only ``duplicate`` and ``drop`` happen here.
        """
        mode = self._modes.choose(delivery.vendor, delivery.operation, delivery=True)
        if mode and mode.mode == "drop":
            self._open(delivery, 0, mode).took_ms = 0.0
            return Outcome(None, "ct")
        if mode and mode.mode == "duplicate":
            self._once(delivery, 1, mode)
        outcome = self._once(delivery, 1, mode)
        for attempt in range(2, delivery.tries + 2):
            if not _is_tried_again(delivery, attempt - 1, outcome):
                break
            outcome = self._once(delivery, attempt, mode)
        return outcome

    def forget(self) -> None:
        """Drop what is held back."""
        with self._lock:
            self._held.clear()

    def _begin(self, delivery: Delivery) -> None:
        mode = self._modes.choose(delivery.vendor, delivery.operation, delivery=True)
        kind = mode.mode if mode else None
        if kind == "drop":
            self._open(delivery, 0, mode).took_ms = 0.0
        elif kind == "late" and mode:
            self._agenda.after(mode.delay_s, partial(self._try, delivery, 1, mode))
        elif kind == "reorder":
            self._hold(delivery, mode)
        else:
            for _ in range(2 if kind == "duplicate" else 1):
                self._try(delivery, 1, mode)

    def _hold(self, delivery: Delivery, mode: Mode | None) -> None:
        """Let the vendor's next delivery overtake this one; if none comes, it goes after a while all the same."""
        begun = threading.Lock()

        def release() -> None:
            if begun.acquire(blocking=False):
                self._try(delivery, 1, mode)

        with self._lock:
            self._held.setdefault(delivery.vendor, []).append(release)
        self._agenda.after(REORDER_S, release)

    def _try(self, delivery: Delivery, attempt: int, mode: Mode | None) -> None:
        outcome = self._once(delivery, attempt, mode)
        if _is_tried_again(delivery, attempt, outcome):
            self._agenda.after(delivery.gap_s, partial(self._try, delivery, attempt + 1, mode))
        self._release(delivery.vendor)

    def _once(self, delivery: Delivery, attempt: int, mode: Mode | None) -> Outcome:
        entry = self._open(delivery, attempt, mode)
        begin = time.perf_counter()
        outcome = self._deliver(delivery)
        entry.took_ms, entry.status = (time.perf_counter() - begin) * 1000, outcome.status
        if outcome.fault:
            entry.about["fault"] = outcome.fault
        return outcome

    def _release(self, vendor: str) -> None:
        with self._lock:
            held = self._held.pop(vendor, [])
        for release in held:
            release()

    def _open(self, delivery: Delivery, attempt: int, mode: Mode | None) -> Entry:
        entry = self._journal.open(
            delivery.vendor,
            delivery.operation,
            "out",
            delivery.method,
            without_userinfo(delivery.url),
            delivery.body,
            dict(delivery.headers),
        )
        entry.mode = mode.mode if mode else None
        entry.about |= {**delivery.about, "attempt": str(attempt)}
        return entry

    def _deliver(self, delivery: Delivery) -> Outcome:
        url, sent = self._routed(delivery)
        if not is_here(url):
            return Outcome(None, "refused")
        with requests.Session() as session:
            session.trust_env = False  # neither a proxy nor a .netrc of this machine
            try:
                answer = session.request(
                    sent.method, url, data=sent.body, headers=dict(sent.headers), timeout=sent.timeout_s, allow_redirects=False
                )
            except requests.ReadTimeout:
                return Outcome(None, "rt")
            except requests.RequestException:
                return Outcome(None, "ct")
        return Outcome(answer.status_code, body=answer.content)

    def _routed(self, delivery: Delivery) -> tuple[str, Delivery]:
        """The local URL without userinfo, and the delivery with the headers that the public one would have led to."""
        parts = urlsplit(delivery.url)
        host = parts.netloc.rpartition("@")[2]
        headers = {**delivery.headers, "Host": host}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        local = self.routes.get(f"{parts.scheme}://{host}", f"{parts.scheme}://{host}")
        return local.rstrip("/") + urlunsplit(("", "", parts.path or "/", parts.query, "")), replace(delivery, headers=headers)


def _is_tried_again(delivery: Delivery, attempt: int, outcome: Outcome) -> bool:
    return attempt <= delivery.tries and outcome.fault != "refused" and delivery.repeat_if(outcome)


def is_here(url: str) -> bool:
    """Whether the URL stays on this machine."""
    return (urlsplit(url).hostname or "") in LOOPBACK
