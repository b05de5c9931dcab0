"""Which text messages belong together: one conversation per pair of numbers, under a key that tells neither."""

import hmac

_PURPOSE = "hookline/sms-thread/v1"


def thread_key(secret: str, our_number: str, their_number: str) -> str:
    """A keyed hash (64 hex digits) of the pair of addresses, E.164 or as the vendor words them."""
    return hmac.digest(secret.encode(), f"{_PURPOSE}\0{our_number}|{their_number}".encode(), "sha256").hex()
