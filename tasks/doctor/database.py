"""The room of PostgreSQL: whether it answers, is of this release, keeps our sessions, agrees about the time, and is held up by nobody."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from db import readiness
from db.confinement import ROLE
from db.plant import checkup, confining, holders
from db.plant.checkup import ConnectFault, Server, Transaction
from db.plant.confining import Confinement
from db.plant.holders import Holder
from domain.counting import counted
from domain.diagnosis import repairs
from domain.diagnosis.finding import Finding, Weight
from tasks.doctor import clocks

OLDEST_VERSION = 14
# whoever waits for a lock for so long is held up; a migration gives way after 3 s
HELD_S = 5.0
LONG_S = 600.0
# a house at work lets go of a connection every now and then
ROOM_WITHIN_S = 3.0
# a task of ours holds a row for milliseconds, a tidying of ours for some seconds
HOLDS_S = 10.0

_CONNECT: Mapping[ConnectFault, Finding] = {
    ConnectFault.UNREACHABLE: Finding(
        "database_unreachable",
        Weight.BROKEN,
        "PostgreSQL does not answer: every webhook is answered 503 and nothing is worked on.",
        fix="start PostgreSQL, or set DATABASE_URL to where it is",
    ),
    ConnectFault.LOGIN: Finding(
        "database_login_refused",
        Weight.BROKEN,
        "PostgreSQL refuses the user or the password of DATABASE_URL.",
        fix="set DATABASE_URL to what the host shows now: passwords are rotated",
    ),
    ConnectFault.NO_DATABASE: Finding(
        "database_missing",
        Weight.BROKEN,
        "PostgreSQL answers, but has no database of the name in DATABASE_URL.",
        fix="create it, or set DATABASE_URL to one that exists, then run `alembic upgrade head`",
    ),
    ConnectFault.TOO_MANY: Finding(
        "database_full",
        Weight.BROKEN,
        "PostgreSQL gives no further connection: all of them are taken.",
        fix="set DB_POOL_SIZE=1 and restart, or take a larger plan; then see `celery -A tasks doctor` for what fits",
    ),
    ConnectFault.STARTUP: Finding(
        "database_pooled",
        Weight.BROKEN,
        "A pooler before PostgreSQL refuses the limits that our connections set when they connect.",
        fix="set DATABASE_URL to the server itself, or run the pooler with pool_mode = session",
    ),
}


def look() -> list[Finding]:
    """What is wrong with the database. Raises StoreUnavailable."""
    fault = checkup.connect_fault()
    if fault:
        return [_of_connecting(fault)]
    # first what needs no table of ours, and no lock
    server = checkup.server()
    return [*_of(server), *_held_up(checkup.transactions(HELD_S)), *_schema()]


def _of_connecting(fault: ConnectFault) -> Finding:
    found = _CONNECT[fault]
    if fault is not ConnectFault.TOO_MANY:
        return found
    held = told(holders.when_there_is_room(ROOM_WITHIN_S))
    return replace(found, evidence=held or ("nobody can look who holds them: not even this command got one",))


def told(held: Sequence[Holder]) -> tuple[str, ...]:
    """Who holds connections, the most first."""
    return tuple(f"held by {each.name}, {each.state}: {each.sessions}" for each in held)


def confinement(seen: Confinement) -> list[Finding]:
    """Whether the API's sessions are kept to their organization's rows by the database, too."""
    denied = [_denied(seen)] if seen.is_ours and seen.denied else []
    if seen.is_ours and not seen.bare:
        return denied
    told = "The API keeps organizations apart by its filters alone: the database does not confine its sessions (row-level security)."
    make = f'GRANT {ROLE} TO "{seen.user}"' if seen.has_role else f'CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO "{seen.user}"'
    ours = "" if seen.is_ours else f"as a user who may make roles: psql -c '{make}'; then: "
    facts = (f"tables without a policy: {', '.join(seen.bare)}",) if seen.bare else ()
    return [Finding("api_not_confined", Weight.WARNING, told, facts, f"{ours}{repairs.SETUP}"), *denied]


def _denied(seen: Confinement) -> Finding:
    told = f"The API's sessions may not do what they have to in {', '.join(seen.denied)}: whoever asks for that is answered with an error."
    return Finding("api_denied", Weight.BROKEN, told, fix=repairs.SETUP)


def _missing(tables: Sequence[str]) -> Finding:
    told = f"The database has this release's migrations and not all of its tables: {', '.join(tables)}. Whoever needs one waits."
    fix = "give it its name back, or restore it: nothing of ours takes a table away. What died meanwhile: celery -A tasks parked"
    return Finding("table_missing", Weight.BROKEN, told, fix=fix)


def trouble() -> Finding | None:
    """Why nobody can claim or store anything now; None if everybody can. Raises StoreUnavailable."""
    fault = checkup.connect_fault()
    if fault:
        return _of_connecting(fault)
    found = [*_held_up(checkup.transactions(HELD_S)), *_of(checkup.server())]
    found += [_missing(gone) for gone in [confining.missing_tables()] if gone]
    return next((finding for finding in found if finding.code in {"database_locked", "database_read_only", "table_missing"}), None)


def _schema() -> Iterable[Finding]:
    if readiness.missing() == "migrations":
        told = f"The database is behind this release, which needs revision {readiness.HEAD}: /ready says 503."
        return [Finding("migrations_missing", Weight.BROKEN, told, fix="alembic upgrade head")]
    gone = confining.missing_tables()
    return [_missing(gone)] if gone else confinement(confining.look())


def _of(server: Server) -> Iterator[Finding]:
    if server.version < OLDEST_VERSION:
        told = f"PostgreSQL is version {server.version}; {OLDEST_VERSION} or newer is needed."
        yield Finding("database_too_old", Weight.BROKEN, told, fix="upgrade the server")
    if server.is_read_only:
        yield Finding(
            "database_read_only",
            Weight.BROKEN,
            "PostgreSQL takes no writes: it is a replica, or the host has stopped writes because the disk or the plan is full.",
            (f"the database has {server.bytes / 1_048_576:.0f} MB",),
            "set DATABASE_URL to the primary, or take a larger plan",
        )
    if not server.keeps_sessions:
        yield Finding(
            "database_pooled",
            Weight.BROKEN,
            "A pooler hands our transactions to one server connection after another: their time limits and planned statements are lost.",
            fix="set DATABASE_URL to the server itself, or run the pooler with pool_mode = session",
        )
    yield from clocks.differing("database", "PostgreSQL's", server.ahead_s, clocks.DATABASE_S)


def _held_up(open_for_long: list[Transaction]) -> Iterator[Finding]:
    for each in open_for_long:
        facts = (f"pid {each.pid}, {each.name or 'nameless'}, open for {each.age_s:.0f} s",)
        fix = repairs.end_session(each.pid)
        if each.holds_up:
            told = f"A transaction (pid {each.pid}) holds locks for which {counted(each.holds_up, 'other waits', 'others wait')}."
            yield Finding("database_locked", Weight.BROKEN, told, facts, fix)
        elif each.holds_rows and each.age_s > HOLDS_S:
            told = f"A transaction (pid {each.pid}) has held runs or effects for {each.age_s:.0f} s: nobody can work on them."
            yield Finding("database_locked", Weight.BROKEN, told, facts, fix)
        elif each.age_s > LONG_S:
            told = f"A transaction (pid {each.pid}) is open for {each.age_s / 60:.0f} minutes: nothing is tidied up behind it."
            yield Finding("database_transaction_long", Weight.WARNING, told, facts, fix)
