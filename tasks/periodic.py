"""What beat rings for. Nothing heals here: if beat is gone for an hour, only tidying waits."""

import celeryconfig
from db import quarantine
from db.plant import workers
from tasks import app


@app.task(name="plant.tidy")
def tidy() -> str:
    """Keep the quarantine a ring and forget workers that are gone."""
    if not workers.take_turn("plant.tidy", celeryconfig.TIDY_EVERY_S):
        return "another scheduler's turn"
    return f"quarantine {quarantine.trim()}, workers {workers.forget_silent()}"
