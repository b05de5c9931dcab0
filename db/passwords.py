"""Passwords: a slow hash (scrypt) of each, and checks that take as long for whoever is not there."""

import secrets
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

# 18 random bytes: what we make ourselves nobody guesses, and nobody has used elsewhere
_BYTES = 18


def new() -> str:
    """A password that nobody had before."""
    return secrets.token_urlsafe(_BYTES)


def hashed(password: str) -> str:
    """What is kept of it."""
    return generate_password_hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password; without one to compare with it is not, and saying so takes as long."""
    return check_password_hash(kept or _nobodys(), password) and kept is not None


@cache
def _nobodys() -> str:
    return hashed(new())
