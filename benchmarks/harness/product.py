"""The product as a host runs it: its release, and how its processes say that they are ready."""

from collections.abc import Mapping
from uuid import UUID

from benchmarks.harness import database
from benchmarks.harness.rig import Rig
from domain.callback_tokens import IntakeToken
from scripts.stack import commands

# a front says it once for each of its processes
READY_FRONT, FRONT_PROCESSES = "Booting worker", 2
READY_WORKER = " ready"
_ORGANIZATION = "SELECT id, intake_version FROM organizations"


def release(rig: Rig, environment: Mapping[str, str]) -> IntakeToken:
    """The Procfile's release, run to its end; the token of its one organization's standing Deepgram URL. Raises StackError."""
    commands.run(commands.procfile()["release"], environment, rig.places.logs / "release.log")
    [organization] = database.rows(environment["DATABASE_URL"], _ORGANIZATION)
    return IntakeToken(UUID(str(organization["id"])), organization["intake_version"])
