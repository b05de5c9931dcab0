"""The front's statements for what the network says of messages that we sent, and for deliveries that imply nothing."""

from collections.abc import Mapping

from db.sql import event_part
from db.sql_other_person import other_part

# The effect that the report's own URL names, else the one that got this id from the vendor; never one that another message belongs to.
_FOUND = """
  found AS (
    SELECT id, conversation_id, transcript_id, target = '' AS is_erased, 1 AS choice FROM effects
    WHERE organization_id = :org AND id = :effect_id AND (provider_ref IS NULL OR provider_ref = :ref)
    UNION ALL
    SELECT id, conversation_id, transcript_id, target = '' AS is_erased, 2 AS choice FROM effects
    WHERE organization_id = :org AND provider_ref = :ref
    ORDER BY choice LIMIT 1
  )"""

# A message that is reported exists, whatever was believed of it. Whoever holds the lease is about to write the outcome down itself; it gets
# the reference, so that it cannot take the message for one that never left.
_UNSETTLED = "e.state IN ('pending', 'sending', 'unknown', 'failed')"
_FREE = f"{_UNSETTLED} AND (e.lease_until IS NULL OR e.lease_until < clock_timestamp())"


def _when(condition: str, values: Mapping[str, str]) -> str:
    return ",\n        ".join(f"{column} = CASE WHEN {condition} THEN {value} ELSE e.{column} END" for column, value in values.items())


_PROVEN = _when(_UNSETTLED, {"provider": ":provider", "provider_ref": ":ref"})
_SENT = _when(
    _FREE, {"state": "'sent'", "last_error": "NULL", "lease_token": "NULL", "lease_until": "NULL", "finished_at": "clock_timestamp()"}
)

# The expressions see the newest version of the row, whoever wrote it while this statement waited. That the event's conversation is there is
# checked last of all: while an erasure has both, the front gives up after its limit for locks, and the vendor comes again. Two reports of
# one rank are the same status; their codes are merged, so that the order does not matter there either (I7).
_REPORTED = event_part("found.conversation_id", "found.transcript_id", "(SELECT) AS one LEFT JOIN found ON true", "found.is_erased")
# the report is told once; one that is outranked by what was told before says nothing
_NOT_REACHED = other_part(
    "event JOIN found ON true JOIN effects AS e ON e.id = found.id",
    "event.fresh AND CAST(:delivery AS text) IN ('undelivered', 'failed') AND :rank > e.delivery_rank AND e.settled_at IS NULL",
)
STORE_REPORT = f"""
WITH {_FOUND}, {_REPORTED},
  effect AS (
    UPDATE effects AS e SET
        delivery = CASE WHEN :rank > e.delivery_rank THEN :delivery ELSE e.delivery END,
        delivery_code = CASE
            WHEN :rank > e.delivery_rank THEN :code
            WHEN :rank = e.delivery_rank THEN GREATEST(e.delivery_code, :code)
            ELSE e.delivery_code END,
        delivery_rank = GREATEST(e.delivery_rank, :rank),
        {_PROVEN},
        {_SENT}
    FROM found, event
    WHERE e.organization_id = :org AND e.id = found.id AND (e.provider_ref IS NULL OR e.provider_ref = :ref)
  ), {_NOT_REACHED}
SELECT event.id AS event_id, event.fresh, found.conversation_id, found.transcript_id, NULL AS run_id
FROM event LEFT JOIN found ON true
"""

STORE_NOTICE = f"""
WITH {event_part("NULL", "NULL", "(SELECT) AS one")}
SELECT event.id AS event_id, event.fresh, NULL AS conversation_id, NULL AS transcript_id, NULL AS run_id
FROM event
"""
