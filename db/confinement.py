"""What makes a table safe from a forgotten filter: a role that the API's sessions take on, and what it may do with each table.

Migrations make both (``migrations/tenancy.py``); where nobody might make the role then, ``celery -A tasks setup`` does it later. Who owns
the tables, that is front, workers and commands, is not subject to policies and pays nothing for them.
"""

ROLE = "hookline_api"
SETTING = "hookline.organization"
POLICY = "of_the_organization"

_NOTHING, _READS, _ADDS, _CHANGES = "", "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE"
# what the role may do with a table's rows of its organization, where that is not to read, add and change them
_PRIVILEGES = {
    "organizations": "SELECT, UPDATE",
    "organization_versions": _ADDS,
    "audits": _ADDS,
    "run_attempts": _READS,
    "erasures": _READS,
    "watermarks": _READS,
    # a key is free again when its job has expired
    "jobs": f"{_CHANGES}, DELETE",
    "people": _NOTHING,
    "refresh_tokens": _NOTHING,
}

_IS_THERE = f"EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}')"
_IS_16 = "CAST(current_setting('server_version_num') AS int) >= 160000"
# whether whoever asks may take the role on; the row of pg_roles is `r`
MAY_BE_TAKEN_ON = f"pg_has_role(r.oid, CASE WHEN {_IS_16} THEN 'SET' ELSE 'MEMBER' END)"

# Other databases of the cluster may make the role at the same moment. Whoever may not make it, or not take it on, goes without: the API
# works by its filters alone then, and the doctor says so.
MAKE_ROLE = f"""
DO $make$ BEGIN
    IF NOT {_IS_THERE} THEN
        CREATE ROLE {ROLE} NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $make$
"""
TAKE_ROLE = f"""
DO $take$ BEGIN
    IF EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = '{ROLE}' AND NOT {MAY_BE_TAKEN_ON}) THEN
        EXECUTE 'GRANT {ROLE} TO CURRENT_USER' || CASE WHEN {_IS_16} THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
    END IF;
EXCEPTION WHEN insufficient_privilege OR internal_error THEN NULL;
END $take$
"""


def privileges(table: str) -> list[str]:
    """What the role may do with a table."""
    return list(filter(None, _PRIVILEGES.get(table, _CHANGES).split(", ")))


def confine(table: str) -> str:
    """The statement that gives a table its policy and the role its rights; nothing happens where there is no role. Safe to repeat."""
    column = "id" if table == "organizations" else "organization_id"
    mine = f"{column} = CAST(current_setting('{SETTING}') AS uuid)"
    rights = ", ".join(privileges(table))
    granted = f"GRANT {rights} ON {table} TO {ROLE};" if rights else ""
    return f"""
DO $confine$ BEGIN
    IF {_IS_THERE} THEN
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS {POLICY} ON {table};
        CREATE POLICY {POLICY} ON {table} TO {ROLE} USING ({mine}) WITH CHECK ({mine});
        {granted}
    END IF;
END $confine$
"""


# what it may call: the search, which is the owner's and tells of the organization that it is asked for only
MAY_SEARCH = f"""
DO $search$ BEGIN
    IF {_IS_THERE} THEN
        GRANT EXECUTE ON FUNCTION search_utterances(uuid, text, integer) TO {ROLE};
    END IF;
END $search$
"""


def release(table: str) -> str:
    """The statement that takes both back; the role stays, other databases of the cluster may use it."""
    return f"""
DO $release$ BEGIN
    DROP POLICY IF EXISTS {POLICY} ON {table};
    ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    IF {_IS_THERE} THEN
        REVOKE ALL ON {table} FROM {ROLE};
    END IF;
END $release$
"""
