"""The room of connections: what all processes may open at most, against what the server or the plan gives."""

import os

import settings
from db.plant import checkup, holders
from db.plant.checkup import Server
from domain.diagnosis.connections import House
from domain.diagnosis.finding import Finding, Weight
from domain.errors import SettingsError
from tasks.doctor import database, description

ALL_BUT = 0.9


def look(limit: int | None, web_machines: int) -> list[Finding]:
    """Whether they fit. ``limit`` is the plan's, else the server's own; processes are counted as they run, else as they are configured.

    Raises StoreUnavailable.
    """
    server = checkup.server()
    allowed = min(limit, server.connections) if limit else server.connections
    house = _house(web_machines)
    open_now = f"open now, by everybody on this server: {server.used}"
    facts = (f"at most: {house.told()}", f"allowed: {allowed}", open_now, *database.told(holders.holders()))
    if house.at_most > allowed:
        return [_too_many(house, allowed, facts)]
    return _nearly_all(server, allowed, facts)


def _too_many(house: House, allowed: int, facts: tuple[str, ...]) -> Finding:
    size = house.fitting(allowed)
    told = f"All processes together may open {house.at_most} connections, and {allowed} are allowed: under load some get none."
    fix = f"set DB_POOL_SIZE={size} and restart" if size else "take a plan with more connections, or run fewer processes"
    return Finding("connections_too_many", Weight.BROKEN, told, facts, fix)


def _nearly_all(server: Server, allowed: int, facts: tuple[str, ...]) -> list[Finding]:
    if server.used <= ALL_BUT * allowed:
        return []
    told = f"{server.used} of {allowed} connections are taken now."
    fix = "end what should not hold any (ours are called hookline-…), set a smaller DB_POOL_SIZE, or take a larger plan"
    return [Finding("connections_nearly_all", Weight.WARNING, told, facts, fix)]


def _house(web_machines: int) -> House:
    web = web_machines * _count("WEB_CONCURRENCY", 2)
    running = [told.concurrency for told in description.ask().values()]
    configured = (_count("WORKER_CONCURRENCY", 2), _count("LIVE_CONCURRENCY", 2), _count("BATCH_CONCURRENCY", 1))
    return House(web, tuple(running) or configured, settings.current().db_pool_size)


def _count(name: str, default: int) -> int:
    try:
        return settings.count(name, default) if os.environ.get(name) else default
    except SettingsError:
        return default  # the room of settings says so
