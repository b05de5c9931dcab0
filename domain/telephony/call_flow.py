"""What is said and done next in a live call, in our own words; ``domain/telephony/twiml.py`` puts them into Twilio's. Pure rules."""

from dataclasses import dataclass, field
from uuid import UUID

from domain.emergencies import safety
from domain.emergencies.escalation import ASKED_FOR_PERSON
from domain.organizations.organization import Organization
from domain.telephony.call_phrases import ENGLISH, PHRASES
from domain.telephony.line import NOWHERE, Line

# A caller who says nothing for so long is asked once more, or taken leave of (seconds).
INTRO_S, LATER_S = 10, 5
# somebody has to answer a telephone that rings
RINGS_S = 20
# The filler takes about two seconds, each wait after it two more: after WAITS the caller has listened to nothing for 20 s. A reply that is
# being said into the call just then is waited for until MOST_WAITS.
FIRST_PAUSE_S, PAUSE_S = 1, 2
WAITS, MOST_WAITS = 9, 15
# So long may a model think about a turn, each of the two times that it is asked. Then the offline engine says what it can, while the caller
# still listens.
MODEL_LIMIT_S = 6.0
# nobody talks with a machine for so long; two machines do
TURNS_AT_MOST = 100
# what was said so long ago is not answered in the call any more: the caller has heard long since that a person will get back to them
REPLY_AGE_LIMIT_S = 60.0
# Twilio's answers to a push after which it will not be done any more: either it was, and the call has left what it did before, or it was
# not. A gateway that had no answer in time (504) says neither.
PUSH_IS_OVER = ("twilio:http_500", "twilio:http_502", "twilio:http_503")


@dataclass(frozen=True, slots=True)
class Say:
    """Words for the caller's ear, in a language as BCP 47."""

    text: str = field(repr=False)
    locale: str = ENGLISH


