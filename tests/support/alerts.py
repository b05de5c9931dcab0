"""The alerts as Prometheus would see them: every look is a scrape of /metrics, and a rule's expression is evaluated over the last two."""

from pathlib import Path
from typing import Any

import yaml
from flask.testing import FlaskClient

from api import metrics
from tests.architecture.source import ROOT
from tests.support.promql import Scrape, Vector, firing

RULES = ROOT / "docs" / "alerts" / "hookline.rules.yml"
# what lies between two scrapes, to whoever reckons a rate
APART_S = 60.0


def rules(path: Path = RULES) -> dict[str, dict[str, Any]]:
    """Every alert, by its name."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {rule["alert"]: rule for group in read["groups"] for rule in group["rules"]}


class Alerts:
    """Looks at the plant as Prometheus does."""

    def __init__(self, client: FlaskClient) -> None:
        """``client`` shows an operator's key."""
        self._client = client
        self._scrapes: list[Scrape] = []
        self._rules = rules()

    def scrape(self) -> Scrape:
        """What /metrics says now."""
        metrics.forget()
        answer = self._client.get("/metrics")
        assert answer.status_code == 200, answer.text
        self._scrapes.append(Scrape(answer.text, APART_S * len(self._scrapes)))
        return self._scrapes[-1]

    def found(self, *names: str) -> dict[str, Vector]:
        """What each of these alerts fires for, by the last scrape and the one before."""
        self.scrape()
        return {name: firing(self._rules[name]["expr"], self._scrapes[-2:]) for name in names}

    def are_quiet(self, *names: str) -> bool:
        """Whether none of them fires."""
        return not any(self.found(*names).values())

    def fire(self, *names: str) -> bool:
        """Whether each of them fires."""
        return all(self.found(*names).values())
