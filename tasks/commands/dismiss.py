"""``celery -A tasks dismiss``: what shall stay as it is waits for nobody any more."""

from uuid import UUID

import click

from db import dismissals
from domain.errors import RefusedError
from domain.organizations.organization import Tenant
from tasks.commands.arguments import Explained, ParkedId, explained, organization_option, tell_refusal, tenant_named, who_option


@click.command(cls=Explained)
@organization_option
@click.argument("ids", nargs=-1, required=True, type=ParkedId(), metavar="ID...")
@who_option
def dismiss(slug: str, ids: tuple[UUID, ...], by: str) -> None:
    """Leave dead runs, and effects that failed or may have happened, as they are: off the list and the metrics.

    ID is a run or an effect, as `celery -A tasks parked` shows it. `retry` and `resend` still work, for whoever thinks better of it.
    """
    tenant = tenant_named(slug)
    with explained():
        if sum(_is_dismissed(tenant, named, by) for named in ids) < len(ids):
            raise SystemExit(1)


def _is_dismissed(tenant: Tenant, named: UUID, by: str) -> bool:
    try:
        what = dismissals.dismiss(tenant.id, named, by)
    except RefusedError as error:
        tell_refusal(error)
        return False
    click.echo(f"{what} {named} stays as it is and waits for nobody; celery -A tasks {'retry' if what == 'run' else 'resend'} still works")
    return True
