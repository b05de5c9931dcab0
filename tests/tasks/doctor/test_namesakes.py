"""Two workers that have one name are a finding, in our own words."""

from pathlib import Path

from tasks.doctor import description, workers
from tests.support import processes
from tests.support.processes import until
from tests.support.stored import rows

TWINS = "-n twin@%h"


def test_two_processes_of_one_name_are_named_with_what_mends_it(tmp_path: Path) -> None:
    """Celery's own warning, in Python's words on stderr, was all that was said; it would fail this test."""
    description._heard.cache_clear()
    with processes.worker(tmp_path, options=TWINS) as first, processes.worker(tmp_path, options=TWINS) as second:
        until(lambda: len(rows("SELECT name FROM workers")) == 2, "both are there")
        found = {finding.code: finding for finding in workers.look()}
        assert (first.is_alive(), second.is_alive()) == (True, True)
    description._heard.cache_clear()
    name = rows("SELECT DISTINCT split_part(name, '/', 1) AS name FROM workers")[0]["name"]
    finding = found["worker_name_taken"]
    assert finding.sentence.startswith(f"2 workers that run now have the name {name}:")
    assert len(finding.evidence) == 2
    assert "`-n twin-2@%h` where it had `-n twin@%h`" in (finding.fix or "")
    assert "worker_deaf" not in found
