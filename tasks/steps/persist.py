"""The last step: makes a run count, and enters what leaves the house."""

from domain import effects
from domain.chain import Stage
from domain.runs import Publication, Run
from tasks.alarm import tell_if_nobody_is_there
from tasks.step import step


@step(Stage.PERSIST)
def persist(run: Run) -> Publication:
    """Pointer, statuses and effects become visible in one commit; ``reply.deliver`` then rings for the effects."""
    wanted = effects.person_wanted(run)
    if wanted:
        tell_if_nobody_is_there(run, wanted)
    return Publication((*effects.replies(run), *effects.asked_for(run)), escalates_for=wanted)
