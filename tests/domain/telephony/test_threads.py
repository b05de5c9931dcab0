"""Which text messages belong together."""

from domain.telephony.threads import thread_key

OURS, THEIRS = "+15005550100", "+15005550199"


def test_the_same_pair_is_the_same_thread() -> None:
    assert thread_key("secret", OURS, THEIRS) == thread_key("secret", OURS, THEIRS)


def test_sides_secrets_and_numbers_make_other_threads() -> None:
    keys = {
        thread_key("secret", OURS, THEIRS),
        thread_key("secret", THEIRS, OURS),
        thread_key("other", OURS, THEIRS),
        thread_key("secret", OURS, THEIRS + "0"),
    }

    assert len(keys) == 4


def test_key_tells_neither_number() -> None:
    key = thread_key("secret", OURS, THEIRS)

    assert len(key) == 64
    assert OURS[1:] not in key
    assert THEIRS[1:] not in key
