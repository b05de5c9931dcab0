"""What the model fills in becomes our understanding; what is known beside the words is known better."""

from dataclasses import replace
from typing import Any

import pytest

from domain.speech import OUT_OF_SCOPE, CallEvidence, Channel, Role, Understanding, Utterance
from providers.openai.classifier import OpenAIClassifier
from tests.support.openai import CALL, CLINIC, SMS, UNDERSTOOD, VOICE, model_at, says
from tests.support.recorded_server import RecordedServer, answer


def _understood(
    server: RecordedServer, utterances: tuple[Utterance, ...] = CALL, evidence: CallEvidence = VOICE, **form: Any
) -> Understanding:
    server.will(answer(200, says(UNDERSTOOD | form)))
    return OpenAIClassifier(model_at(server)).classify(CLINIC, utterances, evidence)


def test_a_call_is_understood(openai_server: RecordedServer) -> None:
    found = _understood(openai_server)
    assert found.verdict.roles == {0: Role.AGENT, 1: Role.CUSTOMER}
    assert (found.verdict.confidence, found.intent.name, found.intent.confidence) == (0.97, "book_appointment", 0.93)
    assert (found.sentiment, found.summary) == ("positive", UNDERSTOOD["summary"])


def test_a_message_is_the_customers_whatever_the_model_says(openai_server: RecordedServer) -> None:
    found = _understood(openai_server, CALL[:1], SMS, roles=[{"speaker": 0, "role": "agent"}])
    assert (found.verdict.roles, found.verdict.confidence) == ({0: Role.CUSTOMER}, 1.0)


def test_a_dual_recording_tells_roles_better_than_the_model(openai_server: RecordedServer) -> None:
    dual = tuple(replace(said, channel=said.speaker) for said in CALL)
    found = _understood(openai_server, dual, CallEvidence(Channel.VOICE, "inbound", agent_channel=1))
    assert found.verdict.roles == {0: Role.CUSTOMER, 1: Role.AGENT}
    assert found.intent.name == "book_appointment"


@pytest.mark.parametrize(
    ("roles", "second"),
    [
        ([], Role.UNSURE),
        ([{"speaker": 7, "role": "customer"}], Role.UNSURE),
        ([{"speaker": 1, "role": "customer"}, {"speaker": 1, "role": "agent"}], Role.UNSURE),
        ([{"speaker": 1, "role": "customer"}, {"speaker": 1, "role": "customer"}], Role.CUSTOMER),
        ([{"speaker": 1, "role": "unsure"}], Role.UNSURE),
    ],
)
def test_every_speaker_that_was_heard_has_one_role_and_nobody_else_has(
    openai_server: RecordedServer, roles: list[dict[str, object]], second: Role
) -> None:
    found = _understood(openai_server, roles=[{"speaker": 0, "role": "agent"}, *roles])
    assert found.verdict.roles == {0: Role.AGENT, 1: second}


def test_a_confidence_that_rounding_put_above_one_is_one(openai_server: RecordedServer) -> None:
    found = _understood(openai_server, role_confidence=1.0000001, intent_confidence=1)
    assert (found.verdict.confidence, found.intent.confidence) == (1.0, 1.0)


@pytest.mark.parametrize(("written", "kept"), [("  ", None), ("x" * 5_000, "x" * 1_000)])
def test_a_summary_is_short_or_none(openai_server: RecordedServer, written: str, kept: str | None) -> None:
    assert _understood(openai_server, summary=written).summary == kept


@pytest.mark.parametrize("utterances", [(), (Utterance(0, 0, " ", 0, 1), Utterance(1, 3, "", 1, 2))])
def test_silence_is_understood_without_asking(openai_server: RecordedServer, utterances: tuple[Utterance, ...]) -> None:
    found = _understood(openai_server, utterances)
    assert openai_server.asked == []
    assert found.verdict.roles == dict.fromkeys((said.speaker for said in utterances), Role.UNSURE)
    assert (found.intent.name, dict(found.engine.usage)) == (OUT_OF_SCOPE, {})
