"""Our language model against a server on loopback, with answers in the shape of OpenAI's API."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.answering.replies import ReplyRequest
from domain.organizations.organization import Organization
from domain.ports import KeptAnswer
from domain.speech import (
    Analysis,
    CallEvidence,
    Channel,
    Engine,
    Intent,
    Role,
    RoleVerdict,
    SafetyFinding,
    Understanding,
    Urgency,
    Utterance,
)
from providers.openai.client import LanguageModel
from settings import OpenAISettings
from tests.support.recorded_server import Handler, RecordedServer, answer

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads" / "openai"
SETTINGS = OpenAISettings(
    api_key="sk-test-0000000000000000",
    base_url="http://127.0.0.1:9/v1",
    api="responses",
    model_cheap="gpt-6-luna",
    model_critical="gpt-6-sol",
    model_live=None,
    context_tokens=100_000,
    cache_ttl_s=3_600,
    concurrency=50,
)
CLINIC = Organization(UUID(int=1), "clinic", "Elm Street Clinic", "Monday to Friday, 9:00 to 17:00", ("checkups", "lab tests"))
VOICE, SMS = CallEvidence(Channel.VOICE, "inbound"), CallEvidence(Channel.SMS, "inbound")
CALL = tuple(
    Utterance(seq, speaker, text, seq * 1_000, seq * 1_000 + 900)
    for seq, (speaker, text) in enumerate(
        (
            (0, "thank you for calling the clinic how can i help you today"),
            (1, "hi i'd like to make an appointment with the doctor please"),
            (0, "sure what day would you like to come in"),
            (1, "tomorrow morning if you have anything"),
        )
    )
)
UNDERSTOOD: dict[str, Any] = {
    "roles": [{"speaker": 0, "role": "agent"}, {"speaker": 1, "role": "customer"}],
    "role_confidence": 0.97,
    "intent": "book_appointment",
    "intent_confidence": 0.93,
    "sentiment": "positive",
    "summary": "The customer wants an appointment tomorrow morning and is booked for nine.",
}
BILLED = {"input_tokens": 1412, "output_tokens": 88, "cached_input_tokens": 1024, "reasoning_tokens": 0}


@dataclass
class Shelf:
    """Implements ``domain.ports.AnswerShelf`` on a clock that tests turn."""

    now_s: float = 0.0
    kept: dict[tuple[UUID, bytes], tuple[float, KeptAnswer]] = field(default_factory=dict)
    looked: int = 0

    def find(self, organization_id: UUID, key: bytes, max_age_s: float) -> KeptAnswer | None:
        """The answer if it is not older than that."""
        self.looked += 1
        kept_at, found = self.kept.get((organization_id, key), (float("-inf"), None))
        return found if self.now_s - kept_at < max_age_s else None

    def keep(self, organization_id: UUID, key: bytes, answer: KeptAnswer) -> None:
        """Keep it in the form in which a database would give it back."""
        document = json.loads(json.dumps(answer.document))
        self.kept[organization_id, key] = (self.now_s, replace(answer, document=document))


def asked(
    organization: Organization = CLINIC,
    utterances: tuple[Utterance, ...] = CALL,
    channel: Channel = Channel.SMS,
    intent: str = "book_appointment",
    urgency: Urgency = Urgency.NORMAL,
    *,
    is_live: bool = False,
) -> ReplyRequest:
    """A request for a reply."""
    verdict = RoleVerdict({0: Role.AGENT, 1: Role.CUSTOMER}, 0.97)
    findings = (SafetyFinding("a_rule", urgency, 0),)
    analysis = Analysis(Understanding(verdict, Intent(intent, 0.9), Engine("local", "x")), findings)
    return ReplyRequest(organization, utterances, analysis, channel, is_live=is_live)


def payload(name: str) -> bytes:
    """A recorded answer."""
    return (PAYLOADS / f"{name}.json").read_bytes()


def says(text: object, api: str = "responses") -> bytes:
    """A completed answer whose text is this: a string, or a form that is filled in."""
    written = text if isinstance(text, str) else json.dumps(text)
    document = json.loads(payload("response_completed" if api == "responses" else "chat_completed"))
    if api == "responses":
        document["output"][0]["content"][0]["text"] = written
    else:
        document["choices"][0]["message"]["content"] = written
    return json.dumps(document).encode()


def given(name: str, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    """Answers with a recorded body; ``retry_after="1"`` is the header Retry-After."""
    return answer(status, payload(name), {key.replace("_", "-"): value for key, value in headers.items()})


def model_at(server: RecordedServer, timeout_s: float = 5.0, shelf: Shelf | None = None, **changed: object) -> LanguageModel:
    """Our language model, with this server for OpenAI; a keyword replaces a setting."""
    settings = replace(SETTINGS, base_url=f"{server.url}/v1", **changed)  # type: ignore[arg-type]  # a test's keywords
    return LanguageModel(settings, timeout_s, shelf or Shelf())


def body(server: RecordedServer, number: int = -1) -> Any:
    """What the server was asked, decoded."""
    return json.loads(server.asked[number].body)


def document(server: RecordedServer, number: int = -1) -> Any:
    """The document of data in what the server was asked."""
    asked = body(server, number)
    messages = asked["input"] if "input" in asked else asked["messages"]
    return json.loads(messages[-1]["content"])
