"""What beat rings for. Nothing heals here: if beat is gone for an hour, only tidying waits, and the workers check in its place."""

import celeryconfig
import settings
from db.plant import answers, workers
from tasks import app, invariants
from tasks.retention import empty_old


@app.task(name="plant.tidy")
def tidy() -> str:
    """Forget workers that are gone and answers that are too old; empty what was kept for long enough."""
    if not workers.take_turn("plant.tidy", celeryconfig.TIDY_EVERY_S):
        return "another scheduler's turn"
    forgotten = answers.forget_old(settings.current().openai.cache_ttl_s)
    emptied = empty_old()
    told = f"workers {workers.forget_silent()}, answers {forgotten}"
    return f"{told}, bodies {emptied.bodies}, transcripts {emptied.words}, jobs {emptied.jobs}"


@app.task(name=invariants.TASK)
def check() -> str:
    """Look whether the house keeps its promises; the log, /metrics and Sentry tell what is broken."""
    if not workers.take_turn(invariants.TASK, celeryconfig.CHECK_EVERY_S):
        return "another scheduler's turn"
    found = invariants.look_after()
    told = {
        "broken": [finding.promise.name for finding in found if finding.count],
        "not checked": [finding.promise.name for finding in found if finding.unchecked],
    }
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in told.items() if names) or "all hold"
