"""/v1/usage: what an organization took of what costs money, and what is left of its day."""

from typing import Any

import settings
from api.auth import organization_id
from api.smorest import Blueprint
from api.usage_schemas import UsageQueryV1, UsageV1
from db import spending
from domain.access import Scope

usage = Blueprint("usage", __name__, url_prefix="/v1/usage", description="What was used, against the day's limits")


@usage.get("")
@usage.allows(Scope.VIEWER)
@usage.arguments(UsageQueryV1, location="query")
@usage.response(200, UsageV1)
def get_usage(query: dict[str, Any]) -> dict[str, Any]:
    """Seconds of speech and tokens of language models, by day (UTC), newest first; days without any are left out."""
    limits, organization = settings.current().spend, organization_id()
    today = spending.read_today(organization)
    return {
        "speech_seconds_left_today": max(0, limits.day_speech_s - today.speech_seconds),
        "llm_tokens_left_today": max(0, limits.day_llm_tokens - today.llm_tokens),
        "days": spending.read_days(organization, query["days"]),
    }
