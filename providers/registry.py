"""Which implementation of each port this process uses. Built on first use; the only place where imports may stand in functions."""

from functools import cache

from domain.ports import Classifier, Messenger, ReplyWriter


@cache
def classifier() -> Classifier:
    """Who tells roles and intent."""
    from providers.local.classifier import LocalClassifier

    return LocalClassifier()


@cache
def reply_writer() -> ReplyWriter:
    """Who writes what we answer."""
    from providers.local.replies import LocalReplyWriter

    return LocalReplyWriter()


@cache
def messenger() -> Messenger:
    """Who sends what the ledger says."""
    from providers.local.messenger import LocalMessenger

    return LocalMessenger()
