"""A caller, as Twilio speaks for one: every request of a live call signed, and what it is answered read."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import events, live
from db.results import publish
from domain.chain import STAGES, TASK_NAMES, EffectKind, Stage
from domain.deliveries import Stored, dedupe_key
from domain.runs import Planned, Publication
from domain.statuses import ConversationStatus
from domain.telephony.call_flow import HandOver
from domain.telephony.twilio_voice import Gather
from tasks import app as celery_app
from tests.support import chain
from tests.support.signing import PUBLIC_BASE_URL, post_as_twilio
from tests.support.stored import row, rows

OURS, THEIRS = "+15005550100", "+15005550199"
DANGER = "My father has chest pain and can't breathe"


@dataclass(slots=True)
class Caller:
    """One call. ``asks`` are requests of its URLs; each answer is read as what Twilio would do next."""

    client: FlaskClient
    sid: str = field(default_factory=lambda: f"CA{uuid4().hex}")
    status: str = "in-progress"

    def post(self, path: str, **fields: str) -> TestResponse:
        """A request of this call."""
        told = {"CallSid": self.sid, "CallStatus": self.status, "Direction": "inbound", "From": THEIRS, "To": OURS, **fields}
        return post_as_twilio(self.client, path, [(name, value) for name, value in told.items() if value])

    def rings(self) -> "Heard":
        """The call comes in."""
        return Heard(self.post("/webhooks/twilio/voice", CallStatus="ringing"))

    def says(self, words: str, turn: int = 1, **fields: str) -> "Heard":
        """The caller speaks."""
        return Heard(self.post(f"/webhooks/twilio/gather?turn={turn}&silent=0", SpeechResult=words, Confidence="0.94", **fields))

    def is_silent(self, turn: int = 1, silences: int = 0) -> "Heard":
        """The caller says nothing."""
        return Heard(self.post(f"/webhooks/twilio/gather?turn={turn}&silent={silences}"))

    def asks(self, turn: int = 1, waited: int = 1) -> "Heard":
        """The call comes back for its reply."""
        return Heard(self.post(f"/webhooks/twilio/turn?turn={turn}&waited={waited}"))

    def hangs_up(self) -> None:
        """Twilio says that it is over."""
        assert self.post("/webhooks/twilio/call-status", CallStatus="completed", SequenceNumber="0", CallDuration="9").status_code == 204


class Heard:
    """An answer, as the caller's telephone does it."""

    def __init__(self, answer: TestResponse) -> None:
        """Raises AssertionError unless it is TwiML."""
        assert (answer.status_code, answer.mimetype) == (200, "text/xml"), answer.text
        self.root = ET.fromstring(answer.text)  # noqa: S314 - our own words

    @property
    def verbs(self) -> list[str]:
        """What is done, in order."""
        return [act.tag for act in self.root]

    @property
    def words(self) -> str:
        """All that is said."""
        return " ".join(said.text or "" for said in self.root.iter("Say"))

    @property
    def number(self) -> str | None:
        """Whom the caller is put through to."""
        return self.root.findtext("Dial")

    def goes_to(self, verb: str, attribute: str | None = None) -> tuple[str, dict[str, str]]:
        """Where a verb leads: the last part of the path, and its query. Ours, absolute."""
        found = self.root.find(verb)
        assert found is not None, self.verbs
        url = urlsplit((found.get(attribute) if attribute else found.text) or "")
        assert f"{url.scheme}://{url.netloc}" == PUBLIC_BASE_URL
        return url.path.rpartition("/")[2], {name: values[0] for name, values in parse_qs(url.query).items()}


def work_off() -> None:
    """Every open run goes through the chain."""
    celery_app.loader.import_default_modules()
    for run in rows("SELECT id FROM runs WHERE state = 'ready' ORDER BY turn"):
        assert [celery_app.tasks[TASK_NAMES[stage]](run["id"]) for stage in STAGES] == ["done"] * 4


def reply() -> dict[str, object]:
    """The only reply in the ledger that belongs into a call."""
    return row("SELECT * FROM effects WHERE kind = 'call_update'")


def store_turn(
    organization_id: UUID, words: str = "When do you open?", turn: int = 1, sid: str | None = None, to: HandOver | None = None
) -> tuple[Stored, str]:
    """A turn comes in, as the front stores it; what became of it, and the call."""
    event = Gather(sid or f"CA{uuid4().hex}", "in-progress", "inbound", THEIRS, OURS, turn=turn, speech_result=words)
    delivery = chain.envelope("gather", dedupe_key(event.key), urlencode({"SpeechResult": words}).encode())
    return live.store_turn(organization_id, delivery, event.conversation(), event.transcript(), to), event.call_sid


def answer_turn(stored: Stored, call: str) -> UUID:
    """The chain answers it; the effect, as yet unsaid."""
    assert stored.run_id
    chain.bring_to(stored.run_id, Stage.PERSIST)
    [bell] = publish(chain.claim(stored.run_id, Stage.PERSIST), Publication((planned(stored, call),)))
    return bell.effect_id


def planned(stored: Stored, call: str) -> Planned:
    """The reply to a turn."""
    return Planned(f"transcript:{stored.transcript_id}:call_update", EffectKind.CALL_UPDATE, call, "We open at nine.")


def hang_up(organization_id: UUID, call: str) -> None:
    """The call ends, as the front stores it."""
    ended = chain.call(call, ConversationStatus.COMPLETED, "completed", 3)
    events.store_status(organization_id, chain.envelope("call_status", f"{call}:completed:3"), ended)
