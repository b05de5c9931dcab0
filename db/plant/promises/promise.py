"""What every check query is made of, and the words that they share."""

from dataclasses import dataclass

OPEN = "('ready', 'waiting')"
UNFINISHED = "('pending', 'sending')"
# jobs of the API that are not over
ASKED = "('pending', 'running')"
# a person sent it once more, on purpose
RESENT = "LIKE '%resend%'"
# one moment for a whole check: before its snapshot, so that nobody is called late who was not
NOW = "transaction_timestamp()"


@dataclass(frozen=True, slots=True)
class Promise:
    """``sql`` returns ``what`` (a word) and ``id`` of everything that breaks the promise: no number, no text of anybody's.

    ``todo`` says what such a row means and what to do next. Both sentences fit a log line (200 characters). ``:since`` is the smallest id
    that is looked at where a table has no index of what is unfinished: ids grow with time.
    """

    name: str
    says: str
    todo: str
    sql: str
