"""Our own sentences for what a front desk hears and no public corpus has. Combined, not sampled: the same every time."""

from collections.abc import Iterator, Mapping
from itertools import product

# each pattern is a row of slots, and each slot names its alternatives between bars
Pattern = tuple[str, ...]

SEEDS: Mapping[str, tuple[Pattern, ...]] = {
    "opening_hours": (
        (
            "hi|please|excuse me|so",
            "what time do you|when do you|what time does the office|when does the store",
            "open|close|open today|close tonight",
        ),
        (
            "are you|will you be|is the office|is the shop",
            "open|still open|closed",
            "today|on sunday|on the weekend|right now|on the holiday|tomorrow",
        ),
        (
            "what are your|can you tell me your|i'd like to know your",
            "opening hours|business hours|hours|office hours|hours of operation|holiday hours",
        ),
        ("how late|until when|how early", "are you open|are you there|can i come by"),
    ),
    "speak_to_human": (
        (
            "hi|please|excuse me|so",
            "can i speak to|i want to talk to|let me speak with|connect me to|i need|transfer me to",
            "a human|a person|a real person|an agent|a representative|the manager|your supervisor|an operator|somebody",
        ),
        ("please have|can you have|could", "someone|somebody|a person", "call me back|give me a call|return my call"),
    ),
    "technical_problem": (
        (
            "the app|your website|the online portal|my internet|the mobile app|the system|my router",
            "is not working|keeps crashing|is down|won't load|shows an error|freezes all the time|has stopped working",
        ),
        ("i can't|i am unable to", "open the app|connect to the internet|get online|load the page|install the update|use your website"),
        (
            "i'm having|there is|we have",
            "a technical problem|technical issues|an issue with the app|trouble with the website|an error on the site",
        ),
    ),
    "reset_password": (
        (
            "i forgot my|i need to reset my|help me reset my|i want to change my|i lost my|can you reset my",
            "password|online banking password|login password|passcode|login details",
        ),
        ("i'm locked out of my|i can't log in to my|i can't sign in to my", "account|online account|online banking|profile"),
    ),
    "book_appointment": (
        (
            "i'd like to|i want to|can i|could i|i need to",
            "make|schedule|book|set up|get",
            "an appointment|an appointment with the doctor|an appointment for next week|a visit|a checkup|a consultation|a cleaning",
        ),
        (
            "do you have|is there",
            "any openings|an appointment available|a free slot|any availability",
            "tomorrow|this week|on monday|in the morning",
        ),
    ),
    "cancel_or_change_booking": (
        (
            "i need to|i'd like to|can i|i have to",
            "cancel|reschedule|move|change|postpone",
            "my appointment|my appointment tomorrow|our booking|my reservation|my visit|the time of my appointment",
        ),
    ),
    "confirm_booking": (
        (
            "i want to confirm|can you confirm|i'm calling to confirm|when is",
            "my appointment|my booking|my appointment on friday|our reservation",
        ),
    ),
    "order_status": (
        (
            "where is|what is the status of|when will i get|i'm still waiting for",
            "my order|my package|my delivery|my parcel|the item i ordered",
        ),
    ),
    "billing_question": (
        (
            "i have a question about|can you explain|why is there a mistake on|i don't understand|how much is",
            "my bill|my invoice|the bill|my last invoice|my statement",
        ),
    ),
    "directions": (
        ("where|can you tell me where", "are you located|is your office|do i park|is the clinic|can i find you"),
        ("what is your|can i have the|give me your", "address|street address|location"),
    ),
    "update_details": (
        ("i need to|i want to|can you", "change|update", "my address|my phone number|my email|my last name|my contact details"),
    ),
    "check_transactions": (("show me|can you read me|what are", "my latest transactions|my recent purchases|my last payments"),),
    "close_account": (("i want to|please|how do i", "close my account|cancel my account|cancel my subscription|cancel my service"),),
}


def sentences() -> Iterator[tuple[str, str]]:
    """Text and intent, every combination once."""
    for intent, patterns in SEEDS.items():
        for slots in patterns:
            for parts in product(*(slot.split("|") for slot in slots)):
                yield " ".join(parts), intent
