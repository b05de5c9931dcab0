"""The third step: what we answer."""

import settings
from db import earlier
from domain.answering import replies
from domain.chain import Stage
from domain.runs import Run
from domain.speech import Reply
from domain.vendors import Vendor
from providers import registry
from tasks import engines
from tasks.standing_in import Question, ask_or_stand_in
from tasks.step import step


def _writer() -> Vendor | None:
    return registry.reply_writer().vendor


def _writer_if_waited_for() -> Vendor | None:
    return _writer() if settings.current().reply_when_down == "wait" else None


@step(Stage.GENERATE_REPLY, asks=_writer, waits_for=_writer_if_waited_for)
def generate_reply(run: Run) -> Reply:
    """One reply for the customer, for the channel that it will go by; what was answered once is not answered otherwise.

    Whoever may be in danger gets the approved words at once, whatever the model or its vendor does.
    """
    request = engines.reply_request(run)
    if run.answered:
        return run.answered
    reply = ask_or_stand_in(
        run,
        engines.reply_writer(run),
        registry.offline_reply_writer(),
        Question(lambda it: it.write(request), lambda it: it.basis(request), earlier.find_reply),
        when_down=settings.current().reply_when_down,
    )
    # writers look themselves; here is the last look, whoever wrote it
    return replies.checked(reply, request)
