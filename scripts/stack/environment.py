"""The environment of the stack's processes, as a host would set it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.stack import console, local_settings, ports, twin
from scripts.stack.errors import StackError
from scripts.stack.places import Places

MARK = "HOOKLINE_RUN"  # stands in the environment of every process of a stack, so that leftovers can be told
EXCHANGE = "HOOKLINE_EXCHANGE_ACCOUNT"  # `setup` then gives `default` the configured account, in place of the demo's invented one
HIGHEST_PORT = 65535
PREFERRED = {"web": 8000, "flower": 5555, "twin": 8900}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the stack is reached, on loopback."""

    web_port: int
    flower_port: int
    twin_port: int

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def flower(self) -> str:
        return f"http://127.0.0.1:{self.flower_port}"

    @property
    def twin(self) -> str:
        return f"http://127.0.0.1:{self.twin_port}"


def addresses(places: Places) -> Addresses:
    """Free ports, the same as last time where possible; PORT decides for web. Raises StackError if PORT is bad or taken."""
    wanted = {name: int(local_settings.recall(places, f"{name}_port") or usual) for name, usual in PREFERRED.items()}
    found = {name: ports.free(port) for name, port in wanted.items()}
    if os.environ.get("PORT"):
        found["web"] = _exactly(os.environ["PORT"])
    else:
        local_settings.keep(places, web_port=str(found["web"]))
    local_settings.keep(places, flower_port=str(found["flower"]), twin_port=str(found["twin"]))
    if found["web"] == wanted["web"] != PREFERRED["web"] and not os.environ.get("PORT"):
        console.note(f"web has port {found['web']}, as last time; PORT={PREFERRED['web']} gives it the usual one")
    for name in [name for name in found if found[name] != wanted[name] and not (name == "web" and os.environ.get("PORT"))]:
        console.note(f"port {wanted[name]} was taken: {name} gets {found[name]}")
    return Addresses(found["web"], found["flower"], found["twin"])


def _exactly(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise StackError(f"PORT is {text!r}: it must be a port from 1 to {HIGHEST_PORT}.")
    if ports.free(int(text)) != int(text):
        raise StackError(f"Port {text} is taken: end what listens there, or set PORT to another one.")
    return int(text)


def of_stack(places: Places, where: Addresses, database_url: str, redis_url: str) -> dict[str, str]:
    """What every process of the stack gets."""
    given = {name: value for name, value in os.environ.items() if value}
    # a server of this stack's own; whatever a DATABASE_URL names keeps its accounts
    own = {} if given.get("DATABASE_URL") else {EXCHANGE: "1"}
    vendors = twin.settings(where.twin) if twin.is_wanted(given) else {}
    defaults = {"PUBLIC_BASE_URL": where.web, "ENVIRONMENT": "local", **local_settings.load(places, given), **vendors}
    return {
        **defaults,
        **given,
        **own,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TMPDIR": str(places.temporary),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), given.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        MARK: str(places.run),
    }


def of_process(name: str, common: Mapping[str, str], where: Addresses, places: Places) -> dict[str, str]:
    """The same with what only one process gets: its port, on loopback, and Flower's memory on the disk that is there."""
    own = {
        "web": {"PORT": str(where.web_port), "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{where.web_port}"},
        "flower": {"PORT": str(where.flower_port), "FLOWER_ADDRESS": "127.0.0.1"},
    }
    remembers = {"FLOWER_DB": str(places.flower)} if name == "flower" else {}
    return {**remembers, **common, **own.get(name, {})}
