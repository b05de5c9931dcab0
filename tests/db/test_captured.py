"""What was captured in a call is emptied with everything else that its caller told."""

from datetime import timedelta
from typing import Any

import pytest

from db import erasures
from db.plant import retention
from db.tables.organizations import OrganizationRow
from tests.support.factories import ConversationFactory, now
from tests.support.stored import row

INTAKE = {"name": "Ann Lee"}


def _intake_of(conversation: Any) -> Any:
    return row("SELECT intake FROM conversations WHERE id = %s", str(conversation.id))["intake"]


@pytest.mark.parametrize(("days_ago", "kept"), [(6, INTAKE), (8, None)])
def test_what_was_captured_is_kept_for_as_long_as_words_are(organization: OrganizationRow, days_ago: int, kept: Any) -> None:
    call = ConversationFactory.create(organization_id=organization.id, intake=INTAKE, started_at=now() - timedelta(days=days_ago))
    assert retention.empty_intake(7) == (0 if kept else 1)
    assert (_intake_of(call), retention.empty_intake(7)) == (kept, 0)


def test_what_was_captured_goes_when_the_caller_is_erased(organization: OrganizationRow) -> None:
    told = {"organization_id": organization.id, "status": "completed", "ended": True, "intake": INTAKE}
    call, other = ConversationFactory.create(**told, their_number=None), ConversationFactory.create(**told)
    planned = erasures.plan(organization.id, erasures.Whom(conversation_id=call.id))
    assert planned.counts["conversations"] == 1
    erasures.stop(organization.id, call.id, "somebody")
    erasures.empty(organization.id, call.id, "somebody")
    assert (_intake_of(call), _intake_of(other)) == (None, INTAKE)
