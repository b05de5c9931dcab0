"""Text → the word pieces of BERT's uncased vocabulary, as its own tokenizer cuts them. Plain Python.

Lower case, no accents, marks stand alone, and each word is cut into the longest pieces that the vocabulary has, from the left
(Devlin et al. 2018, BERT; the vocabulary is the model's ``vocab.txt``).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

UNKNOWN, FIRST, LAST = "[UNK]", "[CLS]", "[SEP]"
# longer words are noise, and cutting them takes long
MAX_WORD_CHARS = 100

_PARTS = re.compile(r"[^\W_]+|[^\w\s]|_")


class WordPieces:
    """Cuts texts into at most ``limit`` pieces, the first and the last mark among them."""

    def __init__(self, vocabulary: Sequence[str], limit: int) -> None:
        """``vocabulary`` in the order of the model's numbers."""
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._limit = limit

    def of(self, text: str) -> list[int]:
        """The numbers of a text's pieces. An empty text has the two marks."""
        found = [self._numbers[FIRST]]
        for word in _words(text):
            if len(found) >= self._limit - 1:
                break
            found.extend(self._cut(word))
        return [*found[: self._limit - 1], self._numbers[LAST]]

    def _cut(self, word: str) -> list[int]:
        pieces, begin = list[int](), 0
        while begin < len(word):
            end = len(word)
            while end > begin and ("##" * bool(begin) + word[begin:end]) not in self._numbers:
                end -= 1
            if end == begin or len(word) > MAX_WORD_CHARS:
                return [self._numbers[UNKNOWN]]
            pieces.append(self._numbers["##" * bool(begin) + word[begin:end]])
            begin = end
        return pieces


def _words(text: str) -> Iterator[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(letter) != "Mn")
    return (found[0] for found in _PARTS.finditer(plain))
