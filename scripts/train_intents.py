"""Makes the weights that tell what a customer wants: ``python -m scripts.train_intents --data DIR``. The same bytes on a rerun."""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from domain.speech import OUT_OF_SCOPE
from domain.understanding.intents import INTENTS
from providers.local.intents import BACKGROUND
from providers.local.ngrams import cleaned
from scripts.training import corpora, fitting, intent_labels, intent_seeds

SEED = 20_260
OUT = Path("providers/local/weights/intents")
MIN_DOCUMENTS = 4
REGULARIZATION_C = 8.0
# sentences of each label that is out of scope; the corpus's own ``oos`` is used whole
OTHERS_PER_LABEL = 12
MAPPINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"banking77": intent_labels.BANKING77, "clinc150": intent_labels.CLINC150}

Labelled = tuple[str, str, str]


def labelled(source: str, sentences: Sequence[corpora.Sentence]) -> Iterator[Labelled]:
    """Source, text and our intent of every sentence that is used."""
    ours, others = intent_labels.by_label(MAPPINGS[source]), defaultdict[str, int](int)
    for sentence in sentences:
        if sentence.intent in ours:
            yield source, sentence.text, ours[sentence.intent]
        elif sentence.intent == "oos":
            yield source, sentence.text, OUT_OF_SCOPE
        elif source == "clinc150" and sentence.intent not in intent_labels.LEFT_OUT[source] and others[sentence.intent] < OTHERS_PER_LABEL:
            others[sentence.intent] += 1
            yield source, sentence.text, OUT_OF_SCOPE


def train(sentences: Sequence[Labelled]) -> fitting.Fitted:
    """Every intent weighs the same, however many sentences a corpus has of it."""
    counts = Counter(intent for _, _, intent in sentences)
    examples = fitting.Examples()
    for source, text, intent in sentences:
        examples.add(source, intent, cleaned(text), len(sentences) / (len(counts) * counts[intent]))
    return fitting.fit_many(examples, min_documents=MIN_DOCUMENTS, regularization_c=REGULARIZATION_C, seed=SEED)


def everything(data: Path) -> list[Labelled]:
    """The public corpora and our own sentences."""
    public = [found for source in MAPPINGS for found in labelled(source, corpora.sentences(data / f"{source}.jsonl"))]
    return public + [("hookline", text, intent) for text, intent in intent_seeds.sentences()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with banking77.jsonl and clinc150.jsonl")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the weights")
    options = parser.parse_args(arguments)
    sentences = everything(options.data)
    used = Counter(source for source, _, _ in sentences)
    facts = {
        "name": "intents-ngram", "version": "1", "seed": SEED,
        "parameters": {"min_documents": MIN_DOCUMENTS, "regularization_c": REGULARIZATION_C, "others_per_label": OTHERS_PER_LABEL},
        "sources": {source: {**corpora.facts(options.data / f"{source}.jsonl"), "sentences": used[source]} for source in MAPPINGS}
        | {"hookline": {"file": "scripts/training/intent_seeds.py", "sentences": used["hookline"]}},
        "sentences": dict(sorted(Counter(intent for _, _, intent in sentences).items(), key=lambda item: INTENTS.index(item[0]))),
    }  # fmt: skip
    print(fitting.write(options.out, train(sentences), facts))
    strange = [said.text.strip() for said in corpora.sentences(options.data / "clinc150.jsonl") if said.intent == "oos"]
    (options.out / BACKGROUND).write_text("\n".join(strange) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
