"""What every messenger promises the ledger, whoever stands behind the port."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.chain import EffectKind
from domain.errors import NoAnswerError
from domain.runs import Sighting
from domain.vendors import Vendor
from tests.support.messengers import MESSENGERS, Post

KINDS = list(EffectKind)
TOMORROW = datetime.now(UTC) + timedelta(days=1)
MESSAGES = [EffectKind.SMS, EffectKind.ESCALATION]


@pytest.fixture(params=MESSENGERS)
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    """One after the other."""
    with request.param() as found:
        yield found


def test_it_says_whom_it_asks(post: Post) -> None:
    assert post.messenger.vendor in {None, *Vendor}
    assert re.fullmatch(r"[a-z]+", post.messenger.name)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_leaves_once_under_a_reference_that_names_nobody(post: Post, kind: EffectKind) -> None:
    effect = post.effect(kind)
    reference = post.messenger.send(effect)
    assert re.fullmatch(r"[A-Za-z0-9:-]{8,64}", reference)
    assert effect.target.lstrip("+") not in reference or kind is EffectKind.CALL_UPDATE
    assert post.left() == (0 if post.messenger.vendor is None else 1)


@pytest.mark.parametrize("kind", MESSAGES)
def test_what_was_sent_is_found_or_is_known_to_have_left_nothing(post: Post, kind: EffectKind) -> None:
    effect = post.effect(kind)
    reference = post.messenger.send(effect)
    expected = None if post.messenger.vendor is None else reference
    assert post.messenger.find(effect) == Sighting(expected, conclusive=True, alike=() if expected is None else (expected,))


@pytest.mark.parametrize("kind", MESSAGES)
def test_what_was_sent_before_its_answer_was_lost_is_found(post: Post, kind: EffectKind) -> None:
    effect = post.effect(kind)
    if post.messenger.vendor is None:
        assert post.messenger.find(effect).conclusive
        return
    post.lost()
    with pytest.raises(NoAnswerError):
        post.messenger.send(effect)
    found = post.messenger.find(effect)
    assert (found.provider_ref is not None, found.conclusive) == (True, True)
    assert post.left() == 1


def test_a_live_call_whose_answer_was_lost_may_have_heard_it(post: Post) -> None:
    effect = post.effect(EffectKind.CALL_UPDATE)
    post.lost()
    if post.messenger.vendor is not None:
        with pytest.raises(NoAnswerError):
            post.messenger.send(effect)
    assert post.messenger.find(effect) == Sighting(None, conclusive=post.messenger.vendor is None)


@pytest.mark.parametrize("kind", KINDS)
def test_absence_is_proof_only_where_nothing_ever_leaves(post: Post, kind: EffectKind) -> None:
    assert post.messenger.find(post.effect(kind)) == Sighting(None, conclusive=post.messenger.vendor is None)


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Other words."},
        {"target": "+15005550111"},
        {"sender": "+15005550122"},
        {"created_at": datetime.now(UTC) + timedelta(days=1)},
    ],
)
def test_another_message_is_not_taken_for_it(post: Post, other: dict[str, Any]) -> None:
    post.messenger.send(post.effect())
    assert post.messenger.find(post.effect(**other)).provider_ref is None


@pytest.mark.parametrize("words", ["א שלום", "😀 astral", "two\nlines", "a&b=c%2B+d", " spaces "])
def test_words_of_any_script_are_sent_and_found_as_they_are(post: Post, words: str) -> None:
    effect = post.effect(body=words)
    reference = post.messenger.send(effect)
    assert post.messenger.find(effect).provider_ref in {None, reference}
    assert post.messenger.vendor is None or post.messenger.find(effect).provider_ref == reference


def test_threads_do_not_mix_their_messages(post: Post) -> None:
    effects = [post.effect(id=UUID(int=number), body=f"Message {number}.") for number in range(6)]
    with ThreadPoolExecutor(3) as threads:
        references = list(threads.map(post.messenger.send, effects))
    assert len(set(references)) == 6
    assert [post.messenger.find(effect).provider_ref for effect in effects] in ([None] * 6, references)
