"""Effects as a messenger gets them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.chain import EffectKind
from domain.runs import Effect, LiveTurn
from tests.support.twilio_api import ACCOUNT, CALL

WORDS = "We open at nine & close at six."


def effect(kind: EffectKind = EffectKind.SMS, **more: Any) -> Effect:
    """An effect that was just entered in the ledger: a message to the customer, or our reply in a live call."""
    is_call = kind is EffectKind.CALL_UPDATE
    values: dict[str, Any] = {
        "id": UUID(int=7),
        "organization_id": UUID(int=1),
        "conversation_id": UUID(int=2),
        "kind": kind,
        "target": CALL if is_call else "+15005550199",
        "body": WORDS if is_call else "We open at nine.",
        "sender": None if is_call else "+15005550100",
        "lease_token": UUID(int=3),
        "attempts": 1,
        "interrupted": False,
        "created_at": datetime.now(UTC),
        "trace_id": "trace-of-the-effect",
        "account": ACCOUNT,
        "answers": LiveTurn(1, "en-GB") if is_call else None,
    }
    return Effect(**values | more)
