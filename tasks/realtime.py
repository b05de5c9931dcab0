"""Mints client secrets of realtime talks, and hands each to the request that waits for it. Neither log nor broker ever sees one."""

from collections.abc import Mapping
from uuid import UUID

import settings
from db import organizations, spending
from db.ephemeral import minting
from domain.errors import EphemeralUnavailable, RetryableError, StepError, StoreUnavailable
from providers import registry
from tasks import app
from tasks.asking import ask
from tasks.day_limit import OVER_LIMIT

# whoever waits has a caller on the line
MINT_WITHIN_S = 3.5
NOT_CONFIGURED = "not_configured"
LATER_S = 1.0


@app.task(name="realtime.mint")
def mint(organization: str, request: str) -> str:
    """One secret for one request, if it still waits."""
    organization_id, request_id = UUID(organization), UUID(request)
    try:
        if not minting.take_up(organization_id, request_id):
            return "nobody waits for it"
        answer = _answer(organization_id)
        minting.hand_over(organization_id, request_id, answer)
    except EphemeralUnavailable as error:
        return f"nobody can be answered: {error}"
    return str(answer.get("refused", "minted"))


def _answer(organization_id: UUID) -> Mapping[str, object]:
    try:
        host, tenant = registry.realtime_host(), organizations.fetch(organization_id)
        if host is None or tenant is None:
            return {"refused": NOT_CONFIGURED, "again_in_s": LATER_S}
        today = spending.read_today(organization_id)
        if today.llm_tokens >= settings.current().spend.day_llm_tokens:
            return {"refused": OVER_LIMIT, "again_in_s": today.ends_s}
        return ask(host, lambda it: it.mint(tenant), MINT_WITHIN_S).told()
    except RetryableError as error:
        return {"refused": error.code, "again_in_s": error.delay_s or LATER_S}
    except StepError as error:
        return {"refused": error.code, "again_in_s": LATER_S}
    except StoreUnavailable:
        return {"refused": "store_unavailable", "again_in_s": LATER_S}
