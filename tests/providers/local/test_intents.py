"""An organization's own labels, learnt from its examples, without sentence vectors."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from domain.organizations.organization import Organization, OwnIntent
from domain.speech import OUT_OF_SCOPE, CallEvidence, Channel, Understanding, Utterance
from providers.local import few_shot
from providers.local.classifier import WEIGHTS, LocalClassifier
from providers.local.few_shot import Examples, Learner, OwnIntents, Scores
from providers.local.intents import LocalIntents

VACCINATION = OwnIntent(
    "vaccination",
    (
        "my dog needs his shots",
        "does rex need a rabies vaccine",
        "when are the puppy vaccinations due",
        "i want to get my cat vaccinated",
        "a booster shot for the dog",
    ),
)
BOARDING = OwnIntent(
    "boarding",
    (
        "can i leave my dog with you over the holidays",
        "do you have a kennel",
        "how much is a night in the kennel for a cat",
        "i need somebody to watch my dog next week",
        "is there space to board two cats over christmas",
    ),
)
VET = Organization(UUID(int=1), "vet", "Elm Street Vet", "", intents=(VACCINATION, BOARDING))

classifier = LocalClassifier()


def _asked(text: str, organization: Organization = VET) -> Understanding:
    return classifier.classify(organization, (Utterance(0, 0, text, 0, 0),), CallEvidence(Channel.SMS))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("is my kitten due for a vaccination", "vaccination"),
        ("the puppy needs his rabies shot", "vaccination"),
        ("can you board our cat over the holidays", "boarding"),
        ("how much is the kennel", "boarding"),
        ("what is the capital of france", OUT_OF_SCOPE),
        ("is it going to rain tomorrow", OUT_OF_SCOPE),
        ("", OUT_OF_SCOPE),
    ],
)
def test_an_utterance_has_the_organization_s_label_or_none(text: str, intent: str) -> None:
    assert _asked(text).intent.name == intent


def test_the_model_that_told_it_is_named() -> None:
    assert _asked("hello").engine.model.endswith("+own-intents-ngram")
    assert "own" not in _asked("hello", replace(VET, intents=())).engine.model


def test_built_in_labels_are_not_given_to_who_names_their_own() -> None:
    assert _asked("what is my balance", replace(VET, intents=())).intent.name == "check_balance"
    assert _asked("what is my balance").intent.name in {"vaccination", "boarding", OUT_OF_SCOPE}


def test_a_label_without_examples_is_known_by_its_name() -> None:
    bare = replace(VET, intents=(OwnIntent("nail_trimming"), OwnIntent("adoption")))
    assert _asked("do you do nail trimming", bare).intent.name == "nail_trimming"


def test_a_new_version_is_learnt_anew_and_the_same_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    learnt, build = list[Sequence[OwnIntent]](), few_shot.build

    def counted(named: Sequence[OwnIntent], learners: Sequence[Learner], background: Sequence[str]) -> OwnIntents:
        learnt.append(named)
        return build(named, learners, background)

    monkeypatch.setattr("providers.local.intents.build", counted)
    read = LocalIntents(WEIGHTS / "intents").read
    for organization in (VET, VET, replace(VET, version=2, hours="always")):
        read(organization, ["hello"])
    assert len(learnt) == 1
    found, _ = read(
        replace(VET, version=3, intents=(*VET.intents, OwnIntent("billing", ("i was charged twice",)))), ["i was charged twice"]
    )
    assert (len(learnt), found.name) == (2, "billing")


class Parrot:
    """Knows its examples by heart and is unsure of all else."""

    name, weight = "parrot", 1.0

    def learn(self, examples: Examples) -> Scores:
        known = dict(zip(examples.texts, examples.truth, strict=True))
        return lambda text: [9.0 if known.get(text) == label else 0.0 for label in range(len(examples.labels))]


def test_more_examples_than_can_be_learnt_are_read_evenly() -> None:
    many = [OwnIntent(name, tuple(f"{name} {number}" for number in range(few_shot.MAX_EXAMPLES))) for name in ("a", "b")]
    found = few_shot.gathered(many, ["strange"])
    counts = [found.truth.count(label) for label in range(3)]
    assert counts[0] == counts[1] <= few_shot.MAX_EXAMPLES / 2
    assert counts[2] == 1


def test_examples_that_say_the_same_count_once() -> None:
    found = few_shot.gathered([OwnIntent("a_b", ("x", " x ", "", "a b"))], ["y", "y"])
    assert found.texts == ("a b", "x", "y")


def test_the_threshold_keeps_held_back_examples_and_refuses_strange_words() -> None:
    model = few_shot.build([OwnIntent(name, (f"{name} one", f"{name} two", f"{name} three")) for name in "abc"], [Parrot()], list("xyz"))
    assert 0 <= model.threshold <= 1
    label, sure = model.likeliest("a one")
    assert label == "a"
    assert sure > 0.99


def test_the_same_examples_give_the_same_answers() -> None:
    one, other = (few_shot.build(VET.intents, LocalIntents(WEIGHTS / "intents").learners, ["what is love"]) for _ in range(2))
    assert one.probabilities("a shot for the dog") == other.probabilities("a shot for the dog")
    assert one.threshold == other.threshold
