"""A short account of a conversation."""

from hypothesis import given
from hypothesis import strategies as st

from domain.speech import Intent, Role, RoleVerdict, Utterance
from domain.understanding import summary

VERDICT = RoleVerdict({0: Role.AGENT, 1: Role.CUSTOMER}, 0.9)
BOOKING = Intent("book_appointment", 0.9)


def _said(*lines: tuple[int, str]) -> tuple[Utterance, ...]:
    return tuple(Utterance(seq, speaker, text, 0, 0) for seq, (speaker, text) in enumerate(lines))


CALL = _said(
    (0, "Thank you for calling. How can I help you?"),
    (1, "Hi, good morning. I'd like to make an appointment with the doctor. It is not urgent."),
    (0, "Sure. What day?"),
    (1, "Tomorrow."),
    (0, "I have booked you for nine. Is there anything else that I have to do for you?"),
)


def test_it_tells_the_wish_the_intent_and_how_it_ended() -> None:
    assert summary.of(CALL, VERDICT, BOOKING) == (
        'Customer: "I\'d like to make an appointment with the doctor." Intent: book appointment. Agent: "I have booked you for nine."'
    )


def test_what_did_not_end_is_not_given_an_end() -> None:
    assert "Agent" not in (summary.of(CALL[:4], VERDICT, BOOKING) or "")


def test_a_message_is_told_without_an_agent() -> None:
    told = summary.of(_said((1, "ok hello there. can you call me back")), VERDICT, Intent("speak_to_human", 0.8))
    assert told == 'Customer: "can you call me back" Intent: speak to human.'


def test_without_a_wish_the_first_sentence_that_says_something_stands_for_it() -> None:
    assert (summary.of(_said((1, "Hello. Blue water under the bridge.")), VERDICT, BOOKING) or "").startswith('Customer: "Blue water')


def test_silence_has_no_summary() -> None:
    assert summary.of(_said((0, "hello?"), (1, " ")), VERDICT, BOOKING) is None


@given(st.lists(st.tuples(st.integers(0, 1), st.text())), st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=400))
def test_it_is_short_and_made_of_what_was_said(lines: list[tuple[int, str]], intent: str) -> None:
    told = summary.of(_said(*lines), VERDICT, Intent(intent, 0.5))
    if told is not None:
        assert len(told) <= summary.MAX_CHARS
        assert "\0" not in told
