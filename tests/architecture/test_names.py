"""Names follow the house's table, so that a newcomer finds things by guessing."""

import ast
import re
from collections import Counter
from pathlib import Path

import marshmallow
import pytest
from flask import Flask

import celeryconfig
from domain.chain import TASK_NAMES
from tasks import app as celery_app
from tests.architecture.source import ROOT, is_public, module_of, name_of, product_files, tree

CHAIN = ["transcript.transcribe", "transcript.classify_speakers", "reply.generate", "transcript.persist"]
LOG_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def _own_tasks() -> list[str]:
    celery_app.loader.import_default_modules()
    return [name for name in celery_app.tasks if not name.startswith("celery.")]


def test_the_chain_is_the_four_tasks_in_order() -> None:
    assert list(TASK_NAMES.values()) == CHAIN


def test_every_task_is_named_noun_verb_routed_and_documented() -> None:
    documented = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
    for name in _own_tasks():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", name)
        assert name in celeryconfig.task_routes
        assert f"`{name}`" in documented
    assert set(CHAIN) <= set(_own_tasks())


def test_every_route_is_below_its_surface(app: Flask) -> None:
    aliases = {"/callback/<token>", "/status-callback", "/voice", "/health", "/ready", "/metrics", "/docs", "/docs/<file>"}
    patterns = re.compile(r"/webhooks/(twilio|deepgram)/[^/]+|/(v1|auth)/.+|/api/(call|realtime)/.+")
    odd = {rule.rule for rule in app.url_map.iter_rules() if rule.rule not in aliases and not patterns.fullmatch(rule.rule)}
    assert odd == set()


def test_every_schema_says_its_version() -> None:
    def below(schema: type[marshmallow.Schema]) -> list[type[marshmallow.Schema]]:
        return [found for child in schema.__subclasses__() for found in [child, *below(child)]]

    ours = {schema.__name__ for schema in below(marshmallow.Schema) if schema.__module__.split(".")[0] in {"webhooks", "api"}}
    assert ours
    assert {name for name in ours if not name.endswith("V1")} == set()


@pytest.mark.parametrize("path", product_files(), ids=name_of)
def test_log_events_are_past_tense_snake_case_words(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOG_LEVELS):
            continue
        if ast.unparse(node.func.value) in {"log", "logger"}:
            assert isinstance(node.args[0], ast.Constant), f"{name_of(path)}:{node.lineno} builds its event from data"
            assert re.fullmatch(r"[a-z]+(_[a-z]+)+", str(node.args[0].value)), f"{name_of(path)}:{node.lineno}"


def test_no_two_files_side_by_side_are_forms_of_one_word() -> None:
    """Nobody can tell by their names what ``resend.py`` does and what ``resending.py`` does."""
    stems = Counter((path.parent, re.sub(r"(ing|ed|er|es|e|s)$", "", path.stem)) for path in product_files())
    assert [f"{folder.name}/{stem}" for (folder, stem), files in stems.items() if files > 1] == []


@pytest.mark.parametrize("path", product_files(), ids=name_of)
def test_everything_public_says_what_it_promises(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module), f"{module_of(path)} does not say what it is for"
    silent = [
        node.name
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and is_public(node.name) and not ast.get_docstring(node)
    ]
    assert silent == []
