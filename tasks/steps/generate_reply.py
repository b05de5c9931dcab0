"""The third step: what we answer."""

from datetime import UTC, datetime

import settings
from domain import effects
from domain.answering import replies
from domain.chain import Stage
from domain.errors import PermanentError
from domain.runs import Run
from domain.speech import Reply, Urgency
from domain.telephony.opt_outs import ANSWERED_ELSEWHERE
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
    # who is on the line is answered there
    channel = run.evidence.channel if run.is_live_turn else replies.channel_for(run.organization, run.evidence, run.customer_number)
    request = replies.ReplyRequest(
        run.organization,
        run.utterances,
        run.analysis,
        channel,
        run.history,
        run.media,
        is_live=run.is_live_turn,
        at=datetime.now(UTC),
    )
    approved, when_down = registry.offline_reply_writer(), settings.current().reply_when_down
    # no model is paid for what the network answers itself, nor for what nobody will hear
    asks_nobody = run.analysis.urgency is not Urgency.NORMAL or effects.keyword(run) in ANSWERED_ELSEWHERE or run.is_unheard
    writer = approved if asks_nobody else registry.reply_writer()
    reply = ask_or_stand_in(run, writer, approved, lambda it: it.write(request), when_down=when_down)
    # writers look themselves; here is the last look, whoever wrote it
    return replies.checked(reply, request)
