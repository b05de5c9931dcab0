"""Arguments that several commands share."""

import getpass
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import click

import settings
from db import organizations
from db.outage import reported
from domain.errors import RefusedError, StoreUnavailable
from domain.organizations.organization import DEFAULT_SLUG, Tenant

# a command about one organization, as it is spoken of in a sentence
_SPOKEN_OF = re.compile(r"`(celery -A tasks (?:retry|settle|undo|promote|batches) ?[^`]*?)`")

# whoever mistyped one recognizes it among so many
_SLUGS = 10

organization_option = click.option("--org", "slug", default=DEFAULT_SLUG, show_default=True, help="Slug of the organization.")


def _logged_in() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"  # a container may run as a number that nobody has a name for


who_option = click.option("--by", default=_logged_in, show_default="you", help="Who decides; kept beside it.")


def tenant_named(slug: str) -> Tenant:
    """The organization with this slug; ends the command with what to do if there is none."""
    settings.current_or_exit()
    tenant = organizations.find_by_slug(slug)
    if tenant is None:
        raise click.ClickException(_unknown(slug))
    return tenant


def _unknown(slug: str) -> str:
    known, total = organizations.fetch_slugs(_SLUGS)
    if not known:
        return f"There is no organization {slug!r}. Run `celery -A tasks setup` first, which makes one for each Twilio account."
    more = f" and {total - len(known):,} more" if total > len(known) else ""
    return f"There is no organization {slug!r}. Name another with --org: there {'is' if total == 1 else 'are'} {', '.join(known)}{more}."


@contextmanager
def explained() -> Iterator[None]:
    """Ends the command with the reason if what a person asked for cannot be done."""
    try:
        with reported():
            yield
    except RefusedError as error:
        raise click.ClickException(_as_typed(str(error))) from None
    except StoreUnavailable as error:
        raise click.ClickException(f"The database did not answer ({error}). Look at it, then try again.") from None


class Explained(click.Command):
    """A command that says in a sentence why it could not be done."""

    def invoke(self, ctx: click.Context) -> object:
        """Run it."""
        with explained():
            return super().invoke(ctx)


def tell_refusal(refusal: object) -> None:
    """Say why one of several was refused, as click says why all was; the others go on."""
    click.echo(f"Error: {_as_typed(str(refusal))}", err=True)


def _as_typed(sentence: str) -> str:
    """The sentence with commands that are about the organization which the person has named."""
    context = click.get_current_context(silent=True)
    slug = context.params.get("slug") if context else None
    return sentence if slug in {None, DEFAULT_SLUG} else _SPOKEN_OF.sub(rf"`\1 --org {slug}`", sentence)


class ListedId(click.ParamType[UUID]):
    """An id that a command of ours shows."""

    name = "uuid"

    def __init__(self, shown_by: str) -> None:
        """``shown_by`` is the subcommand."""
        self._shown_by = shown_by

    def convert(self, value: str | UUID, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        """Read it, or say where to find it."""
        try:
            return value if isinstance(value, UUID) else UUID(value)
        except ValueError:
            self.fail(f"{value!r} is not a valid UUID: `celery -A tasks {self._shown_by}` shows the ids", param, ctx)


class Instant(click.ParamType[datetime]):
    """A point in time, ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it, or say what it should look like."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-11-20 or 2026-11-20T08:30:00+00:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
