"""One intent out of many utterances."""

from domain.speech import OUT_OF_SCOPE, Role, RoleVerdict, Utterance
from domain.understanding import intents


def _said(*lines: tuple[int, str]) -> tuple[Utterance, ...]:
    return tuple(Utterance(seq, speaker, text, 0, 0) for seq, (speaker, text) in enumerate(lines))


SAID = _said((0, "how can i help"), (1, "my card is gone"), (0, "okay"))


def test_only_the_customer_s_words_hold_the_wish() -> None:
    assert intents.customer_utterances(SAID, RoleVerdict({0: Role.AGENT, 1: Role.CUSTOMER}, 0.9)) == ("my card is gone",)


def test_everybody_is_heard_when_nobody_is_known_to_be_the_customer() -> None:
    assert len(intents.customer_utterances(SAID, RoleVerdict({0: Role.UNSURE, 1: Role.UNSURE}, 0.5))) == 3


def test_of_an_endless_call_the_beginning_is_enough() -> None:
    endless = _said(*((0, "and another thing") for _ in range(1_000)))
    assert len(intents.customer_utterances(endless, RoleVerdict({0: Role.CUSTOMER}, 1.0))) == intents.LISTENED_TO


def test_the_clearest_utterance_decides() -> None:
    chosen = intents.choose([{"greeting": 0.99}, {"pay_bill": 0.8, "check_balance": 0.1}, {"check_balance": 0.5}])
    assert chosen.name == "pay_bill"


def test_what_is_said_early_weighs_more() -> None:
    assert intents.choose([{"pay_bill": 0.7}, {"check_balance": 0.7}]).name == "pay_bill"


def test_weak_evidence_is_out_of_scope() -> None:
    chosen = intents.choose([{"pay_bill": intents.THRESHOLD - 0.05, OUT_OF_SCOPE: 0.2}])
    assert chosen.name == OUT_OF_SCOPE
    assert 0 < chosen.confidence < 1


def test_a_courtesy_is_the_intent_only_if_nothing_else_was_said() -> None:
    assert intents.choose([{"greeting": 0.9}]).name == "greeting"
    assert intents.choose([{"greeting": 0.9}, {"order_checks": 0.6}]).name == "order_checks"


def test_silence_is_out_of_scope() -> None:
    assert intents.choose([]).name == OUT_OF_SCOPE


def test_every_intent_has_one_name() -> None:
    assert len(set(intents.INTENTS)) == len(intents.INTENTS)


def test_a_greeting_beside_something_strange_is_out_of_scope() -> None:
    assert intents.choose([{"greeting": 0.4, OUT_OF_SCOPE: 0.55}]).name == OUT_OF_SCOPE


def test_the_thanks_at_the_end_of_an_order_are_not_what_it_was_about() -> None:
    assert intents.choose([{OUT_OF_SCOPE: 0.6, "greeting": 0.3}, {"goodbye": 0.95}]).name == OUT_OF_SCOPE


def test_how_sure_is_sure_enough_may_be_said() -> None:
    assert intents.choose([{"boarding": 0.2, OUT_OF_SCOPE: 0.1}], threshold=0.15).name == "boarding"
    assert intents.choose([{"boarding": 0.8, OUT_OF_SCOPE: 0.1}], threshold=0.9).name == OUT_OF_SCOPE
