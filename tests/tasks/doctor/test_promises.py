"""The room of promises: what it says of calls for help."""

from datetime import timedelta

from tasks.doctor import promises
from tests.support.factories import EffectFactory, now


def test_a_call_for_help_that_does_not_go_out_leads_to_its_own_queue() -> None:
    late = now() - timedelta(minutes=2)
    EffectFactory.create(kind="escalation", not_before=late, next_publish_at=late)
    [found] = [finding for finding in promises.look() if finding.code == "help_late"]
    assert found.sentence == "1 call for a person was due more than a minute ago and did not go out."
    assert "from the queue deliver_now: env REMAP_SIGTERM=SIGQUIT celery -A tasks worker" in (found.fix or "")
