"""The last step: makes a run count, and enters what leaves the house."""

from domain import effects
from domain.chain import Stage
from domain.runs import Publication, Run
from tasks.step import step


@step(Stage.PERSIST)
def persist(run: Run) -> Publication:
    """Pointer, statuses and effects become visible in one commit; ``reply.deliver`` then rings for the effects."""
    return Publication(effects.replies(run))