@dataclass(frozen=True, slots=True)
class Pause:
    """Whole seconds of silence."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Listen:
    """Hear what is said, or which keys are pressed, as this turn; ``says`` may be interrupted.

    ``timeout_s`` of silence end it. ``silences`` is how many turns before this one had not a word. ``reply`` is the effect whose words
    these are, if they are pushed: whoever hears the next turn knows then that they arrived.
    """

    turn: int
    locale: str
    timeout_s: int = LATER_S
    silences: int = 0
    says: tuple[Say, ...] = ()
    reply: UUID | None = None


@dataclass(frozen=True, slots=True)
class Dial:
    """Put the caller through to a number (E.164); ``turn`` is the one that asked for it, ``shows`` the number to show if not theirs."""

    number: str = field(repr=False)
    turn: int
    is_emergency: bool
    shows: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Ask again for the reply to a turn; it was asked for ``waited`` times before."""

    turn: int
    waited: int


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Have all that is said on both sides written down from here on."""

    locale: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


Act = Say | Pause | Listen | Dial | Redirect | Transcribe | HangUp
Script = tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class HandOver:
    """A person takes over: why, and the number to put the caller through to, if the organization named one."""

    reason: str
    number: str | None = field(repr=False)
    is_emergency: bool


@dataclass(frozen=True, slots=True)
class Found:
    """How the reply to a turn stands when the call asks for it. ``words`` are ours to say, to nobody else and only this once.

    ``escalates``: a person takes over after them. ``is_on_its_way``: somebody is saying it into the call now. ``is_hopeless``: it will not
    come. ``is_told``: the call waits no more, and a person knows that the caller waits for them: it may be promised. ``help_id`` and
    ``conversation_id``: who is to be rung for then.
    """

    words: str | None = field(default=None, repr=False)
    escalates: bool = False
    is_on_its_way: bool = False
    is_hopeless: bool = False
    is_told: bool = False
    help_id: UUID | None = None
    conversation_id: UUID | None = None


def turn_ref(call_sid: str, turn: int) -> str:
    """The name of a live turn: ``<CallSid>:<turn>``."""
    return f"{call_sid}:{turn}"


def call_of(ref: str) -> str:
    """The call that a live turn was said in."""
    return ref.partition(":")[0]


def greeted(organization: Organization) -> Script:
    """Somebody calls."""
    locale = organization.persona.locale
    own = Say(organization.greeting, locale) if organization.greeting else None
    who = f"{organization.persona.name}, {organization.name}" if organization.persona.name else organization.name
    listen = Listen(1, locale, INTRO_S, says=(own or _ours(organization, PHRASES.greeting.format(who=who)),))
    return (Transcribe(locale), listen) if organization.transcribes_live else (listen,)


def hand_over(organization: Organization, words: str, line: Line = NOWHERE) -> HandOver | None:
    """Who takes over at once for these words, without asking anybody; None for nearly all of them."""
    rule, asks_for_person = safety.wants_whom(words, organization.alarm_words)
    if rule:
        return HandOver(rule, line.first_of(organization.on_call, organization.front_desk), is_emergency=True)
    front_desk = line.first_of(organization.front_desk)
    return HandOver(ASKED_FOR_PERSON, front_desk, is_emergency=False) if front_desk and asks_for_person else None


def heard(organization: Organization, turn: int, to: HandOver | None, line: Line = NOWHERE) -> Script:
    """Something was said: a person takes over, or the caller waits a moment for our reply."""
    if to is None:
        return (_ours(organization, PHRASES.filler), Pause(FIRST_PAUSE_S), Redirect(turn, 1))
    if to.number is None:
        return (_ours(organization, PHRASES.call_for_help.format(number=line.help_number(organization.persona.locale))), HangUp())
    connecting = PHRASES.connecting_in_danger if to.is_emergency else PHRASES.connecting
    return (_ours(organization, connecting), Dial(to.number, turn, is_emergency=to.is_emergency, shows=line.shows))


def is_last_silence(turn: int, silences: int) -> bool:
    """Whether a turn without a word ends the call: the first one, the second in a row, or the last that there may be."""
    return turn in {1, TURNS_AT_MOST} or silences > 0


def silent(organization: Organization, turn: int, silences: int) -> Script:
    """Not a word in this turn."""
    if is_last_silence(turn, silences):
        return (_ours(organization, PHRASES.nobody_there if turn == 1 else PHRASES.goodbye), HangUp())
    unheard = _ours(organization, PHRASES.unheard)
    return (Listen(turn + 1, organization.persona.locale, silences=silences + 1, says=(unheard,)),)


def gives_up(waited: int) -> bool:
    """Whether a reply that is not there after so many waits is waited for no more."""
    return waited >= WAITS


def waits(waited: int, found: Found) -> bool:
    """Whether the caller waits on for a reply that is not there."""
    return waited < (MOST_WAITS if found.is_on_its_way else WAITS) and not found.is_hopeless


def redirected(organization: Organization, turn: int, waited: int, found: Found, line: Line = NOWHERE) -> Script:
    """The call asks for our reply to a turn."""
    if found.words is not None:
        number = line.first_of(organization.front_desk, organization.on_call) if found.escalates else None
        return replied(found.words, turn, organization.persona.locale, number, shows=line.shows)
    if not waits(waited, found):
        words = _promised(PHRASES.late, line) if found.is_told else _call_again(organization, PHRASES.late_and_nobody_told)
        return _listening(turn, organization.persona.locale, _ours(organization, words))
    return (Pause(PAUSE_S), Redirect(turn, waited + 1))


def replied(words: str, turn: int, locale: str, number: str | None = None, effect: UUID | None = None, shows: str | None = None) -> Script:
    """Our reply to a turn; then a person takes over, if there is a number, or the caller goes on. ``effect`` is what is pushed."""
    said = Say(words, locale)
    return (said, Dial(number, turn, is_emergency=False, shows=shows)) if number else _listening(turn, locale, said, reply=effect)


def left_alone(organization: Organization) -> Script:
    """There is no reply, and nobody can write down what is said next."""
    return (_ours(organization, PHRASES.broken), HangUp())


def unanswered(organization: Organization, turn: int, *, is_emergency: bool, is_told: bool, line: Line = NOWHERE) -> Script:
    """Nobody took the call that was put through. ``is_told``: a person knows that the caller waits for them, so it may be promised."""
    if is_emergency:
        return (_ours(organization, PHRASES.nobody_came.format(number=line.help_number(organization.persona.locale))), HangUp())
    words = _promised(PHRASES.unanswered, line) if is_told else _call_again(organization, PHRASES.unanswered_and_nobody_told)
    return _listening(turn, organization.persona.locale, _ours(organization, words))


def taken(organization: Organization, turn: int, *, is_emergency: bool, line: Line = NOWHERE) -> Script:
    """Somebody took the call that was put through, and it is over; the caller is still there.

    A voicemail takes calls, too, and somebody may have hung up at once: Twilio says the same of all three. So who is in danger is told whom
    to call, and heard, however long they talked.
    """
    if not is_emergency:
        return (HangUp(),)
    words = PHRASES.still_in_danger.format(number=line.help_number(organization.persona.locale))
    return _listening(turn, organization.persona.locale, _ours(organization, words))


def _listening(turn: int, locale: str, *says: Say, reply: UUID | None = None) -> Script:
    if turn >= TURNS_AT_MOST:
        return (*says, Say(PHRASES.ended), HangUp())
    return (Listen(turn + 1, locale, says=says, reply=reply),)


def _promised(text: str, line: Line) -> str:
    """Words of ours that promise a person; who cannot be called back is asked how that person can reach them."""
    return text.format(next=PHRASES.how_to_reach if line.is_hidden else PHRASES.anything_else)


def _call_again(organization: Organization, text: str) -> str:
    """Words of ours that promise nobody; they say when somebody is there, if that is known."""
    return text.format(hours=PHRASES.hours.format(hours=organization.hours) if organization.hours else "")


def _ours(organization: Organization, text: str) -> Say:
    # our own sentences are English, so an English voice says them
    locale = organization.persona.locale
    return Say(text, locale if locale.lower().startswith("en") else ENGLISH)
