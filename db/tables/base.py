"""What every table shares: naming of constraints, uuid v7 keys, aware timestamps, enums as text with a CHECK."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import uuid_utils
from sqlalchemy import CheckConstraint, DateTime, ForeignKey, MetaData, Uuid, func
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    """Root of the tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy's own declarative form


def new_id() -> UUID:
    """A uuid v7: keys that grow with time keep the indexes dense."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def first_id(moment: datetime) -> UUID:
    """The smallest uuid v7 of that moment (RFC 9562 §5.7: the first 48 bits are milliseconds since 1970)."""
    return UUID(int=max(0, int(moment.timestamp() * 1_000)) << 80)


Key = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
Tenant = Annotated[UUID, mapped_column(ForeignKey("organizations.id"), nullable=False)]
Now = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp(), nullable=False)]


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The CHECK that keeps a text column to an enum."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
