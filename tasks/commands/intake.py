"""``celery -A tasks intake-url``: where Deepgram may send transcripts that we did not ask for."""

import click

import settings
from db import organizations
from domain.callback_tokens import IntakeToken, callback_url
from tasks.commands.arguments import Explained, organization_option, tenant_named, who_option


@click.command(cls=Explained, name="intake-url")
@organization_option
@who_option
@click.option("--rotate", is_flag=True, help="Revoke the URL that is out there and make a new one.")
def intake_url(slug: str, by: str, *, rotate: bool) -> None:
    """Show the organization's standing Deepgram callback URL with its credentials. The last line is the URL."""
    tenant = tenant_named(slug)
    if rotate:
        tenant = organizations.rotate_intake(tenant.id, by)
    current = settings.current_or_exit()
    click.echo(callback_url(current.public_base_url, current.secret_key, IntakeToken(tenant.id, tenant.intake_version)))
