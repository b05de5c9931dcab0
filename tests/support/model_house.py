"""One SMS on its way through the chain, understood and answered by a model that does as it is told."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from kombu.connection import Connection

import settings
from db.tables.organizations import OrganizationRow
from domain.chain import TASK_NAMES, Stage
from providers import registry
from tasks import app, sweeper
from tests.support import chain
from tests.support.fake_vendors import FakeModel
from tests.support.stored import row, rows


class ModelHouse:
    """A clinic that somebody has written to."""

    def __init__(self, organization: OrganizationRow, patch: pytest.MonkeyPatch) -> None:
        """The fake model is asked from now on."""
        self.organization_id, self.model = organization.id, FakeModel()
        patch.setattr(registry, "classifier", lambda: self.model)
        patch.setattr(registry, "reply_writer", lambda: self.model)
        app.loader.import_default_modules()
        self.run_id, self.transcript_id = self.another()

    def another(self, ref: str = "SM1") -> tuple[UUID, UUID]:
        """An SMS comes in, in a thread of its own; its run and transcript."""
        body = urlencode({"Body": "I would like to book an appointment"}).encode()
        stored = chain.store_sms(self.organization_id, ref, conversation=ref, body=body)
        assert stored.run_id
        assert stored.transcript_id
        return stored.run_id, stored.transcript_id

    def work(self, stage: Stage, run_id: UUID | None = None) -> str:
        """One step, as its message would call it."""
        return str(app.tasks[TASK_NAMES[stage]](str(run_id or self.run_id)))

    def bring_to(self, stage: Stage, run_id: UUID | None = None) -> None:
        """Every step before that one."""
        for earlier in list(Stage)[: list(Stage).index(stage)]:
            assert self.work(earlier, run_id) in {"done", "already done"}

    def work_off(self, run_id: UUID | None = None) -> None:
        """The whole chain, and what it sends."""
        self.bring_to(Stage.PERSIST, run_id)
        assert self.work(Stage.PERSIST, run_id) == "done"
        for effect in rows("SELECT id FROM effects WHERE state = 'pending'"):
            app.tasks["reply.deliver"](effect["id"])

    def sweep(self) -> list[UUID]:
        """One pass of the sweeper; the open runs that do another one again."""
        with Connection(settings.current().broker_url) as broker:
            sweeper.sweep_once(broker, "worker@test", ["language"])
        found = rows("SELECT id FROM runs WHERE predecessor_id IS NOT NULL AND state IN ('ready', 'waiting') ORDER BY id")
        return [UUID(run["id"]) for run in found]

    def run(self, run_id: UUID | None = None) -> dict[str, Any]:
        """The run as it stands."""
        return chain.run_row(run_id or self.run_id)

    def marks(self, run_id: UUID | None = None) -> tuple[bool, str | None, str]:
        """Whether it is degraded, who shall do it again, who did it."""
        found = self.run(run_id)
        return found["degraded"], found["redo_with"], found["engine"]

    def step(self, stage: Stage) -> dict[str, Any]:
        """The figures of one step of the first run."""
        return row("SELECT usage, provider, error_code FROM run_steps WHERE stage = %s AND run_id = %s", stage, str(self.run_id))

    def shown(self) -> tuple[UUID, str, str]:
        """Which run counts, who understood it, who answered."""
        found = row(
            "SELECT t.current_run_id, a.engine AS understood, r.engine AS answered FROM transcripts AS t"
            " JOIN analyses AS a ON a.run_id = t.current_run_id JOIN replies AS r ON r.run_id = t.current_run_id WHERE t.id = %s",
            str(self.transcript_id),
        )
        return UUID(found["current_run_id"]), found["understood"], found["answered"]
