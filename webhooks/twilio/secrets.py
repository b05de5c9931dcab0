"""Which secrets may vouch for which Twilio account; read from the settings, never from the request."""

from collections.abc import Mapping

from domain.telephony.twilio import ACCOUNT_PREFIX, is_account
from webhooks.twilio.signature import SHA1, SHA256, Settings


def candidates(accounts: Mapping[str, tuple[str, ...]], account_sid: str, claimed: Settings) -> tuple[str, ...]:
    """The secrets to try for a claimed account, newest first; none if the claim cannot be true.

    ``accounts`` has an account's auth tokens under ``AC…`` and a SharedKey's secrets under ``AC…/<key id>``. A bare ``<key id>`` speaks
    for the only account that is configured: with two of them it could be used by one tenant to sign for the other, so it opens nothing.
    """
    if claimed.key_id is None:
        known = claimed.algorithm in {SHA1, SHA256} and is_account(account_sid)
        return accounts.get(account_sid, ()) if known else ()
    if claimed.algorithm != SHA256:
        return ()  # a SharedKey signs with SHA-256; the unsigned header must not talk us down
    bound = accounts.get(f"{account_sid}/{claimed.key_id}")
    if bound:
        return bound
    single = [key for key in accounts if is_account(key)] == [account_sid]
    return accounts.get(claimed.key_id, ()) if single and not claimed.key_id.startswith(ACCOUNT_PREFIX) else ()
