"""``celery -A tasks keys``: API keys, shown once."""

from uuid import UUID

import click

from db import api_keys
from domain.access import Scope
from tasks.commands.arguments import Explained, ListedId, organization_option, tenant_named, who_option


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command(cls=Explained)
@organization_option
@who_option
@click.option("--name", required=True, help="What the key is for; shown in lists.")
@click.option(
    "--scope", type=click.Choice([scope.value for scope in Scope]), default=Scope.VIEWER.value, show_default=True, help="What it may do."
)
def create(slug: str, by: str, name: str, scope: str) -> None:
    """Make a key and show it, once: only its hash is kept. The last line is the key.

    A viewer reads; an operator also steps in, corrects and sends work; an admin also changes settings and keys.
    """
    _, key = api_keys.create(tenant_named(slug).id, name, Scope(scope), by=by)
    click.echo(f"Key {name!r} ({scope}) for organization {slug!r}. Keep it now, it cannot be shown again:", err=True)
    click.echo(key)


@keys.command(cls=Explained, name="list")
@organization_option
def list_keys(slug: str) -> None:
    """List the keys of an organization: id, name, scope, state, when they were last used."""
    for key in api_keys.fetch_all(tenant_named(slug).id):
        click.echo(f"{key.id}  {key.name}  {key.scope}  {'revoked' if key.revoked_at else 'active'}  {_used(key)}")


@keys.command(cls=Explained)
@organization_option
@who_option
@click.argument("key_id", type=ListedId("keys list"))
def revoke(slug: str, by: str, key_id: UUID) -> None:
    """Revoke a key; whoever uses it is refused from now on."""
    if not api_keys.revoke(tenant_named(slug).id, key_id, by=by):
        raise click.ClickException(f"Organization {slug!r} has no active key {key_id}. `celery -A tasks keys list` shows them.")
    click.echo("revoked")


def _used(key: api_keys.ApiKey) -> str:
    return f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
