"""Who is who: several kinds of evidence become one verdict, and an honest unsure."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain import Source
from domain.errors import RefusedError
from domain.speech import CallEvidence, Channel, Role, RoleVerdict, Utterance
from domain.understanding import roles
from domain.understanding.roles import Kind, Sign

VOICE = CallEvidence(Channel.VOICE)
AGENT, CUSTOMER, UNSURE = Role.AGENT, Role.CUSTOMER, Role.UNSURE


def _said(*speakers_on_channels: tuple[int, int]) -> tuple[Utterance, ...]:
    return tuple(Utterance(seq, speaker, "so it is", 0, 0, channel=channel) for seq, (speaker, channel) in enumerate(speakers_on_channels))


TWO = _said((0, 0), (1, 0))
DUAL = _said((5, 0), (7, 1), (5, 0))


def _words(odds: float) -> Sign:
    return Sign(Kind.WORDS, {0: odds, 1: -odds})


def _model(odds: float) -> Sign:
    return Sign(Kind.MODEL, {0: odds, 1: -odds})


class TestWithoutWeighing:
    """What is settled before anything is weighed."""

    @pytest.mark.parametrize("source", [Source.SMS, Source.LIVE_TURN])
    def test_who_texts_us_or_speaks_in_a_live_turn_is_the_customer(self, source: Source) -> None:
        evidence = roles.evidence_of(source, Channel.SMS if source is Source.SMS else Channel.VOICE, "inbound", None, None)
        verdict = roles.known(_said((0, 0)), evidence)
        assert verdict is not None
        assert (verdict.roles, verdict.confidence) == ({0: CUSTOMER}, 1.0)

    def test_what_a_person_said_outweighs_everything(self) -> None:
        evidence = CallEvidence(Channel.SMS, "inbound", agent_channel=0, told={5: CUSTOMER, 7: AGENT})
        verdict = roles.known(DUAL, evidence)
        assert verdict is not None
        assert (verdict.roles, verdict.confidence, list(verdict.evidence)) == ({5: CUSTOMER, 7: AGENT}, 1.0, ["told"])

    def test_silence_has_no_roles(self) -> None:
        for verdict in (roles.known((), VOICE), roles.weigh((), ())):
            assert verdict is not None
            assert (verdict.roles, verdict.confidence) == ({}, 0.0)

    def test_of_a_call_the_signs_are_weighed(self) -> None:
        assert roles.known(TWO, VOICE) is None


class TestChannels:
    """Where each side has a channel of its own."""

    @pytest.mark.parametrize(
        ("source", "direction", "channels", "ours"),
        [
            (Source.LIVE_TRANSCRIPTION, "inbound", None, 1),
            (Source.LIVE_TRANSCRIPTION, "outbound-api", None, 1),
            (Source.TWILIO_RECORDING, "inbound", 2, 1),
            (Source.TWILIO_RECORDING, "inbound", 1, None),
            (Source.TWILIO_RECORDING, "inbound", None, None),
            (Source.TWILIO_RECORDING, "outbound-api", 2, None),
            (Source.TWILIO_RECORDING, None, 2, None),
            (Source.DEEPGRAM, "inbound", 2, None),
        ],
    )
    def test_we_are_on_the_second_one_where_twilio_says_so(
        self, source: Source, direction: str | None, channels: int | None, ours: int | None
    ) -> None:
        assert roles.evidence_of(source, Channel.VOICE, direction, channels, None).agent_channel == ours

    @pytest.mark.parametrize(("ours", "agent", "customer"), [(0, 5, 7), (1, 7, 5)])
    def test_the_channel_tells(self, ours: int, agent: int, customer: int) -> None:
        verdict = roles.weigh(DUAL, roles.beside_the_words(DUAL, CallEvidence(Channel.VOICE, agent_channel=ours)))
        assert verdict.roles == {agent: AGENT, customer: CUSTOMER}
        assert verdict.confidence > 0.999
        assert verdict.evidence == {"channel": 12.0}

    def test_it_outweighs_all_others_together(self) -> None:
        said = _said((0, 0), (1, 1))
        against = [Sign(kind, {0: 99.0, 1: -99.0}) for kind in (Kind.WORDS, Kind.MODEL, Kind.OPENING)]
        verdict = roles.weigh(said, [*roles.beside_the_words(said, CallEvidence(Channel.VOICE, agent_channel=1)), *against])
        assert verdict.roles == {0: CUSTOMER, 1: AGENT}
        assert verdict.evidence == {"channel": 12.0, "words": -5.0, "model": -3.0, "opening": -1.5}

    @pytest.mark.parametrize(("channel", "role"), [(0, CUSTOMER), (1, AGENT)])
    def test_who_is_heard_alone_is_told_too(self, channel: int, role: Role) -> None:
        said = _said((channel, channel))
        assert roles.weigh(said, roles.beside_the_words(said, CallEvidence(Channel.VOICE, agent_channel=1))).roles == {channel: role}

    @pytest.mark.parametrize(
        "said", [TWO, _said((0, 0), (0, 1), (1, 1)), _said((0, 1), (1, 1))], ids=["one for two", "one speaker on two", "ours for two"]
    )
    def test_a_recording_that_is_not_dual_after_all_tells_nothing(self, said: tuple[Utterance, ...]) -> None:
        assert roles.beside_the_words(said, CallEvidence(Channel.VOICE, agent_channel=1)) == ()


class TestOpenings:
    """The same phrase is ours or the customer's by the call's direction."""

    CALLS = (Utterance(0, 3, "Hi, I'm calling about the invoice", 0, 1), Utterance(1, 4, "Yes?", 1, 2))
    TAKES = (Utterance(0, 3, "Thank you for calling Elm Street", 0, 1), Utterance(1, 4, "Yes?", 1, 2))

    @pytest.mark.parametrize(
        ("said", "direction", "agent"),
        [(CALLS, "inbound", 4), (CALLS, "outbound-api", 3), (TAKES, "inbound", 3), (TAKES, "outbound-dial", 4)],
    )
    def test_who_makes_an_outbound_call_is_the_agent(self, said: tuple[Utterance, ...], direction: str, agent: int) -> None:
        verdict = roles.weigh(said, roles.beside_the_words(said, CallEvidence(Channel.VOICE, direction)))
        assert [speaker for speaker, role in verdict.roles.items() if role is AGENT] == [agent]
        assert verdict.evidence == {"opening": 1.0}

    def test_without_a_direction_they_tell_nothing(self) -> None:
        assert roles.beside_the_words(self.CALLS, VOICE) == ()

    def test_later_on_they_tell_nothing(self) -> None:
        said = (*TWO * 3, *self.CALLS)
        assert roles.beside_the_words(said, CallEvidence(Channel.VOICE, "inbound")) == ()


class TestWeighing:
    """Log-odds are added, each kind within its limit."""

    def test_two_kinds_that_agree_are_surer_than_one(self) -> None:
        alone, both = roles.weigh(TWO, [_words(2.0)]), roles.weigh(TWO, [_words(2.0), _model(2.0)])
        assert both.roles == alone.roles == {0: AGENT, 1: CUSTOMER}
        assert alone.confidence == pytest.approx(1 / (1 + math.exp(-2)))
        assert both.confidence == pytest.approx(1 / (1 + math.exp(-4)))
        assert both.evidence == {"words": 2.0, "model": 2.0}

    @pytest.mark.parametrize(("words", "role"), [(-2.0, UNSURE), (-0.5, AGENT), (-4.6, CUSTOMER), (2.0, AGENT)])
    def test_what_is_contradicted_must_be_clear(self, words: float, role: Role) -> None:
        assert roles.weigh(TWO, [_words(words), _model(3.0)]).roles[0] == role

    def test_the_most_agent_like_of_several_is_the_agent(self) -> None:
        said = _said((0, 0), (1, 0), (2, 0))
        assert roles.weigh(said, [roles.from_scores(Kind.WORDS, {0: -1.0, 1: 2.0, 2: 0.5})]).roles == {0: CUSTOMER, 1: AGENT, 2: CUSTOMER}

    def test_below_the_margin_nobody_is_named(self) -> None:
        verdict = roles.weigh(TWO, [_words(roles.MARGIN / 2)])
        assert set(verdict.roles.values()) == {UNSURE}
        assert verdict.confidence < 0.6

    @pytest.mark.parametrize(("odds", "role"), [(2.0, AGENT), (-2.0, CUSTOMER), (0.5, UNSURE), (-0.5, UNSURE)])
    def test_a_lone_voice_needs_clear_words(self, odds: float, role: Role) -> None:
        assert roles.weigh(_said((3, 0)), [Sign(Kind.WORDS, {3: odds})]).roles == {3: role}

    @given(st.lists(st.tuples(st.sampled_from(Kind), st.floats(-20, 20)), max_size=4))
    def test_swapped_signs_swap_the_roles(self, given_signs: list[tuple[Kind, float]]) -> None:
        known = [(kind, odds) for kind, odds in given_signs if kind in roles.LIMITS]
        verdict = roles.weigh(TWO, [Sign(kind, {0: odds, 1: -odds}) for kind, odds in known])
        swapped = roles.weigh(TWO, [Sign(kind, {1: odds, 0: -odds}) for kind, odds in known])
        assert dict(verdict.roles) == {0: swapped.roles[1], 1: swapped.roles[0]}
        assert verdict.confidence == swapped.confidence
        assert 0 <= verdict.confidence <= 1

    @given(st.dictionaries(st.integers(0, 9), st.floats(-1e6, 1e6), min_size=2))
    def test_there_is_exactly_one_agent_or_nobody_is_named(self, scores: dict[int, float]) -> None:
        said = _said(*((speaker, 0) for speaker in scores))
        found = list(roles.weigh(said, [roles.from_scores(Kind.WORDS, scores)]).roles.values())
        assert len(found) == len(scores)
        assert found.count(AGENT) == 1 or set(found) == {UNSURE}


class TestModelsVerdict:
    """A model's word is one sign among others, if it is a clear one."""

    def test_its_confidence_becomes_log_odds(self) -> None:
        sign = roles.from_verdict(RoleVerdict({0: CUSTOMER, 1: AGENT}, 0.9))
        assert sign is not None
        assert sign.odds == {0: pytest.approx(-math.log(9)), 1: pytest.approx(math.log(9))}

    @pytest.mark.parametrize("named", [{}, {0: AGENT, 1: UNSURE}, {0: AGENT, 1: AGENT}, {0: CUSTOMER, 1: CUSTOMER}])
    def test_what_names_no_agent_or_two_is_no_sign(self, named: dict[int, Role]) -> None:
        assert roles.from_verdict(RoleVerdict(named, 0.9)) is None

    @pytest.mark.parametrize("confidence", [0.0, 1.0])
    def test_a_model_that_is_certain_breaks_nothing(self, confidence: float) -> None:
        sign = roles.from_verdict(RoleVerdict({0: CUSTOMER, 1: AGENT}, confidence))
        assert sign is not None
        assert all(map(math.isfinite, sign.odds.values()))


class TestSwapping:
    """What a person may leave unsaid."""

    def test_agent_and_customer_change_places(self) -> None:
        assert roles.swapped({0: AGENT, 4: CUSTOMER}) == {0: CUSTOMER, 4: AGENT}
        assert roles.swapped({2: CUSTOMER}) == {2: AGENT}

    @pytest.mark.parametrize("there", [{}, {0: UNSURE, 1: UNSURE}, {0: AGENT, 1: CUSTOMER, 2: CUSTOMER}])
    def test_where_it_says_nothing_roles_are_asked_for(self, there: dict[int, Role]) -> None:
        with pytest.raises(RefusedError, match="Say who is who"):
            roles.swapped(there)
