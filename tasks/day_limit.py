"""What an organization may take of language models in a day: looked at before anybody is asked."""

from uuid import UUID

import settings
from db import spending
from domain.errors import RetryableError

OVER_LIMIT = "spend:day_llm_tokens"


def stay_within_the_day(organization_id: UUID, share: float = 1.0) -> None:
    """Raises RetryableError, which uses up no attempt, until the next day (UTC), if this ``share`` of it is used up; StoreUnavailable."""
    today = spending.read_today(organization_id)
    if today.llm_tokens >= settings.current().spend.day_llm_tokens * share:
        raise RetryableError(OVER_LIMIT, today.ends_s, counts=False)
