"""Sessions in which somebody is heard piece by piece: what they say is forgotten unless it comes to an end in time."""

from uuid import UUID

from db.ephemeral.ordered import Kind, Taken

# each piece tells all that was heard so far, so only the last one is kept, with those that came before their turn
SESSIONS = Kind("session", ttl_s=300, ahead=64, bytes_at_most=256 * 1024, rows_at_most=1_000, keeps_all=False)
NUMBER = "their_number"


def begin(organization_id: UUID, session_id: UUID, their_number: str | None) -> bool:
    """Begin a session; False if the organization has too many. Raises EphemeralUnavailable."""
    return SESSIONS.opened(organization_id, session_id, {NUMBER: their_number} if their_number else {})


def tell(organization_id: UUID, session_id: UUID, number: int, text: str, *, is_final: bool) -> Taken:
    """A piece of what is said: all that was heard so far. Raises EphemeralUnavailable."""
    return SESSIONS.append(organization_id, session_id, number, text, is_final=is_final)


def number_of(organization_id: UUID, session_id: UUID) -> str | None:
    """Whose session it is, if somebody said so and it is still there. Raises EphemeralUnavailable."""
    row = SESSIONS.read(organization_id, session_id)
    return row.told.get(NUMBER) if row else None


def final_words(organization_id: UUID, session_id: UUID, final: int) -> tuple[str, str | None] | None:
    """What was said in a session that is whole, and by which number; None if it is not there any more. Raises EphemeralUnavailable."""
    row = SESSIONS.read(organization_id, session_id)
    if row is None or final not in row.entries:
        return None
    return row.entries[final], row.told.get(NUMBER)
