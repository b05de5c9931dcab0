"""Our own sentences in a live call. English; what an organization words itself it says itself."""

from dataclasses import dataclass

ENGLISH = "en-US"


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is said where; words in braces are filled in."""

    greeting: str
    filler: str
    connecting: str
    connecting_in_danger: str
    call_for_help: str
    nobody_came: str
    still_in_danger: str
    unanswered: str
    unanswered_and_nobody_told: str
    unheard: str
    nobody_there: str
    goodbye: str
    late: str
    late_and_nobody_told: str
    hours: str
    anything_else: str
    how_to_reach: str
    broken: str
    ended: str


PHRASES = Phrases(
    greeting="Hello, you have reached {who}. How can I help you?",
    filler="One moment, please.",
    connecting="I am connecting you to a person now. Please stay on the line.",
    # what is said now is said before anybody's telephone rings
    connecting_in_danger="Stay on the line, I am connecting you.",
    call_for_help="This sounds urgent. Please hang up now and call {number}.",
    nobody_came="I could not reach anybody. Please hang up now and call {number}.",
    # after somebody, or their voicemail, took the call
    still_in_danger="If you still need help, hang up and call {number}. I am listening.",
    unanswered="I could not reach anybody at this moment. A person will get back to you. {next}",
    unanswered_and_nobody_told="I could not reach anybody at this moment. Please call us again later.{hours} Is there anything else?",
    unheard="Sorry, I did not hear you. Could you say that again?",
    nobody_there="Sorry, I could not hear anybody. Please call again, or send us a text message. Goodbye.",
    goodbye="I still cannot hear you, so I am ending this call. Please call again at any time. Goodbye.",
    late="Thank you for waiting. A person will get back to you about this. {next}",
    late_and_nobody_told="Thank you for waiting. I cannot answer this now. Please call us again later.{hours} Is there anything else?",
    hours=" Our hours are: {hours}.",
    anything_else="Is there anything else that I can note down?",
    # nobody can call back who shows no number; what they say now is kept with the conversation
    how_to_reach="I cannot see your number: please tell me how we can reach you.",
    # of these nobody is told, so they promise nobody
    broken="Sorry, something has gone wrong on our side. Please call us again in a few minutes. Goodbye.",
    ended="Thank you for calling. Please call again if there is anything else. Goodbye.",
)
