"""``celery -A tasks why ID``: what happened to it, why it stands where it stands, and the next command."""

import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace

import click

import settings
from db import readiness
from db.outage import reported
from domain.diagnosis import repairs
from domain.diagnosis.diagnose import NOT_FOUND, diagnose, gravest
from domain.diagnosis.evidence import Broker
from domain.diagnosis.finding import Finding, Weight
from domain.errors import StoreUnavailable
from domain.organizations.organization import DEFAULT_SLUG
from tasks.commands.arguments import organization_option, tenant_named
from tasks.commands.examining import examine, seen_broker
from tasks.doctor import database

IS_WELL, IS_BROKEN, IS_UNKNOWN = 0, 1, 2
# those that are about one organization
_OF_ONE = ("retry", "resend", "settle", "replay", "why", "parked", "reconcile")


@click.command()
@organization_option
@click.argument("name", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="For a program: code, weight, sentence, evidence, fix, command, others.")
def why(slug: str, name: str, *, as_json: bool) -> None:
    r"""Say in one sentence what happened to ID and why it stands where it stands; then the evidence; then the next command.

    ID is whatever you have at hand: a CallSid, RecordingSid, MessageSid, TranscriptionSid or Deepgram request_id; a trace id or task id; a
    run, transcript, conversation, effect or event of ours; a job of the API. It looks at deliveries, the quarantine, runs, jobs, steps,
    leases, queues, workers' heartbeats, vendors' circuits and the promises of the house. Nothing is changed, and no word or number of a
    caller is shown.

    \b
    celery -A tasks why CA0123…          a call
    celery -A tasks why 0199… --json     a run, for a program

    Exit code 0: all is well, or goes on by itself. 1: something is broken; the line `next:` mends it. 2: nobody has heard of ID.
    Works without Redis; without PostgreSQL it can only say so.
    """
    settings.current_or_exit()
    name = name.strip()
    try:
        with reported():
            findings = [_without_migrations(name)] if readiness.missing() == "migrations" else _findings(slug, name)
    except StoreUnavailable as error:
        findings = [_without_database(name, error, seen_broker(), _trouble())]
    first = gravest(findings)
    others = [finding.sentence for finding in findings if finding is not first]
    told = _as_json(first, slug, others) if as_json else "\n".join(_told(first, slug, others))
    click.echo(told)
    sys.exit(exit_code(first))


def _findings(slug: str, name: str) -> list[Finding]:
    return [diagnose(evidence) for evidence in examine(tenant_named(slug), name)]


def exit_code(finding: Finding) -> int:
    """What a script is told."""
    if finding.code == NOT_FOUND:
        return IS_UNKNOWN
    return IS_BROKEN if finding.weight is Weight.BROKEN else IS_WELL


def with_organization(fix: str, slug: str) -> str:
    """The fix as it is typed for this organization."""
    command = repairs.command_in(fix)
    if command is None or slug == DEFAULT_SLUG:
        return fix
    parts = [f"{part} --org {shlex.quote(slug)}" if _is_of_one(part) else part for part in command.split(" && ")]
    return fix.replace(command, " && ".join(parts))


def _is_of_one(command: str) -> bool:
    return command.startswith(repairs.COMMAND) and command.split()[3] in _OF_ONE


def _told(finding: Finding, slug: str, others: list[str]) -> Iterator[str]:
    yield finding.sentence
    yield from (f"    {fact}" for fact in finding.evidence)
    if others:
        yield f"    beside it, {len(others)} more:"
        yield from (f"    {sentence}" for sentence in others)
    yield f"next: {with_organization(finding.fix, slug)}" if finding.fix else "next: nothing"


def _as_json(finding: Finding, slug: str, others: list[str]) -> str:
    fix = with_organization(finding.fix, slug) if finding.fix else None
    told = {"code": finding.code, "weight": finding.weight.value, "sentence": finding.sentence, "evidence": finding.evidence, "fix": fix}
    return json.dumps(told | {"command": repairs.command_in(fix) if fix else None, "others": others}, indent=2)


def _without_migrations(name: str) -> Finding:
    sentence = f"Nothing can be told of {name}: the database has not this release's migrations."
    return Finding("migration_missing", Weight.BROKEN, sentence, fix=f"Run the release's own step: {repairs.MIGRATE}")


def _trouble() -> Finding | None:
    try:
        return database.trouble()
    except StoreUnavailable:
        return None


def _without_database(name: str, error: StoreUnavailable, broker: Broker, trouble: Finding | None) -> Finding:
    redis = f"the broker neither. {broker.trouble.sentence}" if broker.trouble else "the broker answers"
    if trouble and trouble.code != "database_unreachable":
        return replace(
            trouble, sentence=f"Nothing can be told of {name} ({error}). {trouble.sentence}", evidence=(*trouble.evidence, redis)
        )
    sentence = f"Nothing can be told of {name}: PostgreSQL does not answer ({error}). Vendors get a 503 meanwhile and come again."
    fix = f"Start PostgreSQL, or see that DATABASE_URL is its address, then: {repairs.why(name)}"
    return Finding("database_down", Weight.BROKEN, sentence, (redis,), fix)
