"""The approved replies, by intent: text for SMS and for voice. ``{name}``, ``{hours}`` and ``{services}`` are the organization's.

``{alerted}`` is said only where somebody really is, ``{here}`` only where the organization told its hours, and ``{closed}`` where these
say so: nobody is sent to a closed door. ``{reach}`` asks who shows no number for one. ``{emergency}`` is the number of help of the
organization's region, or ``some_number`` if it told none. ``{speaker}`` is the organization with its persona's name; ``{no_advice}`` and
``{in_emergency}`` are said where words could be taken for medical advice (domain/answering/medical.py). Nothing here promises what only a
person or a system of the organization can do: a template acknowledges, says when, says what happens next.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.speech import OUT_OF_SCOPE


@dataclass(frozen=True, slots=True)
class Template:
    """One reply for each channel."""

    sms: str
    voice: str


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """The approved replies of one language, and what fills their gaps. ``pair`` joins the last two of a list."""

    emergency: Template
    some_number: Template
    person_calls_back: Template
    hours_unknown: Template
    by_intent: Mapping[str, Template]
    alerted: str
    reach: str
    here: str
    closed: str
    services: str
    pair: str
    speaker: str


def _about(wish: str, next_step: str) -> Template:
    return Template(
        sms=f"{{name}}: thank you, we have your message about {wish}. {next_step} {{here}}",
        voice=f"Thank you for calling {{name}}. You asked about {wish}. {next_step} {{here}}",
    )


EMERGENCY = Template(
    sms="{name}: this sounds like an emergency. Call {emergency} now. {alerted}",
    voice="This is {name}. This sounds like an emergency. Please hang up now and call {emergency}. {alerted}",
)
_SOME_NUMBER = Template(
    sms="your local emergency number (911 in the US, 112 in Europe)",
    voice="your local emergency number: 911 in the United States, 112 in Europe",
)

PERSON_CALLS_BACK = Template(
    sms="{name}: thank you, we have your message. A person from our team will call you back as soon as possible. {no_advice} "
    "In danger, call your local emergency number.",
    voice="Thank you for calling {name}. {reach} A person from our team will call you back as soon as possible. {no_advice} "
    "If anybody is in danger, please call your local emergency number.",
)

HOURS_UNKNOWN = Template(
    sms="{name}: thank you for asking about our opening hours. Our team will send them to you. {services}",
    voice="Thank you for calling {name}. You asked about our opening hours. Our team will tell you. {services}",
)

_TEAM = "Our team will look at it and get back to you."
_NEVER_SEND = "Please do not send card numbers or passwords here."

BY_INTENT: Mapping[str, Template] = {
    "check_balance": _about("your balance", f"{_TEAM} {_NEVER_SEND}"),
    "check_transactions": _about("your transactions", f"{_TEAM} {_NEVER_SEND}"),
    "pay_bill": _about("paying a bill", f"{_TEAM} {_NEVER_SEND}"),
    "transfer_money": _about("a transfer", f"{_TEAM} {_NEVER_SEND}"),
    "transfer_problem": _about("a transfer that did not go as expected", _TEAM),
    "replace_card": _about("a new card", "If it is lost or stolen, please block it in your app or call us. Our team will get back to you."),
    "card_delivery": _about("a card that is on its way", _TEAM),
    "card_problem": _about("a problem with your card", f"{_TEAM} {_NEVER_SEND}"),
    "report_fraud": _about(
        "something you did not authorize", "Please block your card now if you can. Our team will get back to you first."
    ),
    "dispute_charge": _about("a charge or a refund", _TEAM),
    "order_checks": _about("ordering checks", _TEAM),
    "exchange_rate": _about("exchange rates", _TEAM),
    "top_up": _about("a top-up or a deposit", _TEAM),
    "reset_password": _about("your password, PIN or access", f"{_TEAM} {_NEVER_SEND}"),
    "update_details": _about("changing your details", _TEAM),
    "verify_identity": _about("verifying your identity", f"{_TEAM} {_NEVER_SEND}"),
    "close_account": _about("closing your account", "A person from our team will call you to confirm it."),
    "book_appointment": _about("an appointment or a booking", "Our team will confirm a time with you."),
    "cancel_or_change_booking": _about("changing or canceling a booking", "Our team will confirm the change with you."),
    "confirm_booking": _about("confirming a booking", "Our team will confirm it with you."),
    "order_status": _about("your order", _TEAM),
    "billing_question": _about("your bill", _TEAM),
    "opening_hours": Template(
        sms="{name}: our hours are {hours}. {closed} {services}",
        voice="Thank you for calling {name}. Our hours are {hours}. {closed} {services}",
    ),
    "directions": _about("how to find us", "Our team will send you the address."),
    "technical_problem": _about("a technical problem", _TEAM),
    "speak_to_human": PERSON_CALLS_BACK,
    "greeting": Template(
        sms="Hello, this is {speaker}. How can we help? {services}", voice="Hello, this is {speaker}. How can we help you? {services}"
    ),
    "goodbye": Template(sms="Thank you for contacting {name}. Goodbye!", voice="Thank you for calling {name}. Goodbye!"),
    OUT_OF_SCOPE: Template(
        sms="{name}: thank you for your message. We will read it and get back to you. {no_advice} {in_emergency} {here} {services}",
        voice="Thank you for calling {name}. We have noted what you said, and our team will get back to you. {no_advice} {in_emergency} "
        "{here} {services}",
    ),
}

ENGLISH = Phrasebook(
    emergency=EMERGENCY,
    some_number=_SOME_NUMBER,
    person_calls_back=PERSON_CALLS_BACK,
    hours_unknown=HOURS_UNKNOWN,
    by_intent=BY_INTENT,
    alerted="A person here is being alerted.",
    reach="I cannot see your number, so please tell me how we can reach you.",
    here="We are here {hours}.",
    closed="We are closed right now.",
    services="We can help you with {services}.",
    pair="{first} and {last}",
    speaker="{persona} from {name}",
)
