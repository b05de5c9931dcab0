"""A database's schema as PostgreSQL itself tells it, for comparing."""

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class, whatever its name
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the same

_ASKED = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, identity_generation
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, column_name""",
    "storage": """
        SELECT c.relname, a.attname, a.attstorage FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1",
    "policies": "SELECT tablename, policyname, roles, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2",
    "secured": "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace ORDER BY 1",
    "granted": """
        SELECT table_name, privilege_type FROM information_schema.role_table_grants
        WHERE grantee = 'hookline_api' AND table_schema = 'public' ORDER BY 1, 2""",
    "sequences": "SELECT sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1",
}


def described(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Columns, storage, constraints, indexes, views, policies, rights of the API and sequences of the public schema."""
    with connection.cursor() as cursor:
        return {name: _rows(cursor, question) for name, question in _ASKED.items()}


def _rows(cursor: Cursor, question: str) -> list[tuple[object, ...]]:
    cursor.execute(question)
    return cursor.fetchall()
