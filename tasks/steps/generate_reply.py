"""The third step: what we answer."""

from domain import replies
from domain.chain import Stage
from domain.errors import PermanentError
from domain.runs import Run
from domain.speech import Reply
from providers import registry
from providers.resilience import bounded
from tasks.step import step


@step(Stage.GENERATE_REPLY)
def generate_reply(run: Run) -> Reply:
    """One reply for the customer, for the channel that it will go by."""
    if run.analysis is None:
        raise PermanentError("analysis_missing")
    channel = replies.channel_for(run.organization, run.evidence)
    request = replies.ReplyRequest(run.organization, run.utterances, run.analysis, channel)
    return bounded(lambda: registry.reply_writer().write(request))
