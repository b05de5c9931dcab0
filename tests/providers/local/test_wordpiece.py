"""Words cut into the pieces of a vocabulary."""

import pytest

from providers.local.wordpiece import WordPieces

VOCABULARY = ("[UNK]", "[CLS]", "[SEP]", "card", "##s", "my", "?", "cafe", "'", "t", "don")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ["[CLS]", "[SEP]"]),
        ("My CARDS?", ["[CLS]", "my", "card", "##s", "?", "[SEP]"]),
        ("caf\u00e9", ["[CLS]", "cafe", "[SEP]"]),
        ("don't", ["[CLS]", "don", "'", "t", "[SEP]"]),
        ("zebra my", ["[CLS]", "[UNK]", "my", "[SEP]"]),
        ("cardz", ["[CLS]", "[UNK]", "[SEP]"]),
        ("card" * 100, ["[CLS]", "[UNK]", "[SEP]"]),
    ],
)
def test_a_text_has_these_pieces(text: str, pieces: list[str]) -> None:
    assert [VOCABULARY[number] for number in WordPieces(VOCABULARY, 10).of(text)] == pieces


def test_a_long_text_is_cut_off_and_still_ended() -> None:
    found = WordPieces(VOCABULARY, 5).of("my card my card my card")
    assert [VOCABULARY[number] for number in found] == ["[CLS]", "my", "card", "my", "[SEP]"]
