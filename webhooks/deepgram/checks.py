"""What `doctor` finds in the callbacks of Deepgram's that the front refused lately."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from db import quarantine
from db.plant import checkup
from domain.callback_tokens import Refusal
from domain.diagnosis.finding import Finding, Weight
from webhooks.deepgram.guard import INTAKE_REVOKED

PROVIDER = "deepgram"
NEWEST = 20
WITHIN = timedelta(days=1)
OF_THE_ADDRESS = {*Refusal, INTAKE_REVOKED}


def refused_lately() -> list[Finding]:
    """One finding if callbacks were refused within a day and none was taken since. Raises StoreUnavailable."""
    now = datetime.now(UTC)
    newest = (kept for kept in quarantine.fetch_newest(PROVIDER, NEWEST) if kept.received_at > now - WITHIN)
    # who has the address and sends what is no callback is told so, and has nothing to do with keys
    refused = [kept for kept in newest if kept.refusal.reason in OF_THE_ADDRESS]
    if not refused:
        return []
    reasons = Counter(kept.refusal.reason for kept in refused)
    facts = tuple(f"{reason}: {times} of the last {NEWEST} refused requests" for reason, times in reasons.most_common())
    # an address that was guessed by a stranger is refused too
    is_noise = checkup.was_accepted_within(PROVIDER, (now - refused[0].received_at).total_seconds())
    return [
        Finding(
            "callbacks_refused",
            Weight.FINE if is_noise else Weight.WARNING,
            "Callbacks of Deepgram's are refused: SECRET_KEY was changed since their addresses were made, or they are not Deepgram's.",
            facts,
            "give Deepgram what `celery -A tasks intake-url` prints now; what Hookline submitted itself it submits again",
        )
    ]
