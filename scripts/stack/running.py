"""Puts a stack together and takes it apart again: servers, release, processes; on the way down the other way round."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from scripts.stack import api_key, card, commands, console, environment, interruption, leftovers, postgres, ready, redis_server, twin
from scripts.stack.places import Places
from scripts.stack.server import Server
from scripts.stack.supervisor import Child, Supervisor

RELEASE = "release"
INSTALL_LOG = "install.log"  # written by scripts/install.sh, before us


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the data is; ``own`` are the servers that are ours."""

    database_url: str
    redis_url: str
    own: list[Server]


@contextmanager
def stack(places: Places) -> Iterator[card.Card]:
    """A whole stack that answers, for as long as the block lasts. Hold the lock. Raises StackError, Interrupted."""
    with ExitStack() as cleanup:
        _sweep(places)
        servers = _servers(places, cleanup)
        where = environment.addresses(places)
        common = environment.of_stack(places, where, servers.database_url, servers.redis_url)
        interruption.check()
        _release(places, common)
        interruption.check()
        supervisor = _processes(places, common, where, servers)
        cleanup.callback(supervisor.stop)
        console.say(f"  ..  starting {', '.join(child.name for child in supervisor.children)}")
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
    keep_last_logs(places)


def keep_last_logs(places: Places) -> None:
    """Put the last run's logs aside as ``*.log.1``: the reason why it ended may stand there."""
    for log in places.logs.glob("*.log"):
        if log.name != INSTALL_LOG:
            log.replace(log.with_name(f"{log.name}.1"))


def _servers(places: Places, cleanup: ExitStack) -> Servers:
    own: list[Server] = []
    database_url = os.environ.get("DATABASE_URL") or _start(Server("postgres", lambda _: postgres.start(places)), own, cleanup)
    redis_url = os.environ.get("REDIS_URL") or _start(Server("redis", lambda url: redis_server.start(places, url)), own, cleanup)
    return Servers(database_url, redis_url, own)


def _start(server: Server, own: list[Server], cleanup: ExitStack) -> str:
    interruption.check()
    begin = time.monotonic()
    console.working(f"starting {server.name}")
    server.start()
    cleanup.callback(server.stop)
    own.append(server)
    console.done(server.name, f"{time.monotonic() - begin:4.1f} s")
    return server.url


def _release(places: Places, common: Mapping[str, str]) -> None:
    begin = time.monotonic()
    console.working("migrating the database")
    said = commands.lines(commands.procfile()[RELEASE], common, places.logs / "release.log")
    console.done("migrated", f"{time.monotonic() - begin:4.1f} s")
    for line in [line for line in said if "--org" in line or "looked at again" in line]:
        console.note(line)


def _processes(places: Places, common: Mapping[str, str], where: environment.Addresses, servers: Servers) -> Supervisor:
    processes = {name: command for name, command in commands.procfile().items() if name != RELEASE}
    if common.get("TWILIO_BASE_URL") == where.twin:
        processes = {twin.NAME: twin.command(where.twin_port, common["PUBLIC_BASE_URL"], where.web), **processes}
    children = [
        Child(name, command, environment.of_process(name, common, where, places), places.logs / f"{name}.log")
        for name, command in processes.items()
    ]
    return Supervisor(children, servers.own)


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
            twin_url=where.twin if common.get("TWILIO_BASE_URL") == where.twin else "",
            pids={**supervisor.pids(), "supervisor": os.getpid()},
        )
        card.write(places, told)
        return told

    return tell
