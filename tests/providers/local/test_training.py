"""The training scripts: the same bytes on a rerun, and never a word of HarperValley."""

import json
from collections import Counter
from pathlib import Path

import pytest

from domain.speech import OUT_OF_SCOPE
from domain.understanding.intents import INTENTS
from providers.local import linear
from providers.local.roles import LocalRoles
from providers.local.turns import features
from scripts import train_intents, train_roles
from scripts.training import corpora, intent_labels, intent_seeds, role_seeds
from scripts.training.corpora import Sentence

AGENT = ("how can i help you", "what is your name", "your table is booked", "is there anything else")
CUSTOMER = ("i want a table", "my name is ann", "thank you so much", "no that is all")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three small corpora and a HarperValley that must not be read."""
    for source in train_roles.SOURCES:
        (tmp_path / f"{source}.jsonl").write_text("\n".join(json.dumps(_call(source, number)) for number in range(6)), encoding="utf-8")
    (tmp_path / "hvb.jsonl").write_text("not to be read", encoding="utf-8")
    return tmp_path


def _call(source: str, number: int) -> dict[str, object]:
    pairs = zip(AGENT, CUSTOMER, strict=True)
    turns = [
        {"speaker": (number + who) % 2, "role": role, "text": text}
        for pair in pairs
        for who, (role, text) in enumerate(zip(("agent", "customer"), pair, strict=True))
    ]
    return {"call_id": f"{source}-{number}", "turns": turns}


def test_a_rerun_makes_the_same_bytes(data: Path) -> None:
    for name in ("first", "second"):
        train_roles.main(["--data", str(data), "--out", str(data / name)])
    for file in (linear.WEIGHTS, linear.MANIFEST):
        assert (data / "first" / file).read_bytes() == (data / "second" / file).read_bytes()


def test_the_trained_weights_tell_agent_from_customer(data: Path) -> None:
    train_roles.main(["--data", str(data), "--out", str(data / "out"), "--limit", "5"])
    reader = LocalRoles(data / "out")
    assert reader.score([features("how can i help you")]) > 0 > reader.score([features("i want a table")])
    manifest = json.loads((data / "out" / linear.MANIFEST).read_text(encoding="utf-8"))
    used = {source: facts["calls"] for source, facts in manifest["sources"].items()}
    assert used == dict.fromkeys(train_roles.SOURCES, 5) | {train_roles.OUR_OWN: 0}


def test_sources_weigh_alike_and_so_do_agents_and_customers(data: Path) -> None:
    calls = {source: corpora.calls(data / f"{source}.jsonl", limit) for limit, source in enumerate(train_roles.SOURCES, 1)}
    found = train_roles.examples(calls)
    weighed: Counter[tuple[str, str]] = Counter()
    for source, role, weight in zip(found.sources, found.labels, found.weights, strict=True):
        weighed[source, role] += weight  # type: ignore[assignment]  # weights are no whole numbers
    half = train_roles.SOURCE_WEIGHT / 2
    for role in ("agent", "customer"):
        assert [round(weighed[source, role]) for source in train_roles.SOURCES] == [half] * 3
        assert round(weighed[train_roles.OUR_OWN, role]) == half * train_roles.OWN_SHARE


def test_no_sentence_of_ours_is_said_by_both_sides_alone() -> None:
    said = [(role, text) for role, text, _ in role_seeds.sentences()]
    both = {text for role, text in said if role == "agent"} & {text for role, text in said if role == "customer"}
    assert len(said) > 3_000
    assert both == set()


def test_every_mapped_label_leads_to_an_intent_of_ours_and_only_one() -> None:
    for mapping in (intent_labels.BANKING77, intent_labels.CLINC150):
        assert set(mapping) <= set(INTENTS)
        assert len(intent_labels.by_label(mapping)) == sum(len(labels) for labels in mapping.values())
    assert set(intent_seeds.SEEDS) <= set(INTENTS)


def test_our_own_sentences_are_each_written_once() -> None:
    found = list(intent_seeds.sentences())
    assert len(found) == len(set(found)) > 500


def test_labels_become_ours_or_out_of_scope_or_are_left_out() -> None:
    theirs = [Sentence("pay it", "pay_bill"), Sentence("what?", "oos"), Sentence("sing", "play_music"), Sentence("new", "new_card")]
    assert [intent for _, _, intent in train_intents.labelled("clinc150", theirs)] == ["pay_bill", OUT_OF_SCOPE, OUT_OF_SCOPE]
