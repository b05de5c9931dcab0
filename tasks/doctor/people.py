"""The room of people: whether somebody is called when a customer is in danger, and whether organizations' wishes can be read."""

from collections.abc import Iterator

from db.plant import on_call, unread
from domain.counting import counted
from domain.diagnosis import repairs
from domain.diagnosis.finding import Finding, Weight


def look() -> list[Finding]:
    """One finding for settings that nobody can read, one note if an organization names nobody. Raises StoreUnavailable."""
    return [*_unread(), *_nobody()]


def _unread() -> Iterator[Finding]:
    found = unread.find()
    if found:
        which = counted(found.count, "organization has settings that are", "organizations have settings that are")
        told = (
            f"{which} no JSON object, so that they count as empty: no hours, nobody on call, no alarm words. Somebody has changed the row."
        )
        fix = f"put back what was there, for each: {repairs.put_back_settings(found.slug, found.version)}"
        yield Finding("organization_settings_unread", Weight.BROKEN, told, (f"such as: {found.slug}",), fix)


def _nobody() -> Iterator[Finding]:
    found = on_call.missing()
    if found:
        told = counted(found.count, "organization names nobody to call", "organizations name nobody to call")
        fix = f"celery -A tasks organization --org {found.slug} --on-call +1…, for each; GET /v1/escalations lists who needed somebody"
        then = "who is in danger on the line is told the number of help, who writes reaches nobody."
        yield Finding("nobody_on_call", Weight.FINE, f"{told}: {then}", (f"such as: {found.slug}",), fix)
