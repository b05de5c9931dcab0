"""The three fronts that are compared: how each is started, and the requests that it takes."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from benchmarks.faults.processes import Process
from benchmarks.front import bodies
from benchmarks.front.bodies import Size
from benchmarks.rig import SECRET_KEY, Rig
from domain.callback_tokens import IntakeToken, callback_url
from scripts.stack import commands, ports
from scripts.twin import config

# as the product serves itself, see gunicorn_conf.py
GUNICORN = "gunicorn {app} --worker-class gthread --workers 2 --threads 4 --preload --keep-alive 75 --no-control-socket"
READY, WORKERS = "Booting worker", 2
FORM = "application/x-www-form-urlencoded"
OURS = "+15005550100"
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


class Front(Protocol):
    """One of them."""

    name: str
    port: int
    process: Process

    def start(self, rig: Rig) -> None:
        """Make its tables, let it listen."""

    def requests(self, size: Size, count: int) -> list[bytes]:
        """Whole requests: one whose number is filled in, or, if each is signed, ``count`` of them."""

    def empty(self, rig: Rig) -> None:
        """Forget what it has stored, so that each run begins alike."""


class Plain:
    """A front without secrets: the floor, or the common way."""

    def __init__(self, name: str, table: str, stored: str) -> None:
        """``name`` is its module in this folder, ``stored`` what its table is called."""
        self.name, self.port = name, ports.free()
        self._table, self._stored = table, stored

    def start(self, rig: Rig) -> None:
        """Make its table, let it listen."""
        self.database = rig.database(self.name)
        rig.rows(self.database, self._table)
        command = GUNICORN.format(app=f"benchmarks.front.{self.name}:app")
        self.process = rig.process(self.name, command, rig.environment(self.database, self.port))
        self.process.start()
        self.process.ready(READY, WORKERS)

    def requests(self, size: Size, count: int) -> list[bytes]:
        """Nothing is signed, so that one is enough."""
        del count
        if size is bodies.FORM:
            return [_request(self.port, "/webhooks/sms", urlencode(_message(0)).encode(), {"Content-Type": FORM})]
        return [_request(self.port, "/webhooks/deepgram", bodies.document(size), {"Content-Type": "application/json"})]

    def empty(self, rig: Rig) -> None:
        """Forget all."""
        rig.rows(self.database, f"TRUNCATE {self._stored}")


class Hookline:
    """The product with everything on: verified, four rows, published, measured, logged."""

    name = "hookline"
    _stored = ("webhook_events", "runs", "run_steps", "transcripts", "conversations", "utterances", "analyses", "replies", "effects")

    def __init__(self) -> None:
        """Nobody has said anything yet."""
        self.port = ports.free()
        self._sent = 0

    def start(self, rig: Rig) -> None:
        """As a host does it."""
        self.database = rig.database(self.name)
        self.environment = rig.environment(self.database, self.port)
        programs = commands.procfile()
        commands.run(programs["release"], self.environment, rig.places.logs / "release.log")
        [organization] = rig.rows(self.database, "SELECT id, intake_version FROM organizations")
        self._intake = IntakeToken(UUID(str(organization["id"])), organization["intake_version"])
        self.process = rig.process(self.name, programs["web"], self.environment)
        self.process.start()
        self.process.ready(READY, WORKERS)

    def requests(self, size: Size, count: int) -> list[bytes]:
        """Forms are signed one by one; Deepgram's credentials are the same for all."""
        if size is bodies.FORM:
            self._sent += count
            return [self._signed(number) for number in range(self._sent - count, self._sent)]
        url = urlsplit(callback_url("http://127.0.0.1", SECRET_KEY, self._intake))
        credentials = base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {credentials}"}
        return [_request(self.port, url.path, bodies.document(size), headers)]

    def empty(self, rig: Rig) -> None:
        """Forget all but the organization."""
        [told] = rig.rows(self.database, _EMPTY, list(self._stored))
        rig.rows(self.database, told["all"])

    def _signed(self, number: int) -> bytes:
        path, fields = "/webhooks/twilio/sms", _message(number)
        text = f"http://127.0.0.1:{self.port}{path}" + "".join(name + fields[name] for name in sorted(fields))
        signature = base64.b64encode(hmac.new(config.AUTH_TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()
        return _request(self.port, path, urlencode(fields).encode(), {"Content-Type": FORM, "X-Twilio-Signature": signature})


def all_of_them() -> tuple[Plain, Plain, Hookline]:
    """The floor, the common way, the product."""
    return Plain("floor", _FLOOR, "events"), Plain("common", _COMMON, "transcripts"), Hookline()


def _message(number: int) -> dict[str, str]:
    """An SMS as Twilio sends it, each from somebody else; about 1 KB."""
    sid, place = f"SM{number:032x}", ("SAN FRANCISCO", "CA", "94103", "US")
    where = {
        f"{side}{name}": value for side in ("From", "To") for name, value in zip(("City", "State", "Zip", "Country"), place, strict=True)
    }
    ids = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": config.ACCOUNT_SID, "MessagingServiceSid": "MG" + "0" * 32}
    words = "Good morning, I would like to move my appointment from Thursday to Friday, if that is possible. " * 5
    rest = {"NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01", "ToNumber": OURS}
    return {"From": f"+1415{number % 10_000_000:07d}", "To": OURS, "Body": words.strip(), **ids, **where, **rest}


def _request(port: int, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
