"""``celery -A tasks people``: who of an organization's staff may log in."""

import click

from db import passwords, people
from domain.access import Scope
from tasks.commands.arguments import Explained, organization_option, tenant_named, who_option

MOST_CHARS = 200


@click.group(name="people")
def staff() -> None:
    """Let people log in, list them, and let them in no more."""


@staff.command(cls=Explained)
@organization_option
@who_option
@click.option("--login", required=True, help="What they log in with; small and large letters are alike.")
@click.option(
    "--scope", type=click.Choice([scope.value for scope in Scope]), default=Scope.VIEWER.value, show_default=True, help="What they may do."
)
def create(slug: str, by: str, login: str, scope: str) -> None:
    """Let somebody log in, with a password that is made and shown once. The last line is the password.

    A viewer reads; an operator also steps in, corrects and sends work; an admin also changes settings and keys.
    """
    if not 1 <= len(login.strip()) <= MOST_CHARS:
        raise click.BadParameter(f"1 to {MOST_CHARS} characters", param_hint="--login")
    password = passwords.new()
    people.create(tenant_named(slug).id, login.strip(), passwords.hashed(password), Scope(scope), by)
    _show(slug, password)


@staff.command(cls=Explained, name="password")
@organization_option
@who_option
@click.argument("login")
def new_password(slug: str, by: str, login: str) -> None:
    """Give somebody another password, shown once, and end what they have open. The last line is the password."""
    password = passwords.new()
    if not people.give_password(tenant_named(slug).id, login, passwords.hashed(password), by):
        raise _nobody(slug)
    _show(slug, password)


@staff.command(cls=Explained, name="list")
@organization_option
def list_people(slug: str) -> None:
    """List the people of an organization: id, login, scope, state."""
    for person in people.fetch_all(tenant_named(slug).id):
        click.echo(f"{person.id}  {person.login}  {person.scope}  {'disabled' if person.disabled_at else 'active'}")


@staff.command(cls=Explained)
@organization_option
@who_option
@click.argument("login")
def disable(slug: str, by: str, login: str) -> None:
    """Let somebody in no more, and end what they have open."""
    if not people.disable(tenant_named(slug).id, login, by):
        raise _nobody(slug)
    click.echo("disabled")


def _show(slug: str, password: str) -> None:
    click.echo(f"They log in to organization {slug!r} with this password. Keep it now, it cannot be shown again:", err=True)
    click.echo(password)


def _nobody(slug: str) -> click.ClickException:
    return click.ClickException(f"Organization {slug!r} has nobody active with this login. `celery -A tasks people list` shows them.")
