"""The third step: what we answer."""

from domain.chain import Stage
from domain.errors import PermanentError
from domain.runs import Run
from domain.speech import Reply
from providers import registry
from providers.resilience import bounded
from tasks.step import step


@step(Stage.GENERATE_REPLY)
def generate_reply(run: Run) -> Reply:
    """One reply for the customer, for the channel they came by."""
    if run.analysis is None:
        raise PermanentError("analysis_missing")
    intent, urgency = run.analysis.understanding.intent, run.analysis.urgency
    return bounded(lambda: registry.reply_writer().write(run.organization, intent, urgency, run.evidence.channel))
