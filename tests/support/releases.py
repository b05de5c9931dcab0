"""Releases of the past, as tests/releases keeps them: what ran then runs again, beside today's code."""

import tarfile
from pathlib import Path

from tests.support.processes import ROOT

KEPT = ROOT / "tests" / "releases"


def unpacked(version: str, folder: Path) -> Path:
    """The tree of a release, laid out in ``folder``."""
    with tarfile.open(KEPT / f"hookline-{version}.tar.gz") as archive:
        # Python 3.11.4 and later ask which members they may trust; earlier ones look at nobody's wish
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(folder)  # noqa: S202 - our own archive, out of our own repository
    return folder / f"hookline-{version}"
