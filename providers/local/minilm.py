"""Sentences as vectors: the encoder all-MiniLM-L6-v2 (Apache-2.0, sentence-transformers) in numpy alone.

Needs requirements-vectors.txt: numpy, and the package that carries the weights as ``model.safetensors`` (8 bytes with the length of a
JSON head, the head, then the numbers). The file is mapped and not read, so processes that fork later share it.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from providers.local.wordpiece import WordPieces

Array = NDArray[np.float32]

LAYERS, HEADS, WIDTH = 6, 12, 384
# what a caller says in one breath; more is cut off, and bounds the work
MAX_PIECES = 64
VIEWED_LAYERS = 3
_EPSILON = 1e-12


@dataclass(frozen=True)
class _Layer:
    attending: Array
    attending_bias: Array
    attended: Array
    attended_bias: Array
    attended_norm: tuple[Array, Array]
    inner: Array
    inner_bias: Array
    outer: Array
    outer_bias: Array
    outer_norm: tuple[Array, Array]


class MiniLM:
    """Implements ``providers.local.vector_learner.Encoder``."""

    name, width = "minilm-l6-2", WIDTH

    def __init__(self, folder: Path) -> None:
        """``folder`` holds ``model.safetensors`` and ``vocab.txt``."""
        found = _mapped(folder / "model.safetensors")
        self._pieces = WordPieces((folder / "vocab.txt").read_text(encoding="utf-8").splitlines(), MAX_PIECES)
        self._words = found["embeddings.word_embeddings.weight"]
        self._places = found["embeddings.position_embeddings.weight"] + found["embeddings.token_type_embeddings.weight"][0]
        self._norm = _norm(found, "embeddings")
        self._layers = [_layer(found, f"encoder.layer.{number}.") for number in range(LAYERS)]

    def encode(self, text: str) -> Array:
        """Five views of a sentence, each of length one.

        The mean of the last layer, which is the model's own vector; the means of the two layers before; the first mark; the highest of
        each number. An empty text has vectors, too.
        """
        numbers = self._pieces.of(text)
        states = _normed(self._words[numbers] + self._places[: len(numbers)], self._norm)
        means = []
        for layer in self._layers:
            states = _passed(layer, states)
            means.append(states.mean(axis=0))
        views = [*means[: -VIEWED_LAYERS - 1 : -1], states[0], states.max(axis=0)]
        return np.concatenate([view / np.linalg.norm(view) for view in views])


def _passed(layer: _Layer, states: Array) -> Array:
    query, key, value = (
        part.reshape(len(states), HEADS, WIDTH // HEADS).transpose(1, 0, 2)
        for part in np.split(states @ layer.attending + layer.attending_bias, 3, axis=1)
    )
    weights = query @ key.transpose(0, 2, 1) / np.float32(math.sqrt(WIDTH // HEADS))
    weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    heard = (weights @ value).transpose(1, 0, 2).reshape(len(states), WIDTH)
    states = _normed(states + heard @ layer.attended + layer.attended_bias, layer.attended_norm)
    inner = _gelu(states @ layer.inner + layer.inner_bias)
    return _normed(states + inner @ layer.outer + layer.outer_bias, layer.outer_norm)


def _normed(states: Array, norm: tuple[Array, Array]) -> Array:
    states = states - states.mean(axis=-1, keepdims=True)
    normed: Array = states / np.sqrt((states * states).mean(axis=-1, keepdims=True) + np.float32(_EPSILON)) * norm[0] + norm[1]
    return normed


def _gelu(inner: Array) -> Array:
    # the usual approximation: numpy has no erf
    bent = np.float32(math.sqrt(2 / math.pi)) * (inner + np.float32(0.044715) * inner * inner * inner)
    passed: Array = np.float32(0.5) * inner * (1 + np.tanh(bent))
    return passed


def _layer(found: Mapping[str, Array], at: str) -> _Layer:
    parts = [f"{at}attention.self.{part}." for part in ("query", "key", "value")]
    return _Layer(
        np.ascontiguousarray(np.concatenate([found[f"{part}weight"] for part in parts]).T),
        np.concatenate([found[f"{part}bias"] for part in parts]),
        found[f"{at}attention.output.dense.weight"].T,
        found[f"{at}attention.output.dense.bias"],
        _norm(found, f"{at}attention.output"),
        found[f"{at}intermediate.dense.weight"].T,
        found[f"{at}intermediate.dense.bias"],
        found[f"{at}output.dense.weight"].T,
        found[f"{at}output.dense.bias"],
        _norm(found, f"{at}output"),
    )


def _norm(found: Mapping[str, Array], at: str) -> tuple[Array, Array]:
    return found[f"{at}.LayerNorm.weight"], found[f"{at}.LayerNorm.bias"]


def _mapped(path: Path) -> Mapping[str, Array]:
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    (size,) = struct.unpack("<Q", raw[:8].tobytes())
    head = json.loads(raw[8 : 8 + size].tobytes())
    return {
        name: raw[8 + size + about["data_offsets"][0] : 8 + size + about["data_offsets"][1]].view(np.float32).reshape(about["shape"])
        for name, about in head.items()
        if about.get("dtype") == "F32"
    }
