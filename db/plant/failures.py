"""Counts what failed, by task, code and outcome: figures for /metrics, never more than a row for each three words."""

from sqlalchemy import Connection, text

from db.one_trip import Statement
from domain.healing import FailureOutcome

# a code is a short word of ours or a vendor's; should one ever be somebody's sentence, its beginning tells no more than this
CODE_CHARS = 80

COUNTED = """
INSERT INTO failure_counts AS f (task, code, outcome, count) VALUES (:task, left(:code, :code_chars), :outcome, 1)
ON CONFLICT (task, code, outcome) DO UPDATE SET count = f.count + 1
"""


def counted(task: str, code: str, outcome: FailureOutcome) -> Statement:
    """Count a failure inside the transaction that writes its outcome down.

    It must be the transaction's last statement: everybody who fails alike writes this one row, so its lock is held for a commit and no
    longer, and nobody who holds it waits for anything else.
    """
    return Statement(COUNTED, {"task": task, "code": code, "outcome": outcome, "code_chars": CODE_CHARS})


def count(connection: Connection, task: str, code: str, outcome: FailureOutcome) -> None:
    """The same on a connection, on the same terms."""
    told = counted(task, code, outcome)
    connection.execute(text(told.sql), told.values)
