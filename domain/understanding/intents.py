"""What a customer may want, and how the scores of their utterances become one intent. Pure rules."""

from collections.abc import Callable, Mapping, Sequence

from domain.speech import OUT_OF_SCOPE, Intent, Role, RoleVerdict, Utterance

# said in nearly every call; they are the intent only if nothing else was said
COURTESIES = ("greeting", "goodbye")

BANKING = (
    "check_balance",
    "check_transactions",
    "pay_bill",
    "transfer_money",
    "transfer_problem",
    "replace_card",
    "card_delivery",
    "card_problem",
    "report_fraud",
    "dispute_charge",
    "order_checks",
    "exchange_rate",
    "top_up",
)
ACCOUNT = ("reset_password", "update_details", "verify_identity", "close_account")
FRONT_DESK = (
    "book_appointment",
    "cancel_or_change_booking",
    "confirm_booking",
    "order_status",
    "billing_question",
    "opening_hours",
    "directions",
    "technical_problem",
    "speak_to_human",
)
INTENTS = (*BANKING, *ACCOUNT, *FRONT_DESK, *COURTESIES, OUT_OF_SCOPE)

THRESHOLD = 0.35
# people say early what they want, and later answer questions (name, PIN, address):
# the n-th utterance weighs DECAY ** n, never less than LATE
DECAY, LATE = 0.8, 0.2
# an hour of talk has hundreds of utterances; the wish stands in the first of them
LISTENED_TO = 100


def customer_utterances(utterances: tuple[Utterance, ...], verdict: RoleVerdict) -> tuple[str, ...]:
    """The words that may hold the wish: the customer's, or everybody's if nobody is known to be the customer."""
    customers = {speaker for speaker, role in verdict.roles.items() if role is Role.CUSTOMER}
    heard = [said.text for said in utterances if not customers or said.speaker in customers]
    return tuple(heard[:LISTENED_TO])


def choose(scores: Sequence[Mapping[str, float]], threshold: float = THRESHOLD) -> Intent:
    """The best-scoring utterance decides. Each mapping holds the probabilities of one utterance, in the order in which they were said.

    What is less probable than ``threshold`` (0..1) is ``out_of_scope``.
    """
    wish = _best(scores, lambda name: name not in COURTESIES and name != OUT_OF_SCOPE)
    if wish.confidence >= threshold:
        return wish
    if all(max(said, key=said.__getitem__) in COURTESIES for said in scores):
        courtesy = _best(scores, lambda name: name in COURTESIES)
        if courtesy.confidence >= threshold:
            return courtesy
    return Intent(OUT_OF_SCOPE, round(1 - wish.confidence, 4))


def _best(scores: Sequence[Mapping[str, float]], allowed: Callable[[str], bool]) -> Intent:
    weighted = [
        (probability * max(DECAY**turn, LATE), name)
        for turn, said in enumerate(scores)
        for name, probability in said.items()
        if allowed(name)
    ]
    confidence, name = max(weighted, default=(0.0, OUT_OF_SCOPE))
    return Intent(name, round(confidence, 4))
