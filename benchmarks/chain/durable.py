"""A queue that lives in Postgres, as it comes: procrastinate, four steps, each of which writes a row and asks for the next one."""

import os

from procrastinate import App, PsycopgConnector
from procrastinate.types import JSONDict

STEPS = ("transcribe", "classify", "reply", "persist")
_NOTE = "INSERT INTO steps (run, step) VALUES (%(run)s, %(step)s)"

connector = PsycopgConnector(conninfo=os.environ.get("DATABASE_URL", ""))
app = App(connector=connector)


@app.task(name="step")  # type: ignore[untyped-decorator] # installed for benchmarks only
async def step(run: str, number: int) -> None:
    """Write down that it was done, ask for the next one."""
    await connector.execute_query_async(_NOTE, run=run, step=STEPS[number])
    if number + 1 < len(STEPS):
        await step.defer_async(run=run, number=number + 1)


async def publish(count: int) -> None:
    """Ask for so many runs."""
    async with app.open_async():
        for first in range(0, count, 1_000):
            asked: list[JSONDict] = [{"run": str(number), "number": 0} for number in range(first, min(count, first + 1_000))]
            await step.batch_defer_async(*asked)
