"""A linear model over TF-IDF n-grams, read from a folder of weights; plain Python, no numpy.

``weights.bin`` (little-endian): uint32 length of the vocabulary in bytes, the vocabulary as UTF-8 lines, float32 inverse document
frequencies, float32 weights feature by feature (one per label), float32 intercepts. ``manifest.json`` beside it says what it was made
from and holds its sha256.
"""

import json
import math
import struct
import sys
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path

from providers.local.ngrams import char_ngrams, word_ngrams

WEIGHTS, MANIFEST = "weights.bin", "manifest.json"


@dataclass(frozen=True)
class LinearModel:
    """Scores of a text, one per label, in log-odds."""

    name: str
    labels: tuple[str, ...]
    vocabulary: Mapping[str, int]
    idf: Sequence[float]
    weights: Sequence[float]
    intercepts: Sequence[float]

    def scores(self, text: str) -> list[float]:
        """TF-IDF (sublinear; words and characters each at length one) times the weights. Unknown words count nothing."""
        width = len(self.labels)
        vector = [*self._vector(word_ngrams(text)), *self._vector(char_ngrams(text))]
        if not vector:
            return list(self.intercepts)
        values = [value for _, value in vector]
        rows = (self.weights[feature * width : (feature + 1) * width] for feature, _ in vector)
        # label by label in the interpreter's own loops, which take two thirds of the time of ours
        columns = zip(*rows, strict=True)
        return [sum(map(mul, values, column), intercept) for column, intercept in zip(columns, self.intercepts, strict=True)]

    def _vector(self, grams: Sequence[str]) -> list[tuple[int, float]]:
        counts = Counter(self.vocabulary[gram] for gram in grams if gram in self.vocabulary)
        values = [(feature, (1 + math.log(count)) * self.idf[feature]) for feature, count in counts.items()]
        length = math.sqrt(sum(value * value for _, value in values)) or 1.0
        return [(feature, value / length) for feature, value in values]


def load(folder: Path) -> LinearModel:
    """Read a model; some milliseconds for tens of thousands of n-grams."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    raw = (folder / WEIGHTS).read_bytes()
    (size,) = struct.unpack_from("<I", raw)
    terms = raw[4 : 4 + size].decode("utf-8").split("\n")
    numbers = _floats(raw[4 + size :])
    labels, first = tuple(manifest["labels"]), len(terms)
    last = first + first * len(labels)
    vocabulary = {term: at for at, term in enumerate(terms)}
    name = f"{manifest['name']}-{manifest['version']}"
    return LinearModel(name, labels, vocabulary, numbers[:first], numbers[first:last], numbers[last:])


def packed(terms: Sequence[str], idf: Sequence[float], weights: Sequence[float], intercepts: Sequence[float]) -> bytes:
    """The bytes that ``load`` reads; ``weights`` feature by feature."""
    text = "\n".join(terms).encode("utf-8")
    numbers = array("f", [*idf, *weights, *intercepts])
    if sys.byteorder == "big":
        numbers.byteswap()
    return struct.pack("<I", len(text)) + text + numbers.tobytes()


def _floats(raw: bytes) -> "array[float]":  # subscriptable for the type checker only
    numbers = array("f")
    numbers.frombytes(raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
