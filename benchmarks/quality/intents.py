"""How often an intent is right: an organization's own labels from ten examples and from all, requests that are nobody's business, cost.

banking77, without repeated sentences. Ten examples: DRAWS draws of ten per label, learnt by the few-shot path of the product, asked of
ASKED of the other sentences. All: one fold of five (stratified), n-grams by the trainer, vectors by the product's learner. clinc150: fitted
on its train part and the hundred out-of-scope sentences of it, asked of its validation part. The product's background sentences and the
inverse document frequencies that it ships are not used: both come from the train part of clinc150, so nothing asked was ever seen.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no annotations

from benchmarks.quality.figure import Amount, Figure
from domain.organizations.organization import OwnIntent
from domain.speech import OUT_OF_SCOPE
from providers import registry
from providers.local.classifier import WEIGHTS
from providers.local.few_shot import Examples, Learner, OwnIntents, build
from providers.local.intents import LocalIntents
from providers.local.ngram_learner import BESIDE_VECTORS, NgramLearner
from providers.local.ngrams import char_ngrams, cleaned, word_ngrams
from scripts.training.corpora import Sentence, in_part, sentences

SEED, DRAWS, SHOTS, ASKED, FOLDS = 20_260, 3, 10, 1_000, 5
REGULARIZATION_C = 0.4
# what n-grams count beside vectors, and the share of out-of-scope sentences that shall be refused where the threshold is set
WORDS, REFUSED = 0.5, 0.8
TIMED = 100
Scores = NDArray[np.float32]


def figures(data: Path) -> Iterator[Figure | Amount]:
    """All rows of this part, as they are ready."""
    with threadpool_limits(limits=1):
        vectors = registry.sentence_vectors()
        banking = _unlike(sentences(data / "banking77.jsonl"))
        seen = in_part(data / "clinc150.jsonl", "train")
        yield from _few(banking, seen, vectors)
        yield from _cost(banking, vectors)
        yield from _all(banking, vectors)
        yield from _scope(seen, in_part(data / "clinc150.jsonl", "val"), vectors)


def _few(banking: Sequence[Sentence], seen: Sequence[Sentence], vectors: Learner | None) -> Iterator[Figure]:
    background = [sentence.text for sentence in seen if sentence.intent == OUT_OF_SCOPE]
    ngrams = _idf([sentence.text for sentence in seen])
    ways: list[tuple[str, list[Learner]]] = [("n-grams", [NgramLearner(ngrams)])]
    if vectors:
        ways.append(("vectors and n-grams", [vectors, NgramLearner(ngrams, BESIDE_VECTORS)]))
    for name, learners in ways:
        answers = [answer for draw in range(DRAWS) for answer in _drawn(banking, background, learners, draw)]
        right, strayed = sum(label == truth for label, truth, _ in answers), sum(not kept for _, _, kept in answers)
        yield Figure(f"intent banking77, {SHOTS} examples a label, {name}", len(answers), right, goal=0.865)
        yield Figure("— of these called out of scope", len(answers), strayed)


def _drawn(
    banking: Sequence[Sentence], background: Sequence[str], learners: Sequence[Learner], draw: int
) -> Iterator[tuple[str, str, bool]]:
    """Label, truth, and whether it is sure enough."""
    dice = np.random.default_rng(SEED + draw)
    mixed = [banking[at] for at in dice.permutation(len(banking))]
    shots, others = dict[str, list[str]](), list[Sentence]()
    for sentence in mixed:
        of_label = shots.setdefault(sentence.intent, [])
        if len(of_label) < SHOTS:
            of_label.append(sentence.text)
        else:
            others.append(sentence)
    model = build([OwnIntent(label, tuple(texts)) for label, texts in sorted(shots.items())], learners, background)
    # mixed anew: frequent labels have their ten first, and would be asked for first
    for sentence in (others[at] for at in dice.permutation(len(others))[:ASKED]):
        label, sure = model.likeliest(sentence.text)
        yield label, sentence.intent, sure >= model.threshold


def _all(banking: Sequence[Sentence], vectors: Learner | None) -> Iterator[Figure]:
    labels = sorted({sentence.intent for sentence in banking})
    truth = np.array([labels.index(sentence.intent) for sentence in banking])
    train, held = next(iter(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(truth, truth)))
    for name, scores in _fitted(labels, [banking[at] for at in train], [banking[at] for at in held], vectors):
        right = int((scores.argmax(axis=1) == truth[held]).sum())
        yield Figure(f"intent banking77, all examples, {name}", len(held), right, goal=0.942)


def _scope(seen: Sequence[Sentence], held: Sequence[Sentence], vectors: Learner | None) -> Iterator[Figure]:
    """The threshold is set on every other sentence and asked of the rest, and the other way round."""
    labels = sorted({sentence.intent for sentence in seen} - {OUT_OF_SCOPE})
    truth = np.array([labels.index(sentence.intent) if sentence.intent != OUT_OF_SCOPE else -1 for sentence in held])
    for name, scores in _fitted([*labels, OUT_OF_SCOPE], seen, held, vectors):
        own, sure = scores[:, :-1].argmax(axis=1), scores[:, :-1].max(axis=1) - scores[:, -1]
        kept = np.zeros(len(held), dtype=bool)
        for half in (0, 1):
            one, other = (np.arange(len(held)) % 2 == side for side in (half, 1 - half))
            kept[other] = sure[other] >= np.quantile(sure[one & (truth < 0)], REFUSED)
        inside = truth >= 0
        yield Figure(
            f"clinc150 in scope, right and not refused, {name}", int(inside.sum()), int((kept & (own == truth))[inside].sum()), 0.955
        )
        yield Figure(f"clinc150 out of scope, refused, {name}", int((~inside).sum()), int((~kept & ~inside).sum()), 0.70)


def _fitted(
    labels: Sequence[str], train: Sequence[Sentence], held: Sequence[Sentence], vectors: Learner | None
) -> Iterator[tuple[str, Scores]]:
    """Scores of what was held back, by n-grams alone, then with vectors."""
    numbers = [labels.index(sentence.intent) for sentence in train]
    blocks = [TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=2, dtype=np.float32) for analyzer in (word_ngrams, char_ngrams)]
    from_words = np.zeros((len(held), len(labels)), dtype=np.float32)
    for block in blocks:
        model = LinearSVC(C=REGULARIZATION_C, tol=0.01, random_state=SEED).fit(block.fit_transform([one.text for one in train]), numbers)
        from_words += model.decision_function(block.transform([one.text for one in held]))
    yield "n-grams", from_words
    if vectors:
        scores = vectors.learn(Examples(tuple(labels), tuple(one.text for one in train), tuple(numbers)))
        from_vectors = np.array([scores(one.text) for one in held], dtype=np.float32)
        yield "vectors and n-grams", WORDS * from_words / from_words.std(axis=1).mean() + from_vectors / from_vectors.std(axis=1).mean()


def _cost(banking: Sequence[Sentence], vectors: Learner | None) -> Iterator[Amount]:
    own = [
        OwnIntent(label, tuple(one.text for one in banking if one.intent == label)[:SHOTS]) for label in ("card_arrival", "exchange_rate")
    ]
    began = time.process_time()
    LocalIntents(WEIGHTS / "intents").builtin.scores("hello")
    yield Amount("load of the built-in intents", time.process_time() - began, "s", 0.5)
    background = (WEIGHTS / "intents" / "background.txt").read_text(encoding="utf-8").splitlines()
    ways: list[tuple[str, list[Learner]]] = [("n-grams", [NgramLearner({})])]
    if vectors:
        ways.append(("vectors and n-grams", [vectors, NgramLearner({}, BESIDE_VECTORS)]))
    for name, learners in ways:
        began = time.process_time()
        model = build(own, learners, background)
        yield Amount(f"learning two labels of ten examples, {name}", time.process_time() - began, "s")
        yield Amount(f"an utterance, {name}", _took(model, [one.text for one in banking[-TIMED:]]) * 1_000 / TIMED, "ms", 10, TIMED)


def _took(model: OwnIntents, texts: Sequence[str]) -> float:
    began = time.process_time()
    for text in texts:
        model.likeliest(text)
    return time.process_time() - began


def _idf(texts: Sequence[str]) -> dict[str, float]:
    found = dict[str, float]()
    for analyzer in (word_ngrams, char_ngrams):
        block = TfidfVectorizer(analyzer=analyzer, min_df=4).fit(texts)
        found |= dict(zip(block.get_feature_names_out(), (float(value) for value in block.idf_), strict=True))
    return found


def _unlike(found: Sequence[Sentence]) -> list[Sentence]:
    """Without sentences that come twice once marks and capitals are gone: one of them would be asked while the other was learnt."""
    return list({cleaned(sentence.text): sentence for sentence in reversed(found)}.values())[::-1]
