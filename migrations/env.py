"""Runs the migrations with the application's own URL, giving way to traffic instead of blocking it."""

from alembic import context
from sqlalchemy import NullPool, create_engine, text

import settings
from db.tables import Base
from migrations.limits import LOCK_TIMEOUT, STATEMENT_TIMEOUT


def run_online() -> None:
    """Migrate over a connection of our own, each revision in one transaction."""
    engine = create_engine(settings.current_or_exit().database_url, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()


def run_offline() -> None:
    """Print the SQL instead of running it."""
    context.configure(url=settings.current_or_exit().database_url, target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
