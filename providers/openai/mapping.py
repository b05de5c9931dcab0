"""Our conversations as documents for a language model, and its filled-in forms as our understanding. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from domain.answering import leaks
from domain.answering.replies import ReplyRequest
from domain.answering.reply_rules import plain
from domain.organizations.organization import Organization, OwnIntent
from domain.organizations.verticals import is_medical
from domain.speech import CallEvidence, Channel, Intent, Role, RoleVerdict, Utterance
from domain.telephony.threads import Message
from domain.understanding import intake as intake_fields
from providers.openai import composition, forms
from providers.openai.forms import Understood, Written
from providers.openai.prompt import Question

SUMMARY_CHARS = 1_000
# enough to see what is meant by a name; a hundred intents with all of their examples would leave no room for the words
EXAMPLES, EXAMPLE_CHARS = 3, 120
# the form takes about 200; the rest is room for a model that reasons first, whose thoughts count as output
UNDERSTANDING_TOKENS, REPLY_TOKENS = 4_000, 2_000
# how a reply is to be written for the way that it goes
HINTS = {Channel.SMS: composition.SMS, Channel.VOICE: composition.VOICE}


def understanding(organization: Organization, version: str = composition.UNDERSTANDING) -> Question[Understood]:
    """The question for roles, intent, sentiment, summary and what the organization wants to be told."""
    schema, names = forms.understanding(organization), frozenset(forms.labels(organization))
    about = {
        "name": organization.name,
        "vertical": organization.vertical,
        "services": organization.services,
        "locale": organization.persona.locale,
        **({"intents": {own.name: _examples(own) for own in organization.intents}} if organization.intents else {}),
    }
    return Question(
        "understanding",
        version,
        composition.composed(version, about, () if _asks(organization) else (composition.INTAKE,)),
        schema,
        Understood,
        UNDERSTANDING_TOKENS,
        # servers that do not hold a model to a schema let it invent some
        accepts=lambda understood: understood.intent in names,
    )


def reply(organization: Organization, channel: Channel, version: str = composition.REPLY) -> Question[Written]:
    """The question for a reply that goes this way."""
    without = {hint for other, hint in HINTS.items() if other is not channel}
    without |= set() if is_medical(organization.vertical) else {composition.MEDICAL}
    text = composition.composed(version, speaking_for(organization), without)
    return Question("reply", version, text, forms.reply(), Written, REPLY_TOKENS)


def speaking_for(organization: Organization) -> Mapping[str, object]:
    """What a writer of replies knows of the organization; what nobody set is not made up. Telephone numbers of its people are not told."""
    persona = organization.persona
    told: dict[str, object] = {
        "name": organization.name,
        "vertical": organization.vertical,
        "persona": _told({"name": persona.name, "tone": persona.tone, "locale": persona.locale}),
        "hours": organization.hours,
        "services": organization.services,
        "goals": organization.goals,
        "ask_for": _told({one.name: one.about for one in intake_fields.fields(organization.intake)}, keep_empty=True),
        "escalation": {
            "alarm_words": organization.alarm_words,
            "a_person_is_on_call": organization.on_call is not None,
            "a_front_desk_takes_over": organization.front_desk is not None,
        },
        "never_promise": organization.never_promise,
    }
    return _told(told)


def conversation(evidence: CallEvidence) -> Mapping[str, object]:
    """What frames the utterances that are to be understood."""
    return {"call": {"channel": evidence.channel.value, "direction": evidence.direction}}


def spoken(utterances: Sequence[Utterance]) -> list[Mapping[str, object]]:
    """The utterances that are to be understood."""
    return [{"seq": said.seq, "speaker": said.speaker, "start_ms": said.start_ms, "text": said.text} for said in utterances]


def request(asked: ReplyRequest) -> Mapping[str, object]:
    """What frames the utterances that are to be answered."""
    understanding_ = asked.analysis.understanding
    known = {name: value for name, value in understanding_.intake.items() if value is not None}
    return {
        "channel": asked.channel.value,
        "max_chars": asked.max_chars,
        "intent": understanding_.intent.name,
        "urgency": asked.analysis.urgency.value,
        **({} if asked.is_open is None else {"open_now": asked.is_open}),
        **({"intake": known} if known else {}),
        **({"media": Counter(asked.media)} if asked.media else {}),
        **({"history": [_earlier(message) for message in asked.history]} if asked.history else {}),
    }


def with_roles(asked: ReplyRequest) -> list[Mapping[str, object]]:
    """The utterances that are to be answered."""
    roles = asked.analysis.understanding.verdict.roles
    return [
        {"seq": said.seq, "speaker": said.speaker, "role": (said.role or roles.get(said.speaker, Role.UNSURE)).value, "text": said.text}
        for said in asked.utterances
    ]


def verdict(understood: Understood, utterances: Sequence[Utterance]) -> RoleVerdict:
    """A role for every speaker that was heard, and for no other; unsure of whom the model said nothing, or two things."""
    named: dict[int, set[Role]] = {}
    for given in understood.roles:
        named.setdefault(given.speaker, set()).add(given.role)
    roles = {said.speaker: _only(named.get(said.speaker, set())) for said in utterances}
    return RoleVerdict(roles, min(1.0, understood.role_confidence))


def intent(understood: Understood) -> Intent:
    """What the customer wants."""
    return Intent(understood.intent, min(1.0, understood.intent_confidence))


def summary(understood: Understood) -> str | None:
    """At most 1,000 characters; None if the model left it empty, or gave away in it what it was told."""
    text = understood.summary.strip()[:SUMMARY_CHARS]
    return None if not text or leaks.repeats(plain(text), composition.secrets()) else text


def intake(understood: Understood, organization: Organization) -> Mapping[str, object]:
    """What the customer told of what the organization wants to know, as far as it fits."""
    return intake_fields.accepted(organization.intake, understood.intake)


def _asks(organization: Organization) -> bool:
    return bool(intake_fields.fields(organization.intake))


def _examples(own: OwnIntent) -> list[str]:
    return [example[:EXAMPLE_CHARS] for example in own.examples[:EXAMPLES]]


def _told(values: Mapping[str, object], *, keep_empty: bool = False) -> dict[str, object]:
    return {name: value for name, value in values.items() if keep_empty or value}


def _earlier(message: Message) -> Mapping[str, object]:
    media: Mapping[str, object] = {"media": Counter(message.media)} if message.media else {}
    return {"role": message.role.value, "text": message.text, **media}


def _only(roles: set[Role]) -> Role:
    return next(iter(roles)) if len(roles) == 1 else Role.UNSURE
