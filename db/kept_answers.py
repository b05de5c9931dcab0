"""Language models' answers, found again by the hash of everything that was asked; a convenience that never stands in the way."""

from uuid import UUID

import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.engine import engine
from db.outage import reported
from domain.errors import StoreUnavailable
from domain.ports import KeptAnswer

log = structlog.get_logger()

_FIND = """
SELECT document, model, usage FROM kept_answers WHERE organization_id = :org AND key = :key
    AND created_at > clock_timestamp() - make_interval(secs => :max_age_s)
"""
_KEEP = """
INSERT INTO kept_answers AS k (organization_id, key, document, model, usage)
VALUES (:org, :key, CAST(:document AS jsonb), :model, CAST(:usage AS jsonb))
ON CONFLICT (organization_id, key) DO UPDATE SET document = excluded.document, model = excluded.model, usage = excluded.usage,
    created_at = clock_timestamp()
"""


class KeptAnswers:
    """Implements ``domain.ports.AnswerShelf`` in PostgreSQL."""

    def find(self, organization_id: UUID, key: bytes, max_age_s: float) -> KeptAnswer | None:
        """The answer to this very question if it is not older than that."""
        parameters = {"org": organization_id, "key": key, "max_age_s": max_age_s}
        try:
            with reported(), engine().connect() as connection:
                row = connection.execute(text(_FIND), parameters).first()
        except StoreUnavailable as error:
            log.warning("answer_not_looked_up", error=type(error).__name__)
            return None
        return KeptAnswer(row.document, row.model, row.usage) if row else None

    def keep(self, organization_id: UUID, key: bytes, answer: KeptAnswer) -> None:
        """Keep an answer; an older one to the same question goes."""
        try:
            parameters = {
                "org": organization_id,
                "key": key,
                "document": orjson.dumps(dict(answer.document)).decode(),
                "model": answer.model,
                "usage": orjson.dumps(dict(answer.usage)).decode(),
            }
            with reported(), engine().begin() as connection:
                connection.execute(text(_KEEP), parameters)
        except (StoreUnavailable, DBAPIError, orjson.JSONEncodeError) as error:
            # also what JSONB does not take: U+0000, half of a surrogate pair
            log.warning("answer_not_kept", error=type(error).__name__)
