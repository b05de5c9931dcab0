"""The words that the network understands, and whose answer is not ours to give."""

import pytest

from domain.telephony.opt_outs import Keyword, OptOut, keyword, withheld

STOPS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT")


@pytest.mark.parametrize("word", STOPS)
@pytest.mark.parametrize("said", ["{}", " {} ", "{}.", "\n{}!\n"])
def test_each_of_twilios_words_is_a_stop_however_it_is_written(word: str, said: str) -> None:
    assert keyword(said.format(word)) is Keyword.STOP
    assert keyword(said.format(word.lower())) is Keyword.STOP


@pytest.mark.parametrize(
    ("text", "expected"),
    [("START", Keyword.START), ("unstop", Keyword.START), ("Yes", Keyword.YES), ("help", Keyword.HELP), ("INFO?", Keyword.HELP)],
)
def test_the_other_words_are_known(text: str, expected: Keyword) -> None:
    assert keyword(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "stop please",
        "please cancel my booking",
        "yes please",
        "help me",
        "стоп end",
        "end 終",
        "9 end",
        "x" * 10_000,
        "stop " * 30,
    ],
)
def test_a_message_that_says_anything_else_is_no_keyword(text: str) -> None:
    assert keyword(text) is None


@pytest.mark.parametrize(("told", "expected"), [("STOP", Keyword.STOP), ("start", Keyword.START), ("HELP", Keyword.HELP)])
def test_what_twilio_took_it_for_decides(told: str, expected: Keyword) -> None:
    assert keyword("ARRET", told) is expected
    assert keyword("YES", told) is expected


@pytest.mark.parametrize("told", ["", "YES", "something new"])
def test_a_word_of_twilios_that_we_do_not_know_hides_no_keyword(told: str) -> None:
    assert keyword("STOP", told) is Keyword.STOP


@pytest.mark.parametrize(
    ("said", "stands", "why"),
    [
        (Keyword.STOP, None, "opted_out"),
        (Keyword.HELP, None, "twilio_answers"),
        (Keyword.START, OptOut(stopped=False, source_ref="SM9"), "twilio_answers"),
        (Keyword.YES, OptOut(stopped=False, source_ref="SM1"), "twilio_answers"),
        (Keyword.YES, OptOut(stopped=False, source_ref="SM0"), None),
        (Keyword.YES, None, None),
        (None, OptOut(stopped=True), "opted_out"),
        (None, OptOut(stopped=False), None),
        (None, None, None),
    ],
)
def test_who_wants_no_answer_or_has_twilios_gets_none_of_ours(said: Keyword | None, stands: OptOut | None, why: str | None) -> None:
    assert withheld(said, "SM1", stands) == why
