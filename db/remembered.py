"""Versions of organizations' settings that this process has read. One that is written never changes, so nothing here can be out of date."""

from uuid import UUID

from domain.organizations.organization import Organization

# at 64 KB of settings each, the largest there are
AT_MOST = 64

_known: dict[tuple[UUID, int], Organization] = {}


def recall(organization_id: UUID, version: int) -> Organization | None:
    """The organization as it was in that version; None if this process has not read it, or has forgotten it."""
    return _known.get((organization_id, version))


def keep(organization_id: UUID, told: Organization) -> None:
    """Remember a version that stands in ``organization_versions``; the one that was read first makes room for it."""
    while len(_known) >= AT_MOST:
        _known.pop(next(iter(_known)), None)
    _known[organization_id, told.version] = told
