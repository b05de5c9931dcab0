"""A thousand calls as they come in: they ring, end, were recorded; Deepgram writes down what was said, in each something else."""

from benchmarks.faults import speech
from benchmarks.reprocess.house import House, tell
from scripts.twin import config
from scripts.twin.sound import tone

# each caller has a number of their own, and each recording bytes of its own
SECONDS, MARK_BYTES = 1.0, 4
TOLD_EVERY = 100
_ENDED = """
SELECT count(*) FILTER (WHERE r.state = 'done') AS done, count(*) AS runs,
    (SELECT count(*) FROM effects WHERE state IN ('pending', 'sending')) AS to_send
FROM runs AS r WHERE r.purpose = 'live'
"""


def store(house: House, count: int) -> int:
    """Let so many people call, and return when each call is worked off and answered; how many are done."""
    for number in range(count):
        if not number % TOLD_EVERY:
            tell(f"{number} of {count} calls ring")
        _ring(house, number)
    house.until(lambda: house.rows(_ENDED)[0]["runs"] >= count, "each call has a run")
    return settled(house)


def settled(house: House) -> int:
    """Return when every live run is at an end and nothing is left to be sent; how many runs are done."""
    last = -1

    def look() -> bool:
        nonlocal last
        [now] = house.rows(_ENDED)
        if now["done"] // TOLD_EVERY != last:
            last = now["done"] // TOLD_EVERY
            tell(f"{now['done']} of {now['runs']} live runs are done, {now['to_send']} messages to send")
        return bool(now["done"] == now["runs"] and not now["to_send"])

    house.until(look, "every live run is done, and all messages are sent")
    return int(house.rows(_ENDED)[0]["done"])


def said_in(number: int) -> tuple[tuple[int, str], ...]:
    """What is said in one call: that no other says the same makes each question to a model a new one."""
    return tuple((speaker, text.replace("Friday", f"Friday of week {number}")) for speaker, text in speech.SAID)


def _ring(house: House, number: int) -> None:
    audio = tone(SECONDS)[:-MARK_BYTES] + number.to_bytes(MARK_BYTES, "big")
    house.twin.hear(audio, speech.document("", said_in(number)))
    recording = house.twin.add_recording(audio, account=config.ACCOUNT_SID)
    caller = f"+1555{number:07d}"
    house.twin.play_call(house.url, account=config.ACCOUNT_SID, recording=recording, gap_s=0.02, from_=caller, fragment="rc=5&rp=all")
