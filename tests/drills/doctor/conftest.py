"""One house for all drills: each harms it from outside, does what the doctor says, and leaves it well."""

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.support import doctor_house

NAME = "hookline_doctor"
# a look of the doctor's takes long beside a whole suite, and each drill needs several
PATIENCE_S = 600
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each drill time, and all of them to one process: they share the house."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(PATIENCE_S))
            item.add_marker(pytest.mark.xdist_group("doctor"))


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[doctor_house.House]:
    """A database of its own: others empty theirs before each test."""
    # only now: the product reads its settings when it is imported, and this file is loaded before there are any
    database = import_module("tests.support.database")
    server = os.environ["HOOKLINE_TEST_DATABASE_SERVER"]
    name = f"{NAME}_{os.environ.get('PYTEST_XDIST_WORKER', 'master')}"
    folder = tmp_path_factory.mktemp("doctor")
    url = database.create(server, name, "hookline_template")
    try:
        with doctor_house.standing(Path(folder), url) as house:
            yield house
    finally:
        database.drop(server, name)
