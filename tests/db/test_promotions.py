"""Which run counts is compared with what a person saw: a run that works and a person who chooses never undo each other unseen."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from db import promotions, retries, runs
from db.engine import SWEEP, engine
from db.plant import redo
from db.promotions import Pointer
from db.results import publish
from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, Stage
from domain.errors import RefusedError
from domain.runs import Publication
from tests.support import chain
from tests.support.factories import OrganizationFactory, RunFactory
from tests.support.stored import rows

PERSIST = Stage.PERSIST


class House:
    """One SMS, answered by a live run, with a second run beside it that is done, too."""

    def __init__(self, organization: OrganizationRow) -> None:
        """Work the first one off."""
        self.org = organization.id
        stored = chain.store_sms(organization.id)
        assert stored.run_id
        assert stored.transcript_id
        self.live, self.transcript = stored.run_id, stored.transcript_id
        for stage in STAGES:
            chain.record(chain.claim(self.live, stage))
        self.other = self.done()

    def done(self) -> UUID:
        """A reprocess run of the same transcript that is done."""
        return self.run(purpose="reprocess", state="done")

    def run(self, **values: Any) -> UUID:
        """Another run of the same transcript, at persist."""
        return RunFactory.create(organization_id=self.org, transcript_id=self.transcript, stage=PERSIST, **values).id

    def successor(self) -> UUID:
        """A live run that does the first one again."""
        return self.run(predecessor_id=self.live)

    @property
    def counts(self) -> UUID | None:
        """The run that counts."""
        found = chain.transcript_row(self.transcript)["current_run_id"]
        return UUID(found) if found else None

    def promote(self, run_id: UUID, seen: Pointer | None = None) -> str:
        """A person decides; "" or why not."""
        return _told(lambda: promotions.promote(self.org, run_id, seen or promotions.look(self.org, run_id), "ann"))

    def undo(self) -> str:
        """A person thinks better of it; "" or why not."""
        return _told(lambda: promotions.undo(self.org, self.transcript, "bob"))


def _told(act: Callable[[], object]) -> str:
    try:
        act()
    except RefusedError as error:
        return str(error)
    return ""


@pytest.fixture
def house(organization: OrganizationRow) -> House:
    """A transcript with two runs that are done."""
    return House(organization)


def _written() -> list[tuple[str | None, str, str, str | None]]:
    found = rows("SELECT * FROM promotions ORDER BY created_at, id")
    return [(entry["from_run_id"], entry["to_run_id"], entry["promoted_by"], entry["undone_by"]) for entry in found]


class TestPromote:
    """A person decides which run counts."""

    def test_the_promoted_run_counts_and_who_decided_is_kept(self, house: House) -> None:
        assert house.promote(house.other) == ""
        assert house.counts == house.other
        assert _written() == [(str(house.live), str(house.other), "ann", None)]

    def test_nothing_else_changes(self, house: House) -> None:
        def others() -> list[object]:
            seen = [{**found, "current_run_id": None, "updated_at": None} for found in chain.whole("transcripts")]
            return [seen, *(chain.whole(table) for table in ("effects", "runs", "conversations"))]

        before = others()
        house.promote(house.other)
        house.undo()
        assert others() == before

    @pytest.mark.parametrize("state", ["ready", "waiting", "dead"])
    def test_a_run_that_is_not_done_cannot_count(self, house: House, state: str) -> None:
        assert f"is {state}: only a run that is done" in house.promote(house.run(purpose="reprocess", state=state))
        assert house.counts == house.live

    def test_the_run_that_counts_is_not_promoted_again(self, house: House) -> None:
        assert "counts already" in house.promote(house.live)
        assert _written() == []

    def test_a_run_of_another_transcript_cannot_count(self, house: House) -> None:
        stranger = RunFactory.create(organization_id=house.org, state="done").id
        assert "Look at it, and ask again" in house.promote(stranger, Pointer(house.transcript, house.live))
        assert house.counts == house.live

    def test_another_organizations_run_is_not_known(self, house: House) -> None:
        theirs = OrganizationFactory.create().id
        with pytest.raises(RefusedError, match=r"no run .* in this organization"):
            promotions.look(theirs, house.other)
        with pytest.raises(RefusedError):
            promotions.undo(theirs, house.transcript, "eve")

    def test_of_two_at_once_one_wins(self, house: House) -> None:
        third = house.done()
        seen = promotions.look(house.org, house.other)
        answers = chain.at_once([partial(house.promote, run_id, seen) for run_id in (house.other, third)])
        assert sorted(bool(answer) for answer in answers) == [False, True]
        assert house.counts == (house.other if answers[0] == "" else third)
        assert len(_written()) == 1


class TestUndo:
    """A person thinks better of it."""

    def test_the_run_before_counts_again(self, house: House) -> None:
        house.promote(house.other)
        assert house.undo() == ""
        assert house.counts == house.live
        assert _written() == [(str(house.live), str(house.other), "ann", "bob")]

    def test_there_is_nothing_to_undo_twice(self, house: House) -> None:
        house.promote(house.other)
        assert (house.undo(), "is left to be undone" in house.undo()) == ("", True)
        assert house.counts == house.live

    def test_two_at_once_undo_once(self, house: House) -> None:
        house.promote(house.other)
        answers = chain.at_once([house.undo] * 4)
        assert answers.count("") == 1
        assert house.counts == house.live

    def test_promotions_are_taken_back_one_after_the_other(self, house: House) -> None:
        third = house.done()
        house.promote(house.other)
        house.promote(third)
        seen = []
        for _ in range(2):
            house.undo()
            seen.append(house.counts)
        assert seen == [house.other, house.live]

    def test_where_no_run_counted_none_counts_again(self, house: House) -> None:
        rows("UPDATE transcripts SET current_run_id = NULL RETURNING id")
        house.promote(house.other)
        assert (house.undo(), house.counts) == ("", None)

    def test_what_came_to_count_since_stays(self, house: House) -> None:
        house.promote(house.other)
        rows("UPDATE transcripts SET current_run_id = %s RETURNING id", str(house.live))
        assert f"By now run {house.counts} counts" in house.undo()
        assert house.counts == house.live


class TestBesideALiveRun:
    """A live run of the same transcript is at work: the pointer never goes to what a later one replaced."""

    def _publishing(self, run_id: UUID) -> Callable[[], object]:
        return partial(publish, chain.claim(run_id, PERSIST), Publication())

    @pytest.mark.parametrize("state", ["ready", "waiting"])
    def test_nobody_promotes_or_undoes_while_it_is_open(self, house: House, state: str) -> None:
        house.promote(house.other)
        third, successor = house.done(), house.run(state=state)
        for answer in (house.promote(third), house.undo()):
            assert f"Run {successor} is at work" in answer
        assert house.counts == house.other

    def test_a_promotion_just_before_persist_is_refused(self, house: House) -> None:
        publishing = self._publishing(house.successor())
        assert "is at work" in house.promote(house.other)
        publishing()
        assert house.counts not in {house.live, house.other}

    def test_a_promotion_just_after_persist_sees_what_counts_now(self, house: House) -> None:
        seen, successor = promotions.look(house.org, house.other), house.successor()
        self._publishing(successor)()
        assert f"By now run {successor} counts" in house.promote(house.other, seen), "the person saw the one before"
        assert house.counts == successor
        assert house.promote(house.other) == "", "who looks again may"
        assert house.counts == house.other

    def test_a_promotion_that_waits_for_a_persist_sees_what_it_did(self, house: House) -> None:
        """Persist holds the transcript; who waits for it must not go by what stood there before."""
        seen, successor = promotions.look(house.org, house.other), house.successor()
        publishing = self._publishing(successor)
        with chain.holding("SELECT FROM runs WHERE id = %s FOR UPDATE", str(successor)):
            [persisting] = chain.started([publishing])
            chain.until_blocked()
            [promoting] = chain.started([partial(house.promote, house.other, seen)])
            chain.until_blocked(waiting=2)
        persisting.result(10)
        assert f"By now run {successor} counts" in promoting.result(10)
        assert house.counts == successor

    def test_a_persist_that_waits_for_a_promotion_leaves_the_persons_choice(self, house: House) -> None:
        """The run was opened while a person promoted, whom its beginning cannot stop: it is done, and does not count."""
        publishing = self._publishing(house.successor())
        with chain.holding("UPDATE transcripts SET current_run_id = %s", str(house.other)):
            [persisting] = chain.started([publishing])
            chain.until_blocked()
        persisting.result(10)
        assert house.counts == house.other

    @pytest.mark.parametrize("_", range(5))
    def test_at_the_same_moment_it_is_refused_or_consistent(self, house: House, _: int) -> None:
        seen, successor = promotions.look(house.org, house.other), house.successor()
        calls: list[Callable[[], object]] = [self._publishing(successor), partial(house.promote, house.other, seen)]
        assert chain.at_once(calls)[1], "the person had seen neither the run at work nor what it made count"
        assert (house.counts, chain.run_row(successor)["state"]) == (successor, "done")

    def test_a_degraded_run_that_was_replaced_is_not_done_again(self, house: House) -> None:
        rows("UPDATE runs SET degraded = true, redo_with = 'openai' WHERE id = %s RETURNING id", str(house.live))
        house.promote(house.other)
        with engine(SWEEP).connect() as connection:
            assert redo.reopen_degraded(connection) == []

    def test_a_dead_successor_is_not_retried_over_the_persons_choice(self, house: House) -> None:
        successor = house.successor()
        runs.bury(chain.claim(successor, PERSIST), "worker_lost")
        house.promote(house.other)
        assert "counts for transcript" in _told(lambda: retries.reopen(house.org, successor, by="ada"))
        house.undo()
        retries.reopen(house.org, successor, by="ada")
        self._publishing(successor)()
        assert house.counts == successor
