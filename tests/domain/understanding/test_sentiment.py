"""How a customer sounds."""

import pytest

from domain.understanding import sentiment


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("Thank you so much, you have been very helpful", "positive"),
        ("that's perfect", "positive"),
        ("I am really happy with the service", "positive"),
        ("This is ridiculous, I've been waiting for an hour", "negative"),
        ("i am so frustrated with your app", "negative"),
        ("I'm fed up with this", "negative"),
        ("I am not happy about that", "negative"),
        ("I wasn't at all satisfied", "negative"),
        ("this isn\u2019t helpful", "negative"),
        ("I'm not angry, I just want my card", "neutral"),
        ("it was no nightmare", "neutral"),
        ("I lost my card and there is a problem with my account", "neutral"),
        ("I'd love to book a table", "neutral"),
        ("I would be very happy to come in tomorrow", "neutral"),
        ("thanks, bye", "neutral"),
        ("what time do you open", "neutral"),
        ("great service but the food was terrible", "neutral"),
    ],
)
def test_the_mood_of_a_sentence(text: str, mood: str) -> None:
    assert sentiment.of([text]) == mood


def test_a_call_sounds_as_most_of_it_does() -> None:
    assert sentiment.of(["this is awful", "and useless", "okay great"]) == "negative"


@pytest.mark.parametrize("texts", [[], [""], ["  ", ""]])
def test_silence_has_no_mood(texts: list[str]) -> None:
    assert sentiment.of(texts) is None
