"""What is exported, what the rules and the dashboard ask after, and what docs/signals.md says are one and the same."""

import ast
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.architecture.source import ROOT, product_files, tree
from tests.support.alerts import Alerts, rules
from tests.support.factories import AnalysisFactory, RunFactory, RunStepFactory, UtteranceFactory
from tests.support.plant_factories import FailureCountFactory, InvariantCheckFactory, WorkerFactory
from tests.support.promql import Scrape, selectors
from tests.support.stored import rows

GUIDE = (ROOT / "docs" / "signals.md").read_text(encoding="utf-8")
DASHBOARD: dict[str, Any] = json.loads((ROOT / "docs" / "dashboards" / "hookline.json").read_text(encoding="utf-8"))
# what the library makes of a histogram
SERIES_OF = re.compile(r"_(bucket|sum|count)$")
LOUD = {"warning", "error", "exception", "critical"}
# the broker of the tests has no limit
UNSAID = {"hookline_broker_max_bytes"}

EXPRESSIONS = {name: rule["expr"] for name, rule in rules().items()} | {
    f"{panel['title']} {target['refId']}": target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
}


@pytest.fixture
def scrape(alerts: Alerts, client: FlaskClient) -> Scrape:
    """A scrape of a house in which there is something to tell."""
    client.post("/webhooks/twilio/sms")
    run = RunFactory.create()
    rows("UPDATE runs SET state = 'done', stage = 'persist', finished_at = clock_timestamp() RETURNING id")
    RunStepFactory.create(run_id=run.id, stage="classify_speakers", provider="openai", usage={"input_tokens": 7})
    rows("UPDATE run_steps SET started_at = clock_timestamp(), finished_at = clock_timestamp(), price_usd = 0.01 RETURNING run_id")
    AnalysisFactory.create(run_id=run.id)
    UtteranceFactory.create(run_id=run.id)
    FailureCountFactory.create()
    InvariantCheckFactory.create()
    WorkerFactory.create()
    return alerts.scrape()


def _exported(scrape: Scrape) -> dict[str, set[str]]:
    """The labels of every series."""
    found: dict[str, set[str]] = {}
    for sample in scrape.samples():
        found.setdefault(sample.name, set()).update(sample.labels)
    return found


def _figures(exported: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same by the names that people use: a histogram is one figure."""
    histograms = {SERIES_OF.sub("", name) for name in exported if name.endswith("_bucket")}
    plain = {
        name: labels for name, labels in exported.items() if SERIES_OF.sub("", name) not in histograms and not name.endswith("_created")
    }
    return plain | {name: exported[f"{name}_sum"] for name in histograms}


def _documented() -> dict[str, set[str]]:
    lines = re.findall(r"^\| `(hookline_\w+)` \| ([^|]*)\|", GUIDE, flags=re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in lines}


def test_every_figure_is_documented_with_its_labels_and_nothing_else_is(scrape: Scrape) -> None:
    exported = _figures(_exported(scrape))
    documented = _documented()
    assert set(documented) - UNSAID == set(exported)
    assert {name: labels for name, labels in documented.items() if name not in UNSAID and exported[name] != labels} == {}


def test_every_expression_asks_after_what_is_exported(scrape: Scrape) -> None:
    exported = _exported(scrape) | {name: set() for name in UNSAID}
    asked = {(name, metric, *labels) for name, text in EXPRESSIONS.items() for metric, labels in selectors(text)}
    assert {name for name, *_ in asked} == set(EXPRESSIONS)
    assert {each for each in asked if each[1] not in exported} == set()
    assert {each for each in asked if not set(each[2:]) <= exported[each[1]]} == set()


def test_the_guard_sees_a_figure_that_is_not_there(scrape: Scrape) -> None:
    [(metric, labels)] = selectors('hookline_oldest_run_seconds{line="batch"} > 1')
    assert metric not in _exported(scrape)
    assert labels == {"line": "batch"}


def test_every_label_that_an_alert_matches_by_value_has_that_value(scrape: Scrape) -> None:
    """A rule that asks after a state which does not exist would be quiet for ever."""
    seen = {(sample.name, label, value) for sample in scrape.samples() for label, value in sample.labels.items()}
    never = [
        (name, metric, label, value)
        for name, rule in rules().items()
        for metric, labels in selectors(rule["expr"])
        for label, pattern in labels.items()
        for value in pattern.split("|")
        if value and not any(s[:2] == (metric, label) and re.fullmatch(value, s[2]) for s in seen)
    ]
    assert never == []


@pytest.mark.parametrize("name", rules())
def test_every_alert_says_what_happened_and_which_command_helps(name: str) -> None:
    rule = rules()[name]
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook"].startswith("celery -A tasks ")
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert f"`{name}`" in GUIDE
    drills = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "drills").glob("test_alert_*.py"))
    assert f'"{name}"' in drills, "no drill makes it fire"


def test_every_event_from_warning_on_is_documented() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", GUIDE[GUIDE.index("## Events from warning on") :], flags=re.MULTILINE))
    said = {
        str(node.args[0].value)
        for path in product_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOUD
        if ast.unparse(node.func.value) == "log" and isinstance(node.args[0], ast.Constant)
    }
    assert said - documented == set()
    everything = "".join(path.read_text(encoding="utf-8") for path in product_files())
    assert {event for event in documented if f'"{event}"' not in everything} == set()
