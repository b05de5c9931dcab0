"""The weights that are shipped: whole, attributed, without the demo's calls, quick to load."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from domain.understanding.intents import INTENTS
from providers.local.classifier import WEIGHTS
from providers.local.templates import BY_INTENT
from tests.support.timing import parsing_an_hour

FOLDERS = [WEIGHTS / "roles", WEIGHTS / "intents"]
ROOT = Path(__file__).parents[3]


def _manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_weights_are_those_of_the_manifest(folder: Path) -> None:
    said, raw = _manifest(folder)["weights"], (folder / "weights.bin").read_bytes()
    assert (said["bytes"], said["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_manifest_says_how_to_make_them_again(folder: Path) -> None:
    manifest = _manifest(folder)
    assert manifest["seed"]
    assert manifest["parameters"]
    assert {"numpy", "scikit-learn", "scipy", "python"} <= set(manifest["made_with"])
    assert all(len(source["sha256"]) == 64 for name, source in manifest["sources"].items() if name != "hookline")


def test_no_harper_valley_call_was_trained_on() -> None:
    manifest = _manifest(WEIGHTS / "roles")
    used = [call for source in manifest["sources"].values() for call in source["call_ids"]]
    assert len(used) == sum(source["calls"] for source in manifest["sources"].values()) > 1_000
    labels = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "demo" / "calls").glob("*.label.json")]
    assert not {label["call_id"] for label in labels} & set(used)
    assert not [call for call in used if call.startswith("hvb")]
    for folder in FOLDERS:
        assert not [name for name, source in _manifest(folder)["sources"].items() if "hvb" in name or "hvb" in source["file"]]


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("roles", ("CC BY-SA 4.0", "Schema-Guided", "STAR", "Taskmaster", "Changes")),
        ("intents", ("CC BY 4.0", "CC BY 3.0", "banking77", "clinc150")),
    ],
)
def test_the_weights_carry_licence_and_attribution(folder: str, words: tuple[str, ...]) -> None:
    notice = (WEIGHTS / folder / "NOTICE.md").read_text(encoding="utf-8")
    assert [word for word in words if word not in notice] == []


def test_the_roles_were_made_of_the_sentences_of_ours_that_are_here() -> None:
    source = _manifest(WEIGHTS / "roles")["sources"]["hookline"]
    assert source["sha256"] == hashlib.sha256((ROOT / "scripts" / "training" / source["file"]).read_bytes()).hexdigest()


def test_every_intent_of_the_weights_is_known_and_has_a_reply() -> None:
    assert set(_manifest(WEIGHTS / "intents")["labels"]) == set(INTENTS) == set(BY_INTENT)


def test_the_weights_load_at_once_and_without_numpy() -> None:
    program = (
        "import sys, time; from uuid import UUID; from providers.local.classifier import LocalClassifier as C; began = time.process_time();"
        "from domain.organizations.organization import Organization; from domain.speech import *;"
        "clinic = Organization(UUID(int=1), 'a', 'A', '');"
        "C().classify(clinic, (Utterance(0, 0, 'hi', 0, 0),), CallEvidence(Channel.VOICE));"
        "assert not {'numpy', 'sklearn', 'scipy'} & set(sys.modules); print(time.process_time() - began)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert float(done.stdout) < 10 * parsing_an_hour()
