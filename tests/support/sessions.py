"""The session that factories write through; every created row is committed, so that the product's own connections see it."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from db.engine import WORK, engine


class _Committing(Session):
    """Finds its engine when it is used: the settings that name the database stand only after the conftest."""

    def get_bind(self, *_: Any, **__: Any) -> Engine:
        return engine(WORK)


session = scoped_session(sessionmaker(class_=_Committing, expire_on_commit=False))
