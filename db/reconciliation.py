"""How far an organization's vendor was asked for what we may have missed, and which events of a list we have already."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from domain.deliveries import ORIGIN_HEADER
from domain.healing import Listed
from domain.telephony.twilio import PROVIDER, SETTLED_STATUSES

log = structlog.get_logger()

# The row is made before anybody is asked: if the first answers take an hour to come, that hour is asked for too. Nothing is asked for that
# was there before the organization, unless a person names a time. A mark of the future is one that a clock gone wrong has left.
_OPEN = """
WITH mark AS (
    INSERT INTO watermarks AS w (organization_id, kind, seen_through) VALUES (:org, :kind, clock_timestamp())
    ON CONFLICT (organization_id, kind) DO UPDATE SET checked_at = clock_timestamp()
    RETURNING seen_through, resume_at, resume_through
)
SELECT LEAST(
        CAST(:since AS timestamptz),
        GREATEST(LEAST(mark.seen_through, clock_timestamp()) - make_interval(secs => :overlap_s), o.created_at)) AS since,
    clock_timestamp() AS until, mark.resume_at, LEAST(mark.resume_through, clock_timestamp()) AS resume_through,
    EXTRACT(EPOCH FROM mark.seen_through - clock_timestamp()) AS ahead_s
FROM mark CROSS JOIN organizations AS o WHERE o.id = :org
"""
_MOVE = """
UPDATE watermarks SET seen_through = CASE WHEN seen_through > clock_timestamp() THEN :through ELSE GREATEST(seen_through, :through) END,
    resume_at = NULL, resume_through = NULL
WHERE organization_id = :org AND kind = :kind
"""
_KEEP_PLACE = """
UPDATE watermarks SET resume_at = :at, resume_through = :through WHERE organization_id = :org AND kind = :kind
"""
_KNOWN = """
SELECT dedupe_key FROM webhook_events
WHERE organization_id = :org AND provider = :provider AND kind = :kind AND dedupe_key = ANY(:keys)
"""
# through ix_conversations_open: of the few that go on those that nobody has told anything of, or looked at, for so long
_QUIET = """
SELECT provider_ref FROM conversations
WHERE organization_id = :org AND channel = 'voice' AND NOT ended AND provider = :provider
    AND updated_at < clock_timestamp() - make_interval(secs => :quiet_s)
ORDER BY updated_at LIMIT :most
"""
# through ix_effects_organization_id_created_at_id: a call for help goes out within moments of being entered, or after two days not at all
_UNREPORTED = """
SELECT provider_ref FROM effects
WHERE organization_id = :org AND created_at > clock_timestamp() - make_interval(secs => :most_s) AND kind = 'escalation' AND state = 'sent'
    AND provider = :provider AND provider_ref IS NOT NULL AND COALESCE(delivery, '') <> ALL(:settled)
    AND finished_at < clock_timestamp() - make_interval(secs => :quiet_s)
ORDER BY created_at DESC LIMIT :most
"""
_LOOKED_AT = """
UPDATE conversations SET updated_at = clock_timestamp()
WHERE organization_id = :org AND provider = :provider AND provider_ref = :ref AND NOT ended
"""
_KNOWN_CALLS = """
SELECT provider_ref FROM conversations WHERE organization_id = :org AND provider = :provider AND provider_ref = ANY(:refs)
"""
# From number to number through ix_conversations_organization_id_our_number_channel_started_at, and of each number the newest conversations
# first: of one that is in use the first that is looked at will do. A thread never ends, so an old one may have new events; a call ends
# within a day. LIMIT keeps the planner from joining whole tables. No column of that index changes once it is set: updates stay cheap.
_SERVED = """
WITH RECURSIVE ours AS (
    (SELECT our_number FROM conversations WHERE organization_id = :org AND our_number IS NOT NULL ORDER BY our_number LIMIT 1)
    UNION ALL
    SELECT (
        SELECT c.our_number FROM conversations AS c
        WHERE c.organization_id = :org AND c.our_number > ours.our_number ORDER BY c.our_number LIMIT 1
    ) FROM ours WHERE ours.our_number IS NOT NULL
)
SELECT ours.our_number FROM ours CROSS JOIN LATERAL (
    SELECT FROM unnest(ARRAY['voice', 'sms']) AS by (channel) CROSS JOIN LATERAL (
        SELECT FROM conversations AS c
        WHERE c.organization_id = :org AND c.our_number = ours.our_number AND c.channel = by.channel
            AND c.started_at > CASE WHEN by.channel = 'sms' THEN '-infinity' ELSE clock_timestamp() - :recent - interval '1 day' END
            AND c.updated_at > clock_timestamp() - :recent
            AND (
                SELECT true FROM webhook_events AS e
                WHERE e.organization_id = :org AND e.conversation_id = c.id AND e.kind = ANY(:kinds)
                    AND e.received_at > clock_timestamp() - :recent AND NOT e.headers ? :origin
                LIMIT 1
            )
        ORDER BY c.started_at DESC LIMIT 1
    ) AS recent
    LIMIT 1
) AS served
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The page of a list, newest first, that is to be asked for next. All before it is taken in, from ``through`` on backwards."""

    at: str
    through: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for: from ``since`` to ``until``, which is now; by the database's clock.

    ``place`` is where the last one stopped, if it did not come to the end of the list.
    """

    since: datetime
    until: datetime
    place: Place | None = None


