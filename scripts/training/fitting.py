"""Fits the linear models and writes them as the product reads them; needs scikit-learn, which the product does not."""

import hashlib
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no annotations

from providers.local.linear import MANIFEST, WEIGHTS, LinearModel, packed
from providers.local.ngrams import char_ngrams, word_ngrams

# so many digits say all there is to say; the rest is the machine's arithmetic, and would change the bytes
DIGITS = 4
MAX_ITERATIONS = 500

Analyzer = Callable[[str], list[str]]
ANALYZERS: tuple[Analyzer, ...] = (word_ngrams, char_ngrams)


@dataclass
class Examples:
    """Texts with what they stand for."""

    sources: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, source: str, label: str, text: str, weight: float) -> None:
        """One more."""
        self.sources.append(source)
        self.labels.append(label)
        self.texts.append(text)
        self.weights.append(weight)


@dataclass(frozen=True)
class Fitted:
    """A model as plain numbers, rounded; ``weights`` feature by feature."""

    labels: tuple[str, ...]
    terms: tuple[str, ...]
    idf: tuple[float, ...]
    weights: tuple[float, ...]
    intercepts: tuple[float, ...]


def fit_binary(
    examples: Examples,
    *,
    positive: str,
    min_sources: int,
    min_documents: int,
    regularization_c: float,
    seed: int,
    analyzers: Sequence[Analyzer] = ANALYZERS,
) -> Fitted:
    """One score per text: the log-odds of ``positive``. Each analyzer's features are a block of their own."""
    vectorizers, matrix = _vectors(examples, min_sources, min_documents, analyzers)
    truth = [label == positive for label in examples.labels]
    model = _fit(matrix, truth, examples.weights, regularization_c, seed)
    return _plain((positive,), vectorizers, model)


def fit_many(examples: Examples, *, min_documents: int, regularization_c: float, seed: int) -> Fitted:
    """One score per label; their softmax is a probability."""
    vectorizers, matrix = _vectors(examples, 1, min_documents)
    model = _fit(matrix, examples.labels, examples.weights, regularization_c, seed)
    return _plain(tuple(str(label) for label in model.classes_), vectorizers, model)


def in_memory(fitted: Fitted) -> LinearModel:
    """The fitted numbers behind the product's own scorer."""
    vocabulary = {term: at for at, term in enumerate(fitted.terms)}
    return LinearModel("in-memory", fitted.labels, vocabulary, fitted.idf, fitted.weights, fitted.intercepts)


def write(folder: Path, fitted: Fitted, facts: Mapping[str, object]) -> str:
    """Write weights and manifest; says what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = packed(fitted.terms, fitted.idf, fitted.weights, fitted.intercepts)
    (folder / WEIGHTS).write_bytes(raw)
    manifest = {
        **facts,
        "labels": fitted.labels,
        "features": len(fitted.terms),
        "weights": {"file": WEIGHTS, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()},
        "made_with": {
            "python": ".".join(platform.python_version_tuple()[:2]),
            "numpy": np.__version__, "scikit-learn": sklearn.__version__, "scipy": scipy.__version__,
        },
    }  # fmt: skip
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return f"{folder}: {len(fitted.terms)} n-grams, {len(fitted.labels)} labels, {len(raw)} bytes"


def _vectors(
    examples: Examples, min_sources: int, min_documents: int, analyzers: Sequence[Analyzer] = ANALYZERS
) -> tuple[list[TfidfVectorizer], csr_matrix]:
    blocks = [_block(examples, analyzer, min_sources, min_documents) for analyzer in analyzers]
    return [vectorizer for vectorizer, _ in blocks], hstack([matrix for _, matrix in blocks]).tocsr()


def _block(examples: Examples, analyzer: Analyzer, min_sources: int, min_documents: int) -> tuple[TfidfVectorizer, csr_matrix]:
    first = TfidfVectorizer(analyzer=analyzer, min_df=min_documents, sublinear_tf=True)
    matrix, sources = first.fit_transform(examples.texts), np.array(examples.sources)
    seen = np.zeros(matrix.shape[1], dtype=int)
    for source in sorted(set(examples.sources)):
        seen += np.asarray((matrix[sources == source] > 0).sum(axis=0)).ravel() >= min_documents
    terms = first.get_feature_names_out()[seen >= min_sources] if min_sources > 1 else first.get_feature_names_out()
    second = TfidfVectorizer(analyzer=analyzer, vocabulary=sorted(terms), sublinear_tf=True)
    return second, second.fit_transform(examples.texts)


def _fit(matrix: csr_matrix, truth: Sequence[object], weights: Sequence[float], regularization_c: float, seed: int) -> LogisticRegression:
    # one thread: sums in another order are other sums
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=regularization_c, max_iter=MAX_ITERATIONS, random_state=seed)
        return model.fit(matrix, truth, sample_weight=weights)


def _plain(labels: tuple[str, ...], vectorizers: Sequence[TfidfVectorizer], model: LogisticRegression) -> Fitted:
    return Fitted(
        labels=labels,
        terms=tuple(str(term) for vectorizer in vectorizers for term in vectorizer.get_feature_names_out()),
        idf=_rounded(np.concatenate([vectorizer.idf_ for vectorizer in vectorizers])),
        weights=_rounded(model.coef_.T.ravel()),
        intercepts=_rounded(model.intercept_),
    )


def _rounded(numbers: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float, ...]:
    return tuple(float(number) + 0.0 for number in np.round(numbers, DIGITS))
