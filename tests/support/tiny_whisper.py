"""A whisper model of two megabytes in CTranslate2's own format. It hears the same words in whatever is no silence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WIDTH, MELS, FRAMES, LONGEST = 64, 80, 1_500, 448
WORDS = "hello from the tiny model"
ENDS_S = 1.5

# in a byte-level vocabulary this letter stands for the space before a word
SPOKEN = [f"\N{LATIN CAPITAL LETTER G WITH DOT ABOVE}{word}" for word in WORDS.split()]
BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
NAMES = ("endoftext", "startoftranscript", "translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
SPECIAL = [f"<|{name}|>" for name in NAMES]
TIMES = [f"<|{step / 50:.2f}|>" for step in range(1_501)]
VOCABULARY = [*BYTES, *SPOKEN, *SPECIAL, *TIMES]


def write(folder: Path) -> Path:
    """Write the model into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _tokenizer().save(str(folder / "tokenizer.json"))
    spec = _spec([_id(token) for token in ("<|0.00|>", *SPOKEN, f"<|{ENDS_S:.2f}|>", "<|endoftext|>")])
    spec.register_vocabulary(VOCABULARY)
    spec.validate()
    spec.save(str(folder))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": MELS}), encoding="utf-8")
    return folder


def _id(token: str) -> int:
    return VOCABULARY.index(token)


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE({token: at for at, token in enumerate(VOCABULARY)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([*SPECIAL, *TIMES])
    return tokenizer


def _spec(said: list[int]) -> WhisperSpec:
    """Every layer is nought; where the decoder stands in the sentence alone says which token comes next."""
    spec = WhisperSpec(1, 1, 1, 1)
    tokens = np.random.default_rng(7).choice([-1.0, 1.0], (len(VOCABULARY), WIDTH)).astype(np.float32)
    positions = np.tile(tokens[_id("<|endoftext|>")], (LONGEST, 1))
    positions[: len(said)] = tokens[said]
    spec.encoder.conv1.weight, spec.encoder.conv1.bias = _nought(WIDTH, MELS, 3), _nought(WIDTH)
    spec.encoder.conv2.weight, spec.encoder.conv2.bias = _nought(WIDTH, WIDTH, 3), _nought(WIDTH)
    spec.encoder.position_encodings.encodings = _nought(FRAMES, WIDTH)
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = tokens
    spec.decoder.position_encodings.encodings = 50 * positions
    for layer_norm in (spec.encoder.layer_norm, spec.decoder.layer_norm):
        _normal(layer_norm)
    for layer in (*spec.encoder.layer, *spec.decoder.layer):
        _empty(layer)
    return spec


def _empty(layer: Any) -> None:
    # a decoder's layer looks back at its own words and across at the sound, an encoder's only at the sound
    looks = [(layer.self_attention, (3, 1))] + ([(layer.attention, (1, 2, 1))] if hasattr(layer, "attention") else [])
    for attention, widths in looks:
        _normal(attention.layer_norm)
        for linear, times in zip(attention.linear, widths, strict=True):
            _mute(linear, times * WIDTH)
    _normal(layer.ffn.layer_norm)
    _mute(layer.ffn.linear_0, WIDTH)
    _mute(layer.ffn.linear_1, WIDTH)


def _normal(layer_norm: Any) -> None:
    layer_norm.gamma, layer_norm.beta = np.ones(WIDTH, np.float32), _nought(WIDTH)


def _mute(linear: Any, width: int) -> None:
    linear.weight, linear.bias = _nought(width, WIDTH), _nought(width)


def _nought(*shape: int) -> "np.ndarray[Any, Any]":
    return np.zeros(shape, np.float32)
