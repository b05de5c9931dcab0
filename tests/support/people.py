"""Somebody who logs in."""

from werkzeug.security import generate_password_hash

PASSWORD = "correct horse battery"
# the same, for less: what it costs stands in the hash
HASH = generate_password_hash(PASSWORD, "scrypt:1024:1:1")
