"""The environment of the stack's processes, as a host would set it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.stack import local_settings, ports
from scripts.stack.places import Places

MARK = "HOOKLINE_RUN"  # stands in the environment of every process of a stack, so that leftovers can be told
PREFERRED = {"web": 8000, "flower": 5555}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the stack is reached, on loopback."""

    web_port: int
    flower_port: int

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def flower(self) -> str:
        return f"http://127.0.0.1:{self.flower_port}"


def addresses(places: Places) -> Addresses:
    """Free ports, the same as last time where possible."""
    found = {name: ports.free(int(local_settings.recall(places, f"{name}_port") or usual)) for name, usual in PREFERRED.items()}
    local_settings.keep(places, **{f"{name}_port": str(port) for name, port in found.items()})
    return Addresses(found["web"], found["flower"])


def of_stack(places: Places, where: Addresses, database_url: str, redis_url: str) -> dict[str, str]:
    """What every process of the stack gets."""
    given = {name: value for name, value in os.environ.items() if value}
    defaults = {"PUBLIC_BASE_URL": where.web, "ENVIRONMENT": "local", **local_settings.load(places, given)}
    return {
        **defaults,
        **given,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TMPDIR": str(places.temporary),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), given.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        MARK: str(places.run),
    }


def of_process(name: str, common: Mapping[str, str], where: Addresses) -> dict[str, str]:
    """The same with what only one process gets: its port, on loopback."""
    own = {
        "web": {"PORT": str(where.web_port), "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{where.web_port}"},
        "flower": {"PORT": str(where.flower_port), "FLOWER_ADDRESS": "127.0.0.1"},
    }
    return {**common, **own.get(name, {})}
