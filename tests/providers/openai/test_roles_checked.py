"""A model is asked once for the roles; what it says is weighed against what else is known (decision 0016)."""

from collections.abc import Sequence

import pytest

from domain.speech import CallEvidence, Channel, Role, RoleVerdict, Utterance
from domain.understanding.roles import Kind, Sign
from providers.openai.classifier import OpenAIClassifier
from tests.support.openai import CALL, CLINIC, UNDERSTOOD, model_at, says
from tests.support.recorded_server import RecordedServer, answer

VOICE = CallEvidence(Channel.VOICE)


class Reader:
    """Reads the same out of all words."""

    def __init__(self, odds: float) -> None:
        """The log-odds that speaker 0 is the agent."""
        self._odds = odds

    def read(self, _: Sequence[Utterance]) -> Sign:
        """Says so."""
        return Sign(Kind.WORDS, {0: self._odds, 1: -self._odds})


def _verdict(server: RecordedServer, odds: float, roles: dict[int, str], evidence: CallEvidence = VOICE) -> RoleVerdict:
    form = {"roles": [{"speaker": speaker, "role": role} for speaker, role in roles.items()], "role_confidence": 0.9}
    server.will(answer(200, says(UNDERSTOOD | form)))
    return OpenAIClassifier(model_at(server), Reader(odds)).classify(CLINIC, CALL, evidence).verdict


SAID = {0: "agent", 1: "customer"}


def test_words_that_agree_make_it_surer_and_it_is_asked_once(openai_server: RecordedServer) -> None:
    found = _verdict(openai_server, 2.0, SAID)
    assert found.roles == {0: Role.AGENT, 1: Role.CUSTOMER}
    assert found.confidence > 0.98
    assert set(found.evidence) == {"words", "model"}
    assert len(openai_server.asked) == 1


@pytest.mark.parametrize(("odds", "first"), [(-2.0, Role.UNSURE), (-0.5, Role.AGENT), (-5.0, Role.CUSTOMER)])
def test_words_that_contradict_it_leave_it_unsure_unless_one_is_much_clearer(
    openai_server: RecordedServer, odds: float, first: Role
) -> None:
    assert _verdict(openai_server, odds, SAID).roles[0] == first


def test_a_model_that_ignores_the_speakers_numbers_is_found_out(openai_server: RecordedServer) -> None:
    """It answers the same when they are swapped, which turns what the words say round."""
    straight, swapped = _verdict(openai_server, 1.5, SAID), _verdict(openai_server, -1.5, SAID)
    assert straight.roles == {0: Role.AGENT, 1: Role.CUSTOMER}
    assert set(swapped.roles.values()) == {Role.UNSURE}


@pytest.mark.parametrize("roles", [{0: "agent"}, {0: "agent", 1: "agent"}, {0: "unsure", 1: "unsure"}])
def test_where_it_names_no_agent_or_two_the_words_tell(openai_server: RecordedServer, roles: dict[int, str]) -> None:
    found = _verdict(openai_server, -3.0, roles)
    assert (found.roles, set(found.evidence)) == ({0: Role.CUSTOMER, 1: Role.AGENT}, {"words"})


def test_what_a_person_said_outweighs_it(openai_server: RecordedServer) -> None:
    told = CallEvidence(Channel.VOICE, told={0: Role.CUSTOMER, 1: Role.AGENT})
    assert _verdict(openai_server, 5.0, SAID, told).roles == told.told
