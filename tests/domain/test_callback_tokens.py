"""A callback URL opens exactly what it was issued for, to whoever has both of its halves, for as long as it may."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.callback_tokens import USERNAME, Credentials, IntakeToken, JobToken, Refusal, Token, callback_url, issue, public_part, verify

SECRET = "a-secret-of-more-than-thirty-two-characters"
NOW = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
ORGANIZATION, TRANSCRIPT = UUID(int=7), UUID(int=9)
JOB = JobToken(ORGANIZATION, TRANSCRIPT, 1, NOW + timedelta(hours=24))
INTAKE = IntakeToken(ORGANIZATION, 3)

tokens = st.one_of(
    st.builds(
        JobToken,
        st.uuids(),
        st.uuids(),
        st.integers(0, 2**32 - 1),
        st.integers(1, 10**6).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    ),
    st.builds(IntakeToken, st.uuids(), st.integers(0, 2**31 - 1)),
)


@given(tokens)
def test_issued_token_comes_back_as_it_was(token: Token) -> None:
    assert verify(SECRET, issue(SECRET, token), NOW) == token


@given(tokens, st.data())
def test_any_changed_character_of_path_or_password_is_refused(token: Token, data: st.DataObject) -> None:
    genuine = issue(SECRET, token)
    for half in ("path", "password"):
        text = getattr(genuine, half)
        at = data.draw(st.integers(0, len(text) - 1))
        other = data.draw(st.characters(exclude_characters=text[at]))
        forged = Credentials(**{"path": genuine.path, "password": genuine.password, half: text[:at] + other + text[at + 1 :]})
        assert verify(SECRET, forged, NOW) is Refusal.FORGED


@given(st.text(), st.text())
def test_whatever_somebody_makes_up_is_refused_without_an_error(path: str, password: str) -> None:
    assert verify(SECRET, Credentials(path, password), NOW) is Refusal.FORGED


@pytest.mark.parametrize("extra", ["=", ".", "A", "\n", " "])
def test_a_longer_spelling_of_the_same_token_is_refused(extra: str) -> None:
    genuine = issue(SECRET, JOB)
    for path in (genuine.path + extra, extra + genuine.path, genuine.path.replace(".", f"{extra}.")):
        assert verify(SECRET, Credentials(path, genuine.password), NOW) is Refusal.FORGED


def test_job_token_ends_with_its_expiry() -> None:
    credentials = issue(SECRET, JOB)

    assert verify(SECRET, credentials, JOB.expires_at - timedelta(seconds=1)) == JOB
    assert verify(SECRET, credentials, JOB.expires_at) is Refusal.EXPIRED


def test_standing_intake_does_not_expire() -> None:
    assert verify(SECRET, issue(SECRET, INTAKE), NOW + timedelta(days=10_000)) == INTAKE


def test_another_secret_opens_nothing() -> None:
    assert verify(SECRET + "x", issue(SECRET, JOB), NOW) is Refusal.FORGED


def test_path_and_password_cannot_be_made_from_each_other() -> None:
    genuine = issue(SECRET, JOB)
    mac = genuine.path.partition(".")[2]

    assert mac != genuine.password
    assert verify(SECRET, Credentials(genuine.path, mac), NOW) is Refusal.FORGED
    assert verify(SECRET, Credentials(f"{public_part(genuine.path)}.{genuine.password}", genuine.password), NOW) is Refusal.FORGED


def test_halves_of_two_tokens_do_not_go_together() -> None:
    assert verify(SECRET, Credentials(issue(SECRET, JOB).path, issue(SECRET, INTAKE).password), NOW) is Refusal.FORGED


@pytest.mark.parametrize("base", ["https://hooks.example", "https://hooks.example:8443/", "http://user:pw@hooks.example/base"])
def test_callback_url_carries_both_halves(base: str) -> None:
    url = urlsplit(callback_url(base, SECRET, JOB))
    path = url.path.rpartition("/webhooks/deepgram/")[2]

    assert (url.scheme, url.hostname, url.port) == (urlsplit(base).scheme, "hooks.example", urlsplit(base).port)
    assert url.username == USERNAME
    assert verify(SECRET, Credentials(path, url.password or ""), NOW) == JOB


def test_tokens_stand_in_a_url_without_escapes() -> None:
    for token in (JOB, INTAKE):
        credentials = issue(SECRET, token)
        assert all(character.isascii() and (character.isalnum() or character in "-_.") for character in credentials.path)
        assert all(character.isascii() and (character.isalnum() or character in "-_") for character in credentials.password)
