"""The three fronts that are compared: how each is started, and the requests that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from benchmarks.front import bodies
from benchmarks.front.bodies import Size
from benchmarks.harness import database, product, vendors
from benchmarks.harness.processes import Process
from benchmarks.harness.product import FRONT_PROCESSES, READY_FRONT
from benchmarks.harness.rig import Rig
from benchmarks.harness.vendors import FORM, JSON, OURS, Webhook
from scripts.stack import commands, ports
from scripts.twin import config

# As the product serves itself, see gunicorn_conf.py: stock threads may leave every connection to one of the processes. This worker brings
# Celery into each of them, which the floor never uses.
GUNICORN = "gunicorn {app} --worker-class webhooks.handover.Worker --workers 2 --threads 4 --preload --keep-alive 75 --no-control-socket"
# no vendor is asked, and nothing ever leaves the house
BY_ITSELF = {"SEND_SMS": "0"}
_FLOOR = """
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, received_at timestamptz NOT NULL DEFAULT now(), body bytea NOT NULL);
ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL
"""
_COMMON = "CREATE TABLE transcripts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, words jsonb NOT NULL, document jsonb NOT NULL)"
_EMPTY = """
SELECT 'TRUNCATE ' || string_agg(quote_ident(relname), ', ') || ' CASCADE' AS all FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Doorbell:
    """Where a front publishes: one message in ``queue`` for each row of ``owing``. It says ``dropped`` in its log for each it may drop."""

    queue: str
    owing: str
    dropped: tuple[str, ...] = ()


class Front(Protocol):
    """One of them. ``doorbell`` is None for one that tells nobody."""

    name: str
    port: int
    process: Process
    database: str
    doorbell: Doorbell | None

    def start(self, rig: Rig) -> None:
        """Make its tables, let it listen."""

    def requests(self, size: Size, count: int) -> list[bytes]:
        """Whole requests: one whose number is filled in, or, if each is signed, ``count`` of them."""

    def empty(self, rig: Rig) -> None:
        """Forget what it has stored and published, so that each run begins alike."""


class Plain:
    """A front without secrets: the floor, or the common way."""

    def __init__(self, name: str, table: str, stored: str, doorbell: Doorbell | None = None) -> None:
        """``name`` is its module in this folder, ``stored`` what its table is called."""
        self.name, self.port, self.doorbell = name, ports.free(), doorbell
        self._table, self._stored = table, stored

    def start(self, rig: Rig) -> None:
        """Make its table, let it listen."""
        self.database = rig.servers.new_database(self.name)
        database.rows(self.database, self._table)
        command = GUNICORN.format(app=f"benchmarks.front.{self.name}:app")
        self.process = rig.process(self.name, command, rig.environment(self.database, self.port))
        self.process.start()
        self.process.ready(READY_FRONT, FRONT_PROCESSES)

    def requests(self, size: Size, count: int) -> list[bytes]:
        """Nothing is signed, so that one is enough."""
        del count
        if size is bodies.FORM:
            return [vendors.request(self.port, Webhook("/webhooks/sms", urlencode(_message(0)).encode(), {"Content-Type": FORM}))]
        return [vendors.request(self.port, Webhook("/webhooks/deepgram", bodies.document(size), {"Content-Type": JSON}))]

    def empty(self, rig: Rig) -> None:
        """Forget all."""
        database.rows(self.database, f"TRUNCATE {self._stored}")
        _silence(rig, self.doorbell)


class Hookline:
    """The product with everything on: verified, four rows, published, measured, logged."""

    # whatever a run's first step is, its message waits here
    doorbell: Doorbell | None = Doorbell("speech", "runs", ("doorbell_dropped", "doorbell_not_rung"))
    _stored = (
        *("webhook_events", "runs", "run_steps", "transcripts", "conversations", "utterances", "analyses", "replies", "effects"),
        *("kept_answers", "usage_days"),
    )

    def __init__(self, name: str = "hookline", settings: Mapping[str, str] = BY_ITSELF) -> None:
        """Nobody has said anything yet. ``settings`` say who its vendors are."""
        self.name, self.port = name, ports.free()
        self._sent, self._settings = 0, dict(settings)

    def start(self, rig: Rig) -> None:
        """As a host does it."""
        self.database = rig.servers.new_database(self.name)
        self.environment = rig.environment(self.database, self.port, **self._settings)
        self._intake = product.release(rig, self.environment)
        self.process = rig.process(self.name, commands.procfile()["web"], self.environment)
        self.process.start()
        self.process.ready(READY_FRONT, FRONT_PROCESSES)

    def requests(self, size: Size, count: int) -> list[bytes]:
        """Forms are signed one by one; Deepgram's credentials are the same for all."""
        if size is bodies.FORM:
            self._sent += count
            return [self._signed(number) for number in range(self._sent - count, self._sent)]
        return [vendors.request(self.port, vendors.deepgram_callback(self._intake, bodies.document(size)))]

    def empty(self, rig: Rig) -> None:
        """Forget all but the organization."""
        [told] = database.rows(self.database, _EMPTY, list(self._stored))
        database.rows(self.database, told["all"])
        _silence(rig, self.doorbell)

    def _signed(self, number: int) -> bytes:
        return vendors.request(self.port, vendors.twilio_form(f"http://127.0.0.1:{self.port}", "sms", _message(number)))


def all_of_them() -> tuple[Plain, Plain, Hookline]:
    """The floor, the common way, the product."""
    return Plain("floor", _FLOOR, "events"), Plain("common", _COMMON, "transcripts", Doorbell("celery", "transcripts")), Hookline()


def _silence(rig: Rig, doorbell: Doorbell | None) -> None:
    """Forget what rings for rows that are gone; the broker's own tables stay."""
    if doorbell:
        with rig.servers.broker() as broker:
            broker.delete(doorbell.queue)


def _message(number: int) -> dict[str, str]:
    """An SMS as Twilio sends it, each from somebody else, who asks what nobody has asked before; about 1 KB."""
    sid, place = f"SM{number:032x}", ("SAN FRANCISCO", "CA", "94103", "US")
    where = {
        f"{side}{name}": value for side in ("From", "To") for name, value in zip(("City", "State", "Zip", "Country"), place, strict=True)
    }
    ids = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": config.ACCOUNT_SID, "MessagingServiceSid": "MG" + "0" * 32}
    words = (
        "Good morning, I would like to move my appointment from Thursday to Friday, if that is possible. " * 5 + f"I am number {number}."
    )
    rest = {"NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01", "ToNumber": OURS}
    return {"From": f"+1415{number % 10_000_000:07d}", "To": OURS, "Body": words, **ids, **where, **rest}
