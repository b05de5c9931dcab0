"""A deploy under way: release 0.1.0 and today's code serve one database and one Redis, and nobody can tell who did what."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import requests

from db.tables.organizations import OrganizationRow
from tests.support import payloads, processes
from tests.support.invariants import assert_they_hold
from tests.support.processes import until
from tests.support.releases import KEPT, unpacked
from tests.support.shapes import promised
from tests.support.stored import row, rows
from tests.support.vendors import call_back, send_sms

VERSION = "0.1.0"
# rounds of deliveries: so many at least, and as many more as it takes until each worker has worked on what each front took in
ROUNDS, ROUNDS_AT_MOST = 4, 12
OURS = ("settings", "celeryconfig", "wsgi", "webhooks", "api", "tasks", "providers", "db", "domain", "observability")


@pytest.fixture(scope="module")
def old_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the release before."""
    return unpacked(VERSION, tmp_path_factory.mktemp("release"))


@dataclass(frozen=True, slots=True)
class Deploy:
    """Two fronts by the name of their release; what each of them was the first to take in, by the vendor's id."""

    fronts: dict[str, str]
    organization: OrganizationRow
    taken: dict[str, list[str]]
    numbers: Iterator[int]

    def round(self) -> None:
        """Each front is first with an SMS and with a callback; the other one gets them again."""
        for first, other in (("old", "new"), ("new", "old")):
            self._write(first, other)
            self._call_back(first, other)

    def _write(self, *fronts: str) -> None:
        sid, customer = f"SM{uuid4().hex}", f"+1415555{next(self.numbers):04}"
        for front in fronts:
            assert send_sms(self.fronts[front], sid, "What time do you open tomorrow?", customer).status_code == 200
        self.taken[fronts[0]].append(sid)

    def _call_back(self, *fronts: str) -> None:
        document: dict[str, Any] = orjson.loads(payloads.deepgram("short"))
        document["metadata"]["request_id"] = request_id = str(uuid4())
        for front in fronts:
            assert call_back(self.fronts[front], self.organization, document).status_code == 200
        self.taken[fronts[0]].append(request_id)

    def workers_of(self, front: str) -> set[str]:
        """Who worked on what this front was the first to take in."""
        found = rows(
            "SELECT DISTINCT split_part(s.worker, '@', 1) AS name FROM run_steps AS s JOIN runs AS r ON r.id = s.run_id"
            " JOIN transcripts AS t ON t.id = r.transcript_id WHERE t.source_ref = ANY(%s) AND s.finished_at IS NOT NULL",
            self.taken[front],
        )
        return {worker["name"] for worker in found}


@pytest.fixture
def deploy(tmp_path: Path, old_root: Path, organization: OrganizationRow) -> Iterator[Deploy]:
    """Both fronts and both workers, ready."""
    with (
        processes.web(tmp_path, old_root) as old_url,
        processes.web(tmp_path) as new_url,
        processes.worker(tmp_path, root=old_root, options="-n old@%h"),
        processes.worker(tmp_path, options="-n new@%h"),
    ):
        yield Deploy({"old": old_url, "new": new_url}, organization, {"old": [], "new": []}, count(100))


@pytest.fixture(scope="module")
def told_by_the_old(old_root: Path) -> dict[str, Any]:
    """Where the old process has its modules from, and what its API promises."""
    command = [sys.executable, "-c", _TELL, *OURS]
    said = subprocess.run(command, env=processes.surroundings(old_root), cwd=old_root, check=True, capture_output=True)
    told: dict[str, Any] = orjson.loads(said.stdout.splitlines()[-1])
    return told


def test_the_old_process_runs_the_old_code(told_by_the_old: dict[str, Any], old_root: Path) -> None:
    found = {Path(path) for path in told_by_the_old["modules"]}
    assert len(found) > 50
    assert [path for path in found if not path.is_relative_to(old_root)] == []


@pytest.mark.parametrize(("what", "schema"), [("transcript", "TranscriptV1"), ("page", "TranscriptPageV1")])
def test_the_answers_that_we_keep_on_giving_are_those_of_the_release(told_by_the_old: dict[str, Any], what: str, schema: str) -> None:
    recorded = orjson.loads((KEPT / f"answers-{VERSION}.json").read_bytes())
    assert set(promised(told_by_the_old["promise"], schema)) == set(recorded[what])


def test_old_and_new_work_side_by_side_and_everything_is_done_once(deploy: Deploy) -> None:
    for url in deploy.fronts.values():
        assert requests.get(f"{url}/ready", timeout=10).status_code == 200, "older code is ready on the schema of today"

    for done in range(1, ROUNDS_AT_MOST + 1):
        deploy.round()
        if done >= ROUNDS:
            until(_nothing_is_open, "everything is worked off", timeout_s=90)
            if all(deploy.workers_of(front) == {"old", "new"} for front in deploy.fronts):
                break

    assert {front: deploy.workers_of(front) for front in deploy.fronts} == {"old": {"old", "new"}, "new": {"old", "new"}}
    _each_was_finished_once(sorted(deploy.taken["old"] + deploy.taken["new"]))
    assert_they_hold()


def _nothing_is_open() -> bool:
    return row(
        "SELECT (SELECT count(*) FROM runs WHERE state IN ('ready', 'waiting'))"
        " + (SELECT count(*) FROM effects WHERE state IN ('pending', 'sending')) AS n"
    ) == {"n": 0}


def _each_was_finished_once(taken: list[str]) -> None:
    found = rows("SELECT source_ref, status, processing_status FROM transcripts ORDER BY source_ref")
    assert found == [{"source_ref": ref, "status": "completed", "processing_status": "completed"} for ref in taken]
    assert row("SELECT count(*) AS n, sum(duplicate_count) AS again FROM webhook_events") == {"n": len(taken), "again": len(taken)}
    assert rows("SELECT state, count(*) AS n FROM runs GROUP BY state") == [{"state": "done", "n": len(taken)}]
    steps = rows("SELECT stage, max(attempts) AS most, count(*) AS n FROM run_steps WHERE finished_at IS NOT NULL GROUP BY stage")
    assert {(step["most"], step["n"]) for step in steps} == {(1, len(taken))}
    assert len(steps) == 4
    # this organization answers messages, and no calls
    effects = rows("SELECT t.source, e.state, e.attempts, count(*) AS n FROM effects AS e JOIN transcripts AS t ON t.id = e.transcript_id"
                   " GROUP BY 1, 2, 3")  # fmt: skip
    assert effects == [{"source": "sms", "state": "sent", "attempts": 1, "n": len(taken) // 2}]


_TELL = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from tasks import app
app.loader.import_default_modules()
modules = [module.__file__ for name, module in sys.modules.items() if name.split(".")[0] in sys.argv[1:] and module.__file__]
promise = sys.modules["wsgi"].app.test_client().get("/v1/openapi.json").get_json()
print(json.dumps({"modules": modules, "promise": promise}))
"""
