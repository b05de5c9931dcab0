"""When a person is called, whom, for what, under which key, when again, and in which words: all of it in one place.

What the front and the ledger say of it in SQL (db/sql.py, db/sql_voice.py, db/sql_sms.py, db/sql_promised.py, db/ledger.py) is made of
these, or held against them by tests/db/test_escalation.py. Who is called, ``on_call`` or else ``front_desk``, the organization knows itself
(``Organization.helper``).
"""

from uuid import UUID

from domain.numbers import takes_sms
from domain.speech import Channel

# A thread of text messages never ends: whoever was called looks at it for half an hour, and is called again for what comes later
# (docs/decisions/0011-emergencies-in-threads.md).
CALLS_AGAIN_AFTER_S = 1_800.0
# a call for help that has not left by then is late, and somebody hears of it
HELP_LATE_S = 120.0
# What Twilio says of a number that sends no messages, or not there (twilio.com/docs/api/errors): a call for help leaves from another then.
SENDERS_FAULT = ("twilio:21212", "twilio:21603", "twilio:21606", "twilio:21612", "twilio:21659", "twilio:21660", "twilio:no_sender")

# What is heard of an emergency while it is being said calls only if the turn is not told in so many seconds: the call broke off.
HEARD_PARTLY, TURN_COMES_WITHIN_S = "heard_partly", 15

# an emergency, in the keys of effects; its reason is the rule of safety that it met
ESCALATION = "escalation"
# More than anybody writes with us in a day; two machines that answer each other have it in a few minutes
# (docs/decisions/0012-replies-in-a-thread.md).
REPLIES_AT_MOST, REPLIES_WITHIN_S = 30, 24 * 3_600.0
REPLY_LIMIT = "reply_limit"
# What a writer of replies asks for who does not know what to say. It is no emergency: it calls once for a call, and not while somebody
# looks at a thread; an emergency calls all the same (docs/decisions/0019-prompts-and-rules-for-replies.md).
ASSISTANT_ASKS = "assistant_asks"
# what was said longer ago was worked on late, such as after an outage or a `retry`: whoever did that looks at it
ASKS_WITHIN_S = 3_600.0
ASKED_FOR_PERSON = "asked_for_person"
# the customer read or heard that a person will call back: somebody has to know of it
PROMISED_CALLBACK = "promised_callback"
CALLS_BACK_TEMPLATE = "person_calls_back"  # the approved words that promise it

# What a person is told who is called: each is one segment of SMS (answering/segments.py), a name of so many letters, a number to ring.
NAME_CHARS = 30
CALL_BACK = " Call them back: {number}"
CALL_FOR_HELP = "{name}: an emergency in conversation {conversation}. Please look at it now.{call_back}"
TOO_MANY = f"{{name}}: stopped after {REPLIES_AT_MOST} replies a day: conversation {{conversation}}. Please look.{{call_back}}"
PLEASE_LOOK = "{name}: our assistant is not sure in conversation {conversation}. Please look.{call_back}"
PLEASE_ANSWER = "{name}: somebody asks for a person in conversation {conversation}. Please answer.{call_back}"
PLEASE_CALL = "{name}: a call back was promised in conversation {conversation}. Please call.{call_back}"
LESSER_CALLS = {ASSISTANT_ASKS: PLEASE_LOOK, ASKED_FOR_PERSON: PLEASE_ANSWER, PROMISED_CALLBACK: PLEASE_CALL}

# who looks at a conversation already is not asked so
QUIET_REASONS = tuple(LESSER_CALLS)
# what a conversation may be escalated for without anybody having been called for an emergency
LESSER_REASONS = (REPLY_LIMIT, *QUIET_REASONS)


def key(what: str, channel: Channel, conversation: UUID, transcript: UUID) -> str:
    """What happens once: ``what`` (ESCALATION, or one of QUIET_REASONS) for a call, or for a text message."""
    return f"transcript:{transcript}:{what}" if channel is Channel.SMS else f"conversation:{conversation}:{what}"


def calls_again_after_s(channel: Channel) -> float | None:
    """How many seconds after a call for help a later emergency calls again; None where one call is all, because the talk ends."""
    return CALLS_AGAIN_AFTER_S if channel is Channel.SMS else None


def worded(words: str, name: str, conversation: UUID, number: str | None) -> str:
    """What the person who is called is told, with the customer's number if it can be called back."""
    call_back = CALL_BACK.format(number=number) if takes_sms(number) else ""
    return words.format(name=name[:NAME_CHARS], conversation=conversation, call_back=call_back)