def find_quiet_calls(organization_id: UUID, quiet_s: float, most: int) -> list[str]:
    """Calls that have not ended as far as we know, and of which nothing came for so long; at most so many. Raises StoreUnavailable."""
    asked = {"org": organization_id, "provider": PROVIDER, "quiet_s": quiet_s, "most": most}
    with reported(), engine().connect() as connection:
        return list(connection.scalars(text(_QUIET), asked))


def find_unreported_help(organization_id: UUID, quiet_s: float, most_s: float, most: int) -> list[str]:
    """Messages that called for a person, sent so long ago, entered not longer ago than ``most_s``, whose outcome nobody has told.

    The newest, at most so many. Raises StoreUnavailable.
    """
    asked = {"org": organization_id, "provider": PROVIDER, "quiet_s": quiet_s, "most_s": most_s, "settled": list(SETTLED_STATUSES)}
    with reported(), engine().connect() as connection:
        return list(connection.scalars(text(_UNREPORTED), asked | {"most": most}))


def note_still_open(organization_id: UUID, call: str) -> None:
    """Write down that a call was looked at and goes on: others are looked at before it is again. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        connection.execute(text(_LOOKED_AT), {"org": organization_id, "provider": PROVIDER, "ref": call})


def open_window(organization_id: UUID, kind: Listed, overlap_s: float, since: datetime | None = None) -> Window:
    """What is to be asked for next: from ``overlap_s`` before the watermark, or from ``since`` if that is earlier. Raises StoreUnavailable.

    The first window begins ``overlap_s`` ago.
    """
    parameters = {"org": organization_id, "kind": kind, "overlap_s": overlap_s, "since": since}
    with reported(), engine().begin() as connection:
        row = connection.execute(text(_OPEN), parameters).one()
    if row.ahead_s > 0:
        ids = {"organization": str(organization_id), "kind": kind}
        log.error("watermark_ahead", **ids, ahead_s=round(row.ahead_s), next="celery -A tasks reconcile --since TIME")
    return Window(row.since, row.until, Place(row.resume_at, row.resume_through) if row.resume_at else None)


def move_watermark(organization_id: UUID, kind: Listed, through: datetime) -> None:
    """Everything up to this time was taken in. A watermark never goes back, but from the future: two at once move it to the later one.

    Raises StoreUnavailable.
    """
    with reported(), engine().begin() as connection:
        connection.execute(text(_MOVE), {"org": organization_id, "kind": kind, "through": through})


def keep_place(organization_id: UUID, kind: Listed, place: Place | None) -> None:
    """The next window goes on there; without a place it begins with the newest. The watermark stays. Raises StoreUnavailable."""
    parameters = {"org": organization_id, "kind": kind, "at": place and place.at, "through": place and place.through}
    with reported(), engine().begin() as connection:
        connection.execute(text(_KEEP_PLACE), parameters)


def find_known(organization_id: UUID, provider: str, kind: str, keys: Collection[str]) -> frozenset[str]:
    """Those of the keys under which an event is stored already. Raises StoreUnavailable."""
    parameters = {"org": organization_id, "provider": provider, "kind": kind, "keys": list(keys)}
    with reported(), engine().connect() as connection:
        return frozenset(connection.scalars(text(_KNOWN), parameters))


def find_known_calls(organization_id: UUID, provider: str, refs: Collection[str]) -> frozenset[str]:
    """Those of the calls that are conversations already. Raises StoreUnavailable."""
    parameters = {"org": organization_id, "provider": provider, "refs": list(refs)}
    with reported(), engine().connect() as connection:
        return frozenset(connection.scalars(text(_KNOWN_CALLS), parameters))


def find_served_numbers(organization_id: UUID, kinds: Collection[str], recent: timedelta) -> frozenset[str]:
    """Our side of the conversations about which a webhook, which is always signed, told an event of these kinds not longer ago.

    What we asked for ourselves proves nothing. Personal data: never to be logged. Raises StoreUnavailable.
    """
    parameters = {"org": organization_id, "kinds": list(kinds), "recent": recent, "origin": ORIGIN_HEADER}
    with reported(), engine().connect() as connection:
        return frozenset(connection.scalars(text(_SERVED), parameters))
