"""``celery -A tasks erase``: empties everything that is kept of a caller, and proves that nothing is left."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import click

import settings
from db import erasures, traces
from db.erasures import Plan, Whom
from domain.counting import counted
from domain.errors import RefusedError
from domain.organizations.organization import Tenant
from domain.privacy.numbers import addresses, hash_of, is_address, spellings
from tasks.commands.arguments import Explained, organization_option, tenant_named, who_option

# a message that is just leaving has its lease for a minute and a half
WAIT_S = 150.0
POLL_S = 0.5
TWILIO = "https://api.twilio.com/2010-04-01/Accounts"
FOLDERS = {"RE": "Recordings", "CA": "Calls", "SM": "Messages", "MM": "Messages"}


@click.command(cls=Explained)
@organization_option
@click.option("--number", help="The caller's number. Left out it is asked for, or read from standard input: a shell keeps what you type.")
@click.option("--conversation", type=click.UUID, help="One conversation instead of a number, if the number is not known.")
@click.option("--plan", "only_plan", is_flag=True, help="Count what would be emptied, and change nothing.")
@click.option("--prove", is_flag=True, help="Look for what is left, in every table; exit code 1 if anything is.")
@click.option("--reason", help="Kept in the proof; no words of the caller's.")
@click.option("--yes", is_flag=True, help="Do not ask. Together with a number on standard input nothing is asked at all.")
@who_option
def erase(
    slug: str, number: str | None, conversation: UUID | None, reason: str | None, by: str, *, only_plan: bool, prove: bool, yes: bool
) -> None:
    """Empty words, deliveries, replies and numbers of one caller. Ids, times and counts stay. It cannot be taken back.

    What is open of theirs is ended first; a message that is just leaving is waited for. STOP goes on being honoured: their number stays
    as a keyed hash. What Twilio keeps is listed, with the command that deletes it there. Interrupted, the same command goes on.
    """
    tenant = tenant_named(slug)
    whom = _whom(number, conversation)
    if prove:
        raise SystemExit(_prove(tenant, whom))
    planned = erasures.plan(tenant.id, whom)
    for line in _planned(planned):
        click.echo(line)
    if only_plan:
        return
    yes or click.confirm("Empty all of it, for good?", abort=True)
    for line in _erased(tenant, whom, planned, by, reason):
        click.echo(line)


def _whom(number: str | None, conversation: UUID | None) -> Whom:
    if conversation:
        return Whom(conversation_id=conversation)
    told = (number or _asked()).strip()
    if not is_address(told):
        raise RefusedError("That is no number such as +15005550199, nor a client: or sip: address. Withheld numbers name nobody.")
    return Whom(addresses(told), hash_of(settings.current().secret_key, told))


def _asked() -> str:
    return str(click.prompt("Number", hide_input=True)) if sys.stdin.isatty() else sys.stdin.readline()


def _planned(planned: Plan) -> Iterator[str]:
    yield f"{counted(len(planned.conversations), 'conversation', 'conversations')}; rows that hold something of the caller:"
    yield from (f"  {table:<16} {count:>6}" for table, count in planned.counts.items())
    if planned.unfinished_calls:
        calls = counted(planned.unfinished_calls, "call has", "calls have")
        yield f"  {calls} not ended: what is recorded later is not known yet, so erase again then"


def _erased(tenant: Tenant, whom: Whom, planned: Plan, by: str, reason: str | None) -> Iterator[str]:
    entry = erasures.begin(tenant.id, whom, planned, by, reason)
    for conversation in planned.conversations:
        erasures.stop(tenant.id, conversation, by)
    _wait_for_what_leaves(tenant, planned)
    counts: Counter[str] = Counter()
    with click.progressbar(planned.conversations, label="Emptying conversations") as bar:
        for conversation in bar:
            counts.update(erasures.empty(tenant.id, conversation, by))
    if whom.numbers:
        counts.update(erasures.forget_number(tenant.id, whom))
        needles = spellings(whom.numbers[0])
        for event in traces.find_bodies(tenant.id, needles, unlinked=True):
            traces.empty_body(tenant.id, event)
            counts["webhook_events"] += 1
        counts["quarantine"] += traces.forget_refusals(tenant.id, needles)
    erasures.finish(tenant.id, entry, counts)
    yield f"emptied: {', '.join(f'{table} {count}' for table, count in sorted(counts.items()))}"
    yield f"erasure {entry} is its proof; `celery -A tasks erase --prove` looks for what is left"
    yield from _at_vendors(planned)


def _wait_for_what_leaves(tenant: Tenant, planned: Plan) -> None:
    ends = time.monotonic() + WAIT_S
    count = erasures.count_in_flight(tenant.id, planned.conversations)
    if count:
        click.echo(f"{counted(count, 'message is', 'messages are')} just leaving the house: waiting for that, {WAIT_S:.0f} s at most")
    while count and time.monotonic() < ends:
        time.sleep(POLL_S)
        count = erasures.count_in_flight(tenant.id, planned.conversations)
    if count:
        click.echo(f"{counted(count, 'message is', 'messages are')} still on the way; nobody will know what became of that")


def _at_vendors(planned: Plan) -> Iterator[str]:
    known = [(folder, ref) for ref in planned.at_vendors if (folder := FOLDERS.get(ref[:2]))]
    if known:
        yield "Twilio keeps these until you delete them there (live transcripts and Deepgram's copies: docs/privacy.md):"
    for folder, ref in known:
        url = f"{TWILIO}/$TWILIO_ACCOUNT_SID/{folder}/{ref}.json"
        yield f'  curl -X DELETE -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN" "{url}"'


def _prove(tenant: Tenant, whom: Whom) -> int:
    left = {table: count for table, count in erasures.plan(tenant.id, whom).counts.items() if count}
    if whom.numbers:
        left |= {place: count for place, count in traces.find(tenant.id, spellings(whom.numbers[0])) if count}
    for place, count in left.items():
        click.echo(f"{place}: {count} rows still hold something")
    if left:
        click.echo("something is left: erase again; what belongs to another conversation is named by `--plan --conversation ID`")
        return 1
    click.echo(f"nothing is left; noted for {erasures.note_proven(tenant.id, whom)} erasures")
    return 0
