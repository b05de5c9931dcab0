"""Promises whose query does not answer."""

from dataclasses import replace

import pytest

from db.plant import invariants


def unanswerable(monkeypatch: pytest.MonkeyPatch, name: str, sql: str) -> None:
    """Let the promise of this name be asked for with another query."""
    promises = [replace(promise, sql=sql) if promise.name == name else promise for promise in invariants.PROMISES]
    assert promises != list(invariants.PROMISES), "there is such a promise"
    monkeypatch.setattr(invariants, "PROMISES", promises)
