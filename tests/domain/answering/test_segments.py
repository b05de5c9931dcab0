"""How long a text message is for the network, and what is done about it."""

from uuid import UUID

import pytest

from domain.answering import replies, segments
from domain.organizations.organization import Organization
from domain.speech import Channel, Engine, Reply
from tests.support.openai import asked

CLINIC = Organization(UUID(int=1), "clinic", "Elm Street Clinic", "Mon-Fri 9-17")
ALPHA, GRIN = "\N{GREEK SMALL LETTER ALPHA}", "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("x" * 459, 3),
        ("x" * 460, 4),
        ("åäö" * 53, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 152 + "€" + "x" * 152, 3),  # the euro sign takes two places and is not cut in two
        (ALPHA * 70, 1),
        (ALPHA * 71, 2),
        (ALPHA * 134, 2),
        (ALPHA * 135, 3),
        ("x" * 160 + ALPHA, 3),  # one letter more, and the room is half
        (GRIN * 35, 1),
        (GRIN * 36, 2),
        (GRIN * 67, 3),  # a face takes two places and is not cut in two
    ],
)
def test_a_text_has_so_many_segments(text: str, count: int) -> None:
    assert segments.count(text) == count


@pytest.mark.parametrize(("letter", "room"), [("x", 459), (ALPHA, 335)])
def test_a_reply_has_the_room_that_its_letters_leave(letter: str, room: int) -> None:
    assert segments.room(letter) == room
    assert replies.fault(letter * room, Channel.SMS) is None
    assert replies.fault(letter * (room + 1), Channel.SMS) == "too_long"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("We\u2019re open \u201c9\u201317\u201d\u2026", 'We\'re open "9-17"...'),
        ("9\u00a0Uhr, Dr.\u202fMüller", "9 Uhr, Dr. Müller"),
        (f"We\u2019re open {GRIN}", f"We\u2019re open {GRIN}"),
        (f"{ALPHA}\u2019{ALPHA}", f"{ALPHA}\u2019{ALPHA}"),
        ("Öppet 9-17", "Öppet 9-17"),
    ],
)
def test_typography_that_alone_would_cost_a_segment_becomes_plain(written: str, sent: str) -> None:
    assert replies.checked(Reply(written, Channel.SMS, Engine("local", "x"), "approved"), asked(CLINIC)).text == sent


def test_what_is_spoken_keeps_its_typography() -> None:
    assert (
        replies.checked(Reply("We\u2019re open", Channel.VOICE, Engine("local", "x"), "approved"), asked(CLINIC)).text == "We\u2019re open"
    )
