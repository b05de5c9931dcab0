"""Settings of organizations as people write them."""

from typing import Any

# every setting that there is, as docs/organizations.md shows it
CLINIC: dict[str, Any] = {
    "name": "Elm Street Clinic",
    "vertical": "medical",
    "hours": {
        "timezone": "America/New_York",
        "weekly": {
            **{key: [["09:00", "12:30"], ["13:30", "17:00"]] for key in ("mon", "tue", "wed", "thu")},
            "fri": [["09:00", "12:30"]],
        },
        "closed": ["2026-12-25", "2027-01-01"],
    },
    "services": ["check-ups", "vaccinations", "lab tests"],
    "persona": {"name": "Maya", "tone": "warm and brief", "locale": "en-IN"},
    "greeting": "Elm Street Clinic, this is Maya. How can I help?",
    "goals": ["learn who is calling and why", "offer a time within two days"],
    "on_call": "+15005550111",
    "front_desk": "+15005550112",
    "sends_from": "+15005550100",
    "alarm_words": ["insulin pump alarm"],
    "intents": {
        "refill": ["I need more of my pills", "can you renew my prescription"],
        "test_results": ["are my results back"],
        "opening_hours": ["when are you open", "are you there on Saturday"],
        "book_appointment": ["I would like to see the doctor", "can I come in on Friday"],
    },
    "intake": {
        "type": "object",
        "properties": {
            "full_name": {"type": "string", "maxLength": 80},
            "date_of_birth": {"type": "string", "format": "date"},
            "is_new": {"type": "boolean", "description": "never been here before"},
        },
        "required": ["full_name", "date_of_birth"],
        "additionalProperties": False,
    },
    "policy": {"critical": True, "never_promise": ["same-day appointment", "refund"]},
    "answers_calls_by_sms": True,
    "texts_silent_callers": False,
    "transcribes_live": True,
}


def clinic(**other: Any) -> dict[str, Any]:
    """The clinic with other settings; None takes one away."""
    return {name: value for name, value in {**CLINIC, **other}.items() if value is not None}
