"""No row without its tenant, and no query that could forget it."""

import ast
import inspect
from pathlib import Path

import pytest
from sqlalchemy import Index, Table, UniqueConstraint

from db.tables import Base
from tests.architecture.source import ROOT, Function, functions, is_public, name_of, tree

PLANT_TABLES = {
    "organizations",
    "quarantine",
    "vendor_health",
    "vendor_places",
    "workers",
    "periodic_tasks",
    "invariant_checks",
    "failure_counts",
}
# they find a row by what proves whose it is, serve the plant itself, or hold no query
TENANTLESS = {
    "db/organizations.py",
    "db/quarantine.py",
    "db/engine.py",
    "db/deadline.py",
    "db/outage.py",
    "db/passwords.py",
    "db/as_json.py",
    "db/bodies.py",
    "db/confinement.py",
    "db/driver.py",
    "db/from_rows.py",
    "db/one_trip.py",
    "db/pages.py",
    "db/opt_outs.py",
    "db/planned.py",
    "db/readiness.py",
    "db/sql.py",
    "db/sql_calls_again.py",
    "db/sql_voice.py",
    "db/sql_other_person.py",
    "db/storing.py",
}
CARRIES_TENANT = {"organization_id", "claim", "effect"}
EXEMPT = {
    ("db/api_keys.py", "find"): "the key itself proves whose it is",
    ("db/api_keys.py", "digest"): "asks nobody",
    ("db/tenancy.py", "unconfined"): "the plant's own figures are of all organizations",
    ("db/tenancy.py", "watch"): "asks nobody",
    ("db/people.py", "find_to_log_in"): "who logs in says the slug, and the password proves it",
}

TENANT_TABLES = [table for table in Base.metadata.sorted_tables if table.name not in PLANT_TABLES]


def _query_files() -> list[Path]:
    files = [path for path in (ROOT / "db").rglob("*.py") if path.name != "__init__.py"]
    return [path for path in files if not {"tables", "plant"} & set(path.parts) and name_of(path) not in TENANTLESS]


@pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.name)
def test_every_row_names_its_organization(table: Table) -> None:
    assert table.c.organization_id.nullable is False


@pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.name)
def test_every_unique_key_begins_with_the_organization(table: Table) -> None:
    unique: list[UniqueConstraint | Index] = [item for item in table.constraints if isinstance(item, UniqueConstraint)]
    unique += [index for index in table.indexes if index.unique]
    assert [item.name for item in unique if next(iter(item.columns)).name != "organization_id"] == []


@pytest.mark.parametrize("path", _query_files(), ids=name_of)
def test_every_query_takes_the_organization(path: Path) -> None:
    public = [node for node in tree(path).body if isinstance(node, ast.FunctionDef) and is_public(node.name)]
    forgetful = [function.name for function in public if not _takes_tenant(function) and (name_of(path), function.name) not in EXEMPT]
    assert forgetful == []


def _takes_tenant(function: Function) -> bool:
    arguments = [argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]]
    return bool(CARRIES_TENANT & set(arguments))


def test_the_guard_sees_a_query_that_forgets_its_tenant() -> None:
    source = inspect.cleandoc("""
        def fetch(run_id): ...
    """)
    [function] = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    assert not _takes_tenant(function)
    assert any(_takes_tenant(function) for path in _query_files() for function in functions(path))
