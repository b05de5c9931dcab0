"""The third step: what we answer."""

import settings
from domain import replies
from domain.chain import Stage
from domain.errors import PermanentError
from domain.runs import Run
from domain.speech import Reply, Urgency
from domain.vendors import Vendor
from providers import registry
from tasks.standing_in import ask_or_stand_in
from tasks.step import step


def _writer_if_waited_for() -> Vendor | None:
    return registry.reply_writer().vendor if settings.current().reply_when_down == "wait" else None


@step(Stage.GENERATE_REPLY, waits_for=_writer_if_waited_for)
def generate_reply(run: Run) -> Reply:
    """One reply for the customer, for the channel that it will go by; what was answered once is not answered otherwise.

    Whoever may be in danger gets the approved words at once, whatever the model or its vendor does.
    """
    if run.analysis is None:
        raise PermanentError("analysis_missing")
    if run.answered:
        return run.answered
    channel = replies.channel_for(run.organization, run.evidence, run.customer_number)
    request = replies.ReplyRequest(run.organization, run.utterances, run.analysis, channel)
    approved, when_down = registry.offline_reply_writer(), settings.current().reply_when_down
    writer = registry.reply_writer() if run.analysis.urgency is Urgency.NORMAL else approved
    return ask_or_stand_in(run.claim, writer, approved, lambda it: it.write(request), when_down=when_down)
