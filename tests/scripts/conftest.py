"""A stack's folder of its own for each test."""

from pathlib import Path

import pytest

from scripts.stack import places


@pytest.fixture
def here(tmp_path: Path) -> places.Places:
    made = places.of(tmp_path / "run")
    made.make()
    return made
