"""The control in the fault suite's harness: the same faults, the same load, the same way of counting."""

from collections.abc import Mapping

import orjson

from benchmarks.faults import speech
from benchmarks.faults.lab import Lab
from benchmarks.faults.traffic import Delivery
from benchmarks.faults.verdict import Ending

_TABLES = """
CREATE TABLE webhooks (key text PRIMARY KEY, body bytea NOT NULL);
CREATE TABLE steps (key text NOT NULL, step text NOT NULL)
"""
_ENDINGS = """
SELECT w.key, count(s.key) FILTER (WHERE s.step = 'persist') AS done FROM webhooks AS w LEFT JOIN steps AS s USING (key) GROUP BY w.key
"""


class Stock:
    """Celery as it comes. It has no poison, no effects and no order of events: only ``usual`` webhooks."""

    name = "stock Celery"

    def release(self, lab: Lab) -> None:
        """Two tables."""
        lab.rows(_TABLES)

    def web(self, sabotage: str) -> str:
        """As many processes and threads as the product's front has; nothing is ever built into it."""
        del sabotage
        return "gunicorn benchmarks.stock.front:app --workers 2 --threads 4 --worker-class gthread --timeout 60"

    def worker(self, name: str, sabotage: str) -> str:
        """As many pool processes as the product's worker has."""
        del sabotage
        return f"celery -A benchmarks.stock.jobs worker -n {name}@%h --concurrency=2 --loglevel=INFO"

    def deliveries(self, lab: Lab, count: int, mix: str) -> list[Delivery]:
        """Small forms, and a Deepgram document in two of ten."""
        del lab, mix
        return [self._delivery(number) for number in range(count)]

    def unfinished(self, lab: Lab) -> int:
        """Webhooks without their last step."""
        return sum(ending.done == 0 for ending in self.endings(lab).values())

    def endings(self, lab: Lab) -> Mapping[str, Ending]:
        """Done is a webhook whose last step is."""
        return {row["key"]: Ending(done=row["done"]) for row in lab.rows(_ENDINGS)}

    def broken(self, lab: Lab) -> list[str]:
        """It promises nothing."""
        del lab
        return []

    def _delivery(self, number: int) -> Delivery:
        key = f"webhook-{number}"
        is_call = number % 10 in {3, 6}
        body = orjson.dumps(speech.document(key)) if is_call else f"MessageSid={key}&Body=Can+I+come+at+nine%3F".encode()
        return Delivery(key, f"/webhooks/{'deepgram' if is_call else 'twilio'}", body, {"X-Key": key})
