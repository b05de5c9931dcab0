"""The room of people: whether somebody is called when a customer is in danger."""

from db.plant import on_call
from domain.counting import counted
from domain.diagnosis.finding import Finding, Weight


def look() -> list[Finding]:
    """One note if an organization names nobody. Raises StoreUnavailable."""
    found = on_call.missing()
    if found is None:
        return []
    told = counted(found.count, "organization names nobody to call", "organizations name nobody to call")
    fix = f"celery -A tasks organization --org {found.slug} --on-call +1…, for each; GET /v1/escalations lists who needed somebody"
    then = "who is in danger on the line is told the number of help, who writes reaches nobody."
    return [Finding("nobody_on_call", Weight.FINE, f"{told}: {then}", (f"such as: {found.slug}",), fix)]
