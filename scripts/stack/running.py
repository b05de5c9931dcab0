"""Puts a stack together and takes it apart again: servers, release, processes; on the way down the other way round."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from scripts.stack import api_key, card, commands, console, environment, leftovers, postgres, ready, redis_server
from scripts.stack.places import Places
from scripts.stack.supervisor import Child, Supervisor

RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the data is; ``pids`` of the servers that are ours."""

    database_url: str
    redis_url: str
    pids: Mapping[str, int]


@contextmanager
def stack(places: Places) -> Iterator[card.Card]:
    """A whole stack that answers, for as long as the block lasts. Hold the lock. Raises StackError, Interrupted."""
    with ExitStack() as cleanup:
        _sweep(places)
        servers = _servers(places, cleanup)
        where = environment.addresses(places)
        common = environment.of_stack(places, where, servers.database_url, servers.redis_url)
        _release(places, common)
        supervisor = _processes(places, common, where)
        cleanup.callback(supervisor.stop)
        supervisor.start()
        intake = commands.run("celery -A tasks intake-url", common, places.logs / "setup.log")
        ready.wait(supervisor, places, where, common.get("CLOUDAMQP_URL", servers.redis_url))
        tell = _teller(places, common, where, servers, intake, supervisor)
        cleanup.callback(card.remove, places)
        supervisor.changed = tell
        told = tell()
        supervisor.watch()
        yield told


def _sweep(places: Places) -> None:
    card.remove(places)
    found = leftovers.end(places)
    if found:
        console.note(f"ended what an earlier stack left behind: {', '.join(found)}")
    for log in places.logs.glob("*.log"):
        log.unlink()


def _servers(places: Places, cleanup: ExitStack) -> Servers:
    pids: dict[str, int] = {}
    database_url = os.environ.get("DATABASE_URL") or _start("postgres", pids, cleanup, lambda: postgres.start(places))
    redis_url = os.environ.get("REDIS_URL") or _start("redis", pids, cleanup, lambda: redis_server.start(places))
    return Servers(database_url, redis_url, pids)


def _start(name: str, pids: dict[str, int], cleanup: ExitStack, start: Callable[[], postgres.Postgres | redis_server.Redis]) -> str:
    begin = time.monotonic()
    console.working(f"starting {name}")
    server = start()
    cleanup.callback(server.stop)
    pids[name] = server.process.pid
    console.done(name, f"{time.monotonic() - begin:4.1f} s")
    return server.url


def _release(places: Places, common: Mapping[str, str]) -> None:
    begin = time.monotonic()
    console.working("migrating the database")
    commands.run(commands.procfile()[RELEASE], common, places.logs / "release.log")
    console.done("migrated", f"{time.monotonic() - begin:4.1f} s")


def _processes(places: Places, common: Mapping[str, str], where: environment.Addresses) -> Supervisor:
    return Supervisor(
        [
            Child(name, command, environment.of_process(name, common, where), places.logs / f"{name}.log")
            for name, command in commands.procfile().items()
            if name != RELEASE
        ]
    )


def _teller(
    places: Places, common: Mapping[str, str], where: environment.Addresses, servers: Servers, intake: str, supervisor: Supervisor
) -> Callable[[], card.Card]:
    key = api_key.working(places, common, where.web)

    def tell() -> card.Card:
        told = card.Card(
            web_url=where.web,
            flower_url=where.flower,
            flower_basic_auth=common["FLOWER_BASIC_AUTH"],
            database_url=servers.database_url,
            redis_url=servers.redis_url,
            api_key=key,
            twilio_account_sid=common["TWILIO_ACCOUNT_SID"],
            twilio_auth_token=common["TWILIO_AUTH_TOKEN"],
            public_base_url=common["PUBLIC_BASE_URL"],
            deepgram_callback_url=intake,
            pids={**supervisor.pids(), **servers.pids, "supervisor": os.getpid()},
        )
        card.write(places, told)
        return told

    return tell
