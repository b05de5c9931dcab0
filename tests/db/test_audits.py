"""An act and the word about it stand together, or neither does."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from db import audits
from db.engine import engine
from db.one_trip import Statement, commit
from db.tables.organizations import OrganizationRow
from tests.support.stored import rows

SUBJECT = uuid4()
_RENAME = "UPDATE organizations SET name = 'New' WHERE id = :id"
_KEPT = ("organization_id", "actor", "act", "subject", "subject_id", "reason")


def _kept() -> list[tuple[Any, ...]]:
    return [tuple(str(found[name]) for name in _KEPT) for found in rows("SELECT * FROM audits")]


def _expected(organization_id: UUID) -> list[tuple[Any, ...]]:
    return [(str(organization_id), "ada", "conversation.escalate", "conversation", str(SUBJECT), "sounded frightened")]


def test_an_act_is_kept_with_who_what_and_why(organization: OrganizationRow) -> None:
    with engine().begin() as connection:
        audits.record(connection, organization.id, "ada", "conversation.escalate", "conversation", SUBJECT, "sounded frightened")
    assert _kept() == _expected(organization.id)


def test_an_act_of_one_message_is_kept_in_that_message(organization: OrganizationRow) -> None:
    entry = audits.entered(organization.id, "ada", "conversation.escalate", "conversation", SUBJECT, "sounded frightened")
    commit(entry, Statement(_RENAME, {"id": organization.id}))
    assert _kept() == _expected(organization.id)


def test_an_act_that_did_not_happen_is_not_kept(organization: OrganizationRow) -> None:
    def fail_half_way() -> None:
        with engine().begin() as connection:
            audits.record(connection, organization.id, "ada", "organization.change", "organization", organization.id)
            connection.execute(text(_RENAME), {"id": organization.id})
            raise KeyError("of ours")

    with pytest.raises(KeyError):
        fail_half_way()
    assert _kept() == []
