"""Finds what was said by its words, the best match first: in the runs that count, never in what was erased or has been emptied.

The index is searched by ``search_utterances`` (migration 0019), a function that runs as its owner and takes the organization: below
row-level security PostgreSQL does not let an index answer ``@@``, which it holds for able to leak. It tells ids and ranks only; the rows
behind them are read here as everything else is, under the policies of whoever asks.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from db.pages import Page, Span

# More matches than that, and the newest are ranked.
MOST = 1_000
# No caller's words keep these: they are taken out before a match is marked, so that whoever reads knows what we marked.
BEGIN, END = "\x02", "\x03"

_FOUND = f"""
WITH found AS MATERIALIZED (
    SELECT run_id, seq, rank, count(*) OVER () > :most AS is_partial FROM search_utterances(:org, :wanted, :most + 1)
), page AS (
    SELECT t.id AS transcript_id, t.conversation_id, u.run_id, u.seq, u.speaker, u.role, u.start_ms, u.end_ms, c.channel, t.created_at,
        found.rank, found.is_partial, translate(u.text, '{BEGIN}{END}', '') AS said
    FROM found
    JOIN utterances AS u ON u.run_id = found.run_id AND u.seq = found.seq AND u.organization_id = :org
    JOIN runs AS r ON r.id = u.run_id AND r.organization_id = :org
    JOIN transcripts AS t ON t.id = r.transcript_id AND t.current_run_id = r.id AND t.organization_id = :org
    JOIN conversations AS c ON c.id = t.conversation_id AND c.organization_id = :org
    WHERE t.emptied_at IS NULL AND c.erased_at IS NULL AND u.text <> ''
        AND (CAST(:since AS timestamptz) IS NULL OR t.created_at >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR t.created_at < :until)
        AND (CAST(:channel AS text) IS NULL OR c.channel = :channel) AND (CAST(:role AS text) IS NULL OR u.role = :role)
        AND (NOT :is_later OR (found.rank, t.created_at, u.run_id, u.seq) < (:rank, :at, :run, :number))
    ORDER BY found.rank DESC, t.created_at DESC, u.run_id DESC, u.seq DESC LIMIT :limit
)
SELECT page.transcript_id, page.conversation_id, page.run_id, page.seq, page.speaker, page.role, page.start_ms, page.end_ms, page.channel,
    page.created_at, page.rank, page.is_partial, ts_headline('pg_catalog.english', left(page.said, 100000),
        websearch_to_tsquery('pg_catalog.english', :wanted), 'StartSel="{BEGIN}", StopSel="{END}", MaxWords=40, MinWords=15') AS marked
FROM page ORDER BY page.rank DESC, page.created_at DESC, page.run_id DESC, page.seq DESC
"""
_NOWHERE = (0.0, datetime.fromisoformat("1970-01-01T00:00:00Z"), UUID(int=0), 0)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a snippet, and whether it is one of the words that were looked for."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Match:
    """An utterance that was found; times in ms, ``rank`` grows with how well it fits."""

    transcript_id: UUID
    conversation_id: UUID
    run_id: UUID
    seq: int
    speaker: int
    role: str | None
    start_ms: int
    end_ms: int
    channel: str
    created_at: datetime
    rank: float
    snippet: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Matches(Page[Match]):
    """A page of them. ``is_partial``: more matched than are ranked; narrower words find the rest."""

    is_partial: bool


def search(
    organization_id: UUID, wanted: str, narrowed: dict[str, Any], span: Span, limit: int, after: tuple[Any, ...] | None = None
) -> Matches:
    """What an organization's callers and agents said that has these words, in PostgreSQL's ``websearch`` spelling.

    ``narrowed`` by ``channel`` and ``role``. One question. Raises StoreUnavailable.
    """
    told = {"org": organization_id, "wanted": wanted, "most": MOST, "limit": limit + 1, "since": span.since, "until": span.until}
    rank, at, run, number = after or _NOWHERE
    told |= {"is_later": after is not None, "rank": rank, "at": at, "run": run, "number": number}
    told |= {"channel": narrowed.get("channel"), "role": narrowed.get("role")}
    with reported(), engine().connect() as connection:
        rows = [row._asdict() for row in connection.execute(text(_FOUND), told)]
    is_partial = bool(rows) and rows[0]["is_partial"]
    items = tuple(_match(row) for row in rows[:limit])
    last = items[-1] if len(rows) > limit else None
    return Matches(items, (last.rank, last.created_at, last.run_id, last.seq) if last else None, is_partial)


def _match(row: dict[str, Any]) -> Match:
    return Match(**{name: value for name, value in row.items() if name not in {"marked", "is_partial"}}, snippet=_pieces(row["marked"]))


def _pieces(marked: str) -> tuple[Piece, ...]:
    first, *rest = marked.split(BEGIN)
    found = [Piece(first, is_match=False)]
    for part in rest:
        match, _, after = part.partition(END)
        found += [Piece(match, is_match=True), Piece(after, is_match=False)]
    return tuple(piece for piece in found if piece.text)
