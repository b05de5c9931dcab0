"""What a person decides about an effect that failed or has no known outcome: send it again, once, or write down how it ended (I4)."""

from uuid import UUID

from sqlalchemy import Connection, Row, text

from db import audits
from db.engine import engine
from db.outage import reported
from db.sql import HELPER
from db.tables.base import new_id
from db.tables.effects import UNDELIVERED
from domain.chain import EffectState
from domain.errors import RefusedError

# Whoever asks twice enters it once. One that was sent again and failed again has a key of its own, and may be sent again, too.
_RESENT_KEY = "e.effect_key || ':resend:' || COALESCE(e.run_id, e.id)"

_AGAIN = f"""
SELECT again.id, again.state FROM effects AS e JOIN effects AS again ON again.organization_id = :org AND again.effect_key = {_RESENT_KEY}
WHERE e.organization_id = :org AND e.id = :effect
"""
# an answer to what somebody has said more about since is worse than none (I9); of an effect `e`
ANSWERED_BY = """
SELECT later.id FROM transcripts AS mine
JOIN effects AS later ON later.conversation_id = e.conversation_id AND later.kind = 'sms' AND later.state IN ('sending', 'sent')
JOIN transcripts AS t ON t.id = later.transcript_id AND t.turn > mine.turn
WHERE mine.id = e.transcript_id AND e.kind = 'sms' LIMIT 1
"""
# a reply into a live call, of an effect `e`: it is said within seconds or never
OF_A_MOMENT = "(e.kind = 'call_update' AND e.transcript_id IS NOT NULL)"
_ANSWERED_SINCE = f"SELECT ({ANSWERED_BY}) FROM effects AS e WHERE e.organization_id = :org AND e.id = :effect"
_LOCK = f"""
SELECT id, state, body = '' AS is_emptied, {OF_A_MOMENT} AS of_a_moment, {UNDELIVERED} AS is_undelivered FROM effects AS e
WHERE organization_id = :org AND id = :effect FOR UPDATE
"""
# A call for help goes to whoever is named now: that the number was wrong is what most of them fail of.
_ENTER = f"""
INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, reason, target, sender, body,
    trace_id, next_publish_at)
SELECT :again, e.organization_id, e.conversation_id, e.transcript_id, e.run_id, {_RESENT_KEY}, e.kind, e.reason,
    CASE WHEN e.kind = 'escalation' THEN COALESCE({HELPER}, e.target) ELSE e.target END, e.sender, e.body, e.trace_id, clock_timestamp()
FROM effects AS e JOIN organizations AS o ON o.id = e.organization_id WHERE e.organization_id = :org AND e.id = :effect
"""
_SETTLE = "UPDATE effects SET settled_at = clock_timestamp(), settled_by = :by WHERE organization_id = :org AND id = :effect"
# every message has a SID of its own; what is said in a call has that of the call
_SENT = """
UPDATE effects AS e SET state = 'sent', provider = 'twilio', provider_ref = :ref, last_error = NULL, finished_at = clock_timestamp()
WHERE organization_id = :org AND id = :effect AND NOT EXISTS (
    SELECT FROM effects AS other WHERE other.organization_id = :org AND other.provider_ref = :ref AND other.id <> e.id
        AND NOT (other.kind = 'call_update' AND e.kind = 'call_update'))
"""
_GIVE_UP = """
UPDATE effects SET state = 'failed', last_error = 'given_up', finished_at = clock_timestamp()
WHERE organization_id = :org AND id = :effect
"""


def find(organization_id: UUID, effect_id: UUID) -> EffectState:
    """How the effect stands, if it may be entered again. Raises RefusedError, StoreUnavailable."""
    with reported(), engine().begin() as connection:
        return _resendable(connection, _parameters(organization_id, effect_id))


def enter_again(organization_id: UUID, effect_id: UUID, by: str) -> UUID:
    """Enter a second effect with the same words for the same number; its id. The first one stays as it is, and waits for nobody.

    Raises RefusedError, StoreUnavailable.
    """
    parameters = _parameters(organization_id, effect_id) | {"again": new_id(), "by": by}
    with reported(), engine().begin() as connection:
        _resendable(connection, parameters)
        connection.execute(text(_ENTER), parameters)
        connection.execute(text(_SETTLE), parameters)
        audits.record(connection, organization_id, by, "effect.resend", "effect", effect_id)
    return UUID(str(parameters["again"]))


def settle_as_sent(organization_id: UUID, effect_id: UUID, provider_ref: str, by: str) -> None:
    """Write down that it was sent, as the message with this SID: a report about that message is this effect's from now on.

    Raises RefusedError, StoreUnavailable.
    """
    parameters = _parameters(organization_id, effect_id) | {"ref": provider_ref, "by": by}
    with reported(), engine().begin() as connection:
        _undecided(connection, parameters)
        if connection.execute(text(_SENT), parameters).rowcount != 1:
            raise RefusedError(f"{provider_ref} is the message of another effect: look again at the vendor.")
        connection.execute(text(_SETTLE), parameters)
        audits.record(connection, organization_id, by, "effect.settle", "effect", effect_id, EffectState.SENT)


def settle_as_failed(organization_id: UUID, effect_id: UUID, by: str) -> None:
    """Write down that it shall not be sent any more. Raises RefusedError, StoreUnavailable."""
    parameters = _parameters(organization_id, effect_id) | {"by": by}
    with reported(), engine().begin() as connection:
        _undecided(connection, parameters)
        connection.execute(text(_GIVE_UP), parameters)
        connection.execute(text(_SETTLE), parameters)
        audits.record(connection, organization_id, by, "effect.settle", "effect", effect_id, EffectState.FAILED)


def _resendable(connection: Connection, parameters: dict[str, object]) -> EffectState:
    """How it stands; locked."""
    found = _undecided(connection, parameters)
    if found.of_a_moment:
        raise RefusedError(
            f"Effect {found.id} was to be said in a live call at its moment, so it is not said again."
            f" `celery -A tasks settle {found.id} --failed` takes it off the list."
        )
    if found.is_emptied:
        raise RefusedError(
            f"Effect {found.id}: its words are not kept any more (docs/privacy.md), so it is not sent again."
            f" `celery -A tasks settle {found.id} --failed` takes it off the list."
        )
    later = connection.scalar(text(_ANSWERED_SINCE), parameters)
    if later:
        at_the_vendor = ", or --sent SID if the vendor has it," if found.state == EffectState.UNKNOWN else ""
        raise RefusedError(
            f"Effect {found.id}: a later turn of the conversation was answered since, by effect {later}, so it is not sent again."
            f" `celery -A tasks settle {found.id} --failed`{at_the_vendor} takes it off the list."
        )
    return EffectState(found.state)


def _undecided(connection: Connection, parameters: dict[str, object]) -> Row[tuple[object, ...]]:
    """The effect, locked, unless it is none that a person has to decide about, or one has decided."""
    found = connection.execute(text(_LOCK), parameters).first()
    if found is None:
        raise RefusedError(f"There is no effect {parameters['effect']} in this organization; --org names another one.")
    if found.state not in {EffectState.FAILED, EffectState.UNKNOWN} and not found.is_undelivered:
        raise RefusedError(f"Effect {found.id} is {found.state}: only what is failed or unknown is for a person to decide.")
    again = connection.execute(text(_AGAIN), parameters).first()
    if again:
        raise RefusedError(f"Effect {found.id} was sent again before, as effect {again.id}, which is {again.state}.")
    return found


def _parameters(organization_id: UUID, effect_id: UUID) -> dict[str, object]:
    return {"org": organization_id, "effect": effect_id}
