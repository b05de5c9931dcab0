"""What a host installs and starts: pinned requirements, gunicorn's and Flower's settings."""

import re
import runpy
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from gunicorn.config import Config  # type: ignore[import-untyped]  # gunicorn ships no types
from sqlalchemy import event

from db.engine import engine
from scripts.stack.places import ROOT

PINNED = re.compile(r"[a-z0-9.-]+(\[[a-z]+\])?==[\w.]+( ; [\w.\s<\"=]+)?$")


def _lines(name: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def test_what_a_host_installs_is_pinned_and_ends_with_the_project() -> None:
    *packages, project = _lines("requirements.txt")
    assert project == "-e ."  # else the Celery subcommands do not register
    assert [line for line in packages if not PINNED.match(line)] == []


def test_what_development_installs_is_pinned_on_top_of_that() -> None:
    first, *packages = _lines("requirements-dev.txt")
    assert first == "-r requirements.txt"
    assert [line for line in packages if not PINNED.match(line)] == []


def test_every_gunicorn_setting_is_one_that_gunicorn_knows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    found = runpy.run_path(str(ROOT / "gunicorn_conf.py"))
    ours = [name for name, value in found.items() if name.islower() and not name.startswith("_") and not isinstance(value, ModuleType)]
    assert [name for name in ours if name not in Config().settings] == []
    assert "preload_app" in ours


def test_a_new_process_has_asked_the_database_before_anybody_calls_whatever_it_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    serves_no_route = SimpleNamespace(wsgi=Flask(__name__))
    asked: list[str] = []

    def note(*told: Any) -> None:
        asked.append(told[2])

    event.listen(engine(), "before_cursor_execute", note)
    try:
        runpy.run_path(str(ROOT / "gunicorn_conf.py"))["post_worker_init"](serves_no_route)
    finally:
        event.remove(engine(), "before_cursor_execute", note)
    assert [statement for statement in asked if "FROM organizations" in statement]


@pytest.mark.parametrize(("basic_auth", "address"), [("", "127.0.0.1"), ("me:secret", "")])
def test_flower_leaves_loopback_only_with_a_password(monkeypatch: pytest.MonkeyPatch, basic_auth: str, address: str) -> None:
    monkeypatch.delenv("FLOWER_ADDRESS", raising=False)
    monkeypatch.setenv("FLOWER_BASIC_AUTH", basic_auth)
    assert runpy.run_path(str(Path(ROOT, "flowerconfig.py")))["address"] == address


@pytest.mark.parametrize(
    ("file", "name", "value"),
    [
        ("gunicorn_conf.py", "WEB_CONCURRENCY", "two"),
        ("gunicorn_conf.py", "WEB_THREADS", "0"),
        ("gunicorn_conf.py", "PORT", "http"),
        ("flowerconfig.py", "FLOWER_READ_ONLY", "nein"),
    ],
)
def test_a_bad_value_of_a_servers_own_configuration_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match=f"hookline cannot start: .*{name}"):
        runpy.run_path(str(ROOT / file))


@pytest.mark.parametrize(("value", "read_only"), [("true", True), ("no", False), ("FALSE", False)])
def test_flower_is_read_only_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch, value: str, read_only: bool) -> None:  # noqa: FBT001  # a table's column
    monkeypatch.setenv("FLOWER_READ_ONLY", value)
    assert runpy.run_path(str(ROOT / "flowerconfig.py"))["read_only"] is read_only
