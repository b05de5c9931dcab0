"""`make clean` says what it took away: it asks nobody before."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.architecture.source import ROOT


def _cleaned(folder: Path) -> list[str]:
    # a `make test` around it would have this one say where it is
    surroundings = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["make", "clean"], cwd=folder, env=surroundings, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_what_was_removed_is_said_and_what_a_person_typed_elsewhere_stays(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    mine = tmp_path / "mine.json"
    mine.write_text("{}")
    for name in (".run/postgres", "tasks/__pycache__"):
        (tmp_path / name).mkdir(parents=True)
    both = "Removed what was kept in .run (calls, settings, numbers, keys, logs) and all caches; .venv stays."
    assert _cleaned(tmp_path) == ["Nothing runs here.", both]
    assert (mine.exists(), (tmp_path / ".run").exists(), (tmp_path / "tasks/__pycache__").exists()) == (True, False, False)
    assert _cleaned(tmp_path)[-1] == "Removed all caches; .venv stays."
