"""Four tasks in a chain, each a moment of work and a commit. Celery's defaults: nothing is set but where the broker is."""

import os
import time

import psycopg2
from celery import Celery, chain

app = Celery("stock", broker=os.environ["REDIS_URL"])

STEPS = ("transcribe", "classify", "reply", "persist")
# what the product's own steps take on this kind of machine, so that a kill meets work as often
WORK_S = 0.02
_NOTE = "INSERT INTO steps (key, step) VALUES (%s, %s)"


def work_off(key: str) -> None:
    """Publish the chain for one webhook."""
    chain(*(step.si(key, name) for name in STEPS)).delay()


@app.task  # type: ignore[untyped-decorator] # Celery's own
def step(key: str, name: str) -> None:
    """One step: think, write down that it was done."""
    time.sleep(WORK_S)
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_NOTE, (key, name))
    finally:
        connection.close()
