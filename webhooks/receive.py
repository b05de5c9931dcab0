"""What every accepted delivery goes through: store it in one commit, then ring the doorbell."""

from collections.abc import Callable
from uuid import UUID

import structlog

from domain.deliveries import Envelope, Stored
from observability import context
from tasks import dispatch
from webhooks import gate
from webhooks.refused import Refused
from webhooks.timing import Phase, timed

log = structlog.get_logger()


def receive(envelope: Envelope, store: Callable[[Envelope], Stored | None], about: str = "") -> Stored:
    """Keep the delivery and what it implies, then announce its run. Whoever returns from here may answer 2xx (I1).

    ``about`` is the vendor's id of the conversation that it belongs to, if the delivery's own subject is another.

    Raises StoreUnavailable (503: the vendor comes again) and Refused if there is nothing that the delivery could belong to.
    """
    context.about(subject=envelope.subject)
    with timed(Phase.STORE), gate.database.passing(about or envelope.subject):
        stored = store(envelope)
    if stored is None:
        raise Refused(403, "unknown_transcript", "the transcript that this callback belongs to does not exist; nothing was stored")
    context.about(conversation=stored.conversation_id)
    with timed(Phase.PUBLISH):
        if stored.run_id or stored.effect_id:
            dispatch.announce(stored, envelope.trace_id)
    log.info(
        "webhook_stored",
        provider=envelope.provider,
        kind=envelope.kind,
        subject=envelope.subject,
        event_id=str(stored.event_id),
        conversation_id=_shown(stored.conversation_id),
        transcript_id=_shown(stored.transcript_id),
        run=_shown(stored.run_id),
        fresh=stored.fresh,
    )
    return stored


def _shown(found: UUID | None) -> str | None:
    return str(found) if found else None
