"""The plain-Python scorer computes what scikit-learn fitted."""

from pathlib import Path

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from providers.local import linear
from providers.local.ngrams import char_ngrams, cleaned, word_ngrams
from scripts.training import fitting

TEXTS = ["how can i help you", "i lost my card", "is there anything else", "my card is gone", "can i help with that", "i need a new card"]
LABELS = ["agent", "customer", "agent", "customer", "agent", "customer"]


def _examples() -> fitting.Examples:
    examples = fitting.Examples()
    for text, label in zip(TEXTS, LABELS, strict=True):
        examples.add("one", label, text, 1.0)
    return examples


def test_scores_equal_those_of_scikit_learn() -> None:
    fitted = fitting.fit_binary(_examples(), positive="agent", min_sources=1, min_documents=1, regularization_c=5.0, seed=1)
    model = linear.LinearModel(
        "m", fitted.labels, {term: at for at, term in enumerate(fitted.terms)}, fitted.idf, fitted.weights, fitted.intercepts
    )
    text, expected, offset = "can i help you with my new card card", fitted.intercepts[0], 0
    for analyzer in (word_ngrams, char_ngrams):
        vectorizer = TfidfVectorizer(analyzer=analyzer, sublinear_tf=True).fit(TEXTS)
        width = len(vectorizer.vocabulary_)
        expected += float(vectorizer.transform([text]).toarray()[0] @ list(fitted.weights[offset : offset + width]))
        offset += width
    assert model.scores(text)[0] == pytest.approx(expected, abs=1e-3)


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    examples = _examples()
    examples.add("one", "nobody", "the number you have dialed", 1.0)
    fitted = fitting.fit_many(examples, min_documents=1, regularization_c=5.0, seed=1)
    fitting.write(tmp_path, fitted, {"name": "try", "version": "3"})
    model = linear.load(tmp_path)
    assert (model.name, model.labels) == ("try-3", fitted.labels)
    assert list(model.weights) == pytest.approx(fitted.weights, abs=1e-4)
    assert list(model.intercepts) == pytest.approx(fitted.intercepts, abs=1e-4)
    assert list(model.vocabulary) == list(fitted.terms)


def test_a_text_of_unknown_words_is_told_by_the_intercepts() -> None:
    model = linear.LinearModel("m", ("a", "b"), {"_card": 0}, [1.0], [0.5, -0.5], [0.25, 0.75])
    assert model.scores("xyzzy") == [0.25, 0.75]
    assert model.scores("") == [0.25, 0.75]


def test_numbers_case_and_punctuation_are_evened_out() -> None:
    assert cleaned("  It's $1,250.00 -- at 9:30PM!  ") == "it's 0 0 0 at 0 0pm"


def test_word_and_character_ngrams_cannot_be_mistaken_for_each_other() -> None:
    assert not set(word_ngrams("a be see")) & set(char_ngrams("a be see"))
