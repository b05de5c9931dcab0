"""Every table has a factory, and what a factory makes is complete."""

from typing import Any

import pytest

from db.tables import Base
from tests.support import factories, plant_factories
from tests.support.factories import RowFactory

FACTORIES: list[type[RowFactory[Any]]] = [
    value
    for module in (factories, plant_factories)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, RowFactory) and value.__module__ == module.__name__ and value is not RowFactory
]


def test_every_table_has_exactly_one_factory() -> None:
    made = sorted(factory._meta.model.__name__ for factory in FACTORIES)
    assert made == sorted(mapper.class_.__name__ for mapper in Base.registry.mappers)


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_factory_commits_a_complete_row(factory: type[RowFactory[Any]]) -> None:
    row = factory.create()
    missing = [column.name for column in row.__table__.columns if not column.nullable and getattr(row, column.key) is None]
    assert missing == []
