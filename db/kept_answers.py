"""Language models' answers, found again by the hash of everything that was asked; a convenience that never stands in the way."""

from uuid import UUID

import orjson
import structlog
from sqlalchemy.exc import DBAPIError

from db.one_trip import FORGETTABLE, Statement, commit, commit_words
from domain.errors import StoreUnavailable
from domain.ports import KeptAnswer

log = structlog.get_logger()

_FIND = """
SELECT document, model, usage FROM kept_answers WHERE organization_id = :org AND key = :key
    AND created_at > clock_timestamp() - make_interval(secs => :max_age_s)
"""
# What may have to wait, and fail, comes before the words: a server writes what fails into its log as it came (db/one_trip.py).
_MINE = "SELECT FROM organizations WHERE id = :org FOR KEY SHARE"
_FORMER = "SELECT FROM kept_answers WHERE organization_id = :org AND key = :key FOR NO KEY UPDATE"
_KEEP = """
INSERT INTO kept_answers AS k (organization_id, key, document, model, usage)
SELECT id, CAST(:key AS bytea), CAST(:document AS jsonb), :model, CAST(:usage AS jsonb) FROM organizations WHERE id = :org
ON CONFLICT (organization_id, key) DO UPDATE SET document = excluded.document, model = excluded.model, usage = excluded.usage,
    created_at = clock_timestamp()
"""
# what JSONB does not take
_NUL = b"\\u0000"


class KeptAnswers:
    """Implements ``domain.ports.AnswerShelf`` in PostgreSQL."""

    def find(self, organization_id: UUID, key: bytes, max_age_s: float) -> KeptAnswer | None:
        """The answer to this very question if it is not older than that."""
        parameters = {"org": organization_id, "key": key, "max_age_s": max_age_s}
        try:
            found = commit(Statement(_FIND, parameters))
        except StoreUnavailable as error:
            log.warning("answer_not_looked_up", error=type(error).__name__)
            return None
        return next((KeptAnswer(row.document, row.model, row.usage) for row in found), None)

    def keep(self, organization_id: UUID, key: bytes, answer: KeptAnswer) -> None:
        """Keep an answer; an older one to the same question goes."""
        try:
            _keep(organization_id, key, answer)
        except (StoreUnavailable, DBAPIError, ValueError, orjson.JSONEncodeError) as error:
            # orjson's own is for half of a surrogate pair
            log.warning("answer_not_kept", error=type(error).__name__)


def _keep(organization_id: UUID, key: bytes, answer: KeptAnswer) -> None:
    document = orjson.dumps(dict(answer.document))
    if _NUL in document:
        raise ValueError("U+0000")
    whose = {"org": organization_id, "key": key}
    kept = {"document": document.decode(), "model": answer.model, "usage": orjson.dumps(dict(answer.usage)).decode()}
    lightly, mine, former = Statement(f"SELECT {FORGETTABLE}", {}), Statement(_MINE, {"org": organization_id}), Statement(_FORMER, whose)
    commit_words(lightly, mine, former, words=[Statement(_KEEP, whose | kept)])
