"""Releases of the past, as tests/releases keeps them: what ran then runs again, beside today's code."""

import tarfile
from pathlib import Path

from tests.support.processes import ROOT

KEPT = ROOT / "tests" / "releases"


def unpacked(version: str, folder: Path) -> Path:
    """The tree of a release, laid out in ``folder``."""
    with tarfile.open(KEPT / f"hookline-{version}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / f"hookline-{version}"
