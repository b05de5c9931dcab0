"""Sentences of our own: what a business says on the telephone and in a chat, and what its customers say, in many trades.

The corpora hold few trades, and each has ways of its own. These patterns were written by hand, from no corpus.
"""

from collections.abc import Iterator, Mapping

_FILLERS: Mapping[str, tuple[str, ...]] = {
    "detail": (
        "name", "first name", "last name", "full name", "phone number", "email", "email address", "address", "date of birth", "zip code",
        "account number", "order number", "policy number", "member id", "confirmation number", "reservation number", "card number",
        "license plate", "model", "make", "insurance", "password", "pin", "id", "number", "location", "destination",
    ),
    "wish": (
        "book an appointment", "make a reservation", "cancel my order", "change my booking", "check my balance", "pay my bill",
        "return an item", "rent a car", "order a pizza", "reset my password", "report a problem", "open an account", "schedule a visit",
        "find a hotel", "speak to someone", "file a claim", "see a doctor", "get a refund", "track my package", "buy two tickets",
    ),
    "thing": (
        "appointment", "order", "reservation", "booking", "payment", "ticket", "room", "table", "car", "refund", "account", "request",
        "delivery", "flight", "card", "policy", "repair", "visit", "claim", "password",
    ),
    "done": ("booked", "confirmed", "cancelled", "changed", "scheduled", "placed", "sent", "processed", "reset", "updated", "submitted"),
    "when": (
        "tomorrow", "on monday", "next friday", "this afternoon", "at three pm", "at 10 am", "on march 3rd", "in the morning", "tonight",
        "next week", "around noon", "on saturday at 4",
    ),
    "who": ("john", "mary smith", "angela", "david jones", "linda", "robert brown", "sarah", "alex", "james miller", "karen"),
    "value": ("555 123 4567", "12345", "a as in apple", "two", "four people", "main street", "a red one", "the large one", "cash", "visa"),
}  # fmt: skip

AGENT = """
thank you for calling how can i help you | thanks for calling this is {who} speaking | how may i help you today | how can i help
how can i help you | can i help you | may i help you | hello what can i do for you today | how are you today | how can i assist you
what can i do for you | what can i help you with | welcome how can i help you | who am i speaking with | may i have your {detail}
may i have your {detail} please | can i have your {detail} | can i get your {detail} please | could i have your {detail}
could you please give me your {detail} | can you give me the {detail} | can you tell me your {detail} | could you tell me the {detail}
what is your {detail} | what is your {detail} please | what's the {detail} | what is the {detail} for the {thing} | and your {detail}
and the {detail} | your {detail} please | {detail} please | please provide your {detail} | please provide the {detail}
please enter your {detail} | please give me your {detail} | please tell me your {detail} | can you confirm your {detail}
could you verify your {detail} for me | can you spell your {detail} for me | i need your {detail} | i will need your {detail}
i just need your {detail} | do you have your {detail} | do you have an {thing} with us | do you have a {detail} | which {thing}
which {thing} would you like | what kind of {thing} would you like | what type of {thing} are you looking for | what time would you like
what day would you like | what day works best for you | for when | what date is it for | for which day | for what time
for how many people | how many people | how many would you like | how many | when would you like to come in | where are you going
where would you like to go | where are you leaving from | in which city | what seems to be the problem | what is the problem
can you describe the problem | can you give me more details | when did this start | what is the issue with your {thing}
have you tried turning it off and on | what are you calling about today | what is the reason | what is your budget
how would you like to pay | would you like to pay now | which one would you like | what size would you like | would you like anything else
would you like to {wish} | would you like me to {wish} for you | would you like me to book it | do you want me to go ahead
shall i book it | should i confirm it | did you want a {thing} | do you need a {thing} | is that okay | is that correct | is that right
does that work for you | does that sound good | is there anything else | anything else | is there anything else i can help you with
can i help you with anything else | anything else i can do for you today | will that be all | let me check | let me check that for you
let me look that up for you | let me see | one moment please | just a moment | please hold | bear with me | please wait a moment
i am checking | i am looking it up now | let me pull up your {thing} | thank you for waiting | thanks for holding
thank you for your patience | okay thank you one second | thank you {who} | okay {who} | thank you for that {who}
sure i can help you with that | i can help you with that | i would be happy to help you | i'd be glad to help
of course i can do that for you | sure what is your {detail} | okay what is your {detail} | great and your {detail}
certainly may i have your {detail} | no problem | i have found one for you | i found your {thing} | i see your {thing} here
i see that you have a {thing} {when} | i don't see a {thing} | i could not find your {thing} | there is nothing under that {detail}
i am sorry i could not find that {detail} | i'm sorry about that | i apologize for the inconvenience | i'm sorry to hear that
unfortunately that is not available | unfortunately we are fully booked | unfortunately there is no {thing} available
sorry that time is not available | that is not available | it is not available | not available | that is available | it is available
available {when} | {thing} {done} | the {thing} is {when} | no {thing} found | one moment | we have an opening {when}
we have {when} available | i have {when} available | the next one is {when} | there is one {when} | there are two available
we have two options | your options are | you can choose between | we offer | we can do {when} | we are open {when} | we close {when}
our hours are | we do not take that | we can do that | we will call you back | someone will call you | we will send you an email
i will send you a confirmation | i'll transfer you | let me transfer you | i am transferring you now | your {thing} is {done}
your {thing} has been {done} | your {thing} was {done} | i have {done} your {thing} | i've {done} it for you | the {thing} has been {done}
okay it is {done} | {done} | it's {done} | you are {done} | you're all set | you are all set {when} | all set | your {thing} is ready
your {thing} will be ready {when} | your {thing} will arrive {when} | it will be there {when} | your total is 45 dollars
that will be 20 dollars | it costs 30 dollars | the price is 120 dollars | your balance is 200 dollars | your confirmation number is 12345
your order number is 998 | your appointment is {when} | you are booked {when} | just to confirm you would like a {thing} {when}
so that is a {thing} {when} | please confirm a {thing} {when} | to confirm the {thing} {when} | okay a {thing} {when}
got it a {thing} {when} | your {detail} is {value} correct | that was {value} | thank you i have your {detail} | the address is
it is located at | the phone number is | it has a rating of four | it starts {when} | it takes about an hour | have a great day
have a good day | have a nice day | enjoy your day | enjoy your {thing} | you're welcome | you are welcome
thank you for calling have a great day | thanks for choosing us | thank you and have a nice day | my pleasure | see you {when}
take care and thanks for calling | is this the number we can reach you at | can i put you on hold | are you a member | are you still there
please try again | please try another time | please choose another time | can you repeat that | i did not understand could you repeat that
that {detail} is not correct | that {detail} does not match | your {detail} is not valid | i can't do that without your {detail}
"""

CUSTOMER = """
i would like to {wish} | i'd like to {wish} please | i want to {wish} | i need to {wish} | i need to {wish} {when} | can i {wish}
i am trying to {wish} | i was hoping to {wish} | i was wondering if i could {wish} | is it possible to {wish} | could i {wish}
can you help me {wish} | could you help me {wish} | i need help to {wish} | i need some help | can you help me | hoping you can help me
please help me | i have a problem with my {thing} | i have a question about my {thing} | i am calling about my {thing}
i'm calling to {wish} | i just wanted to {wish} | my name is {who} and i want to {wish} | this is {who} i need to {wish}
i need a {thing} | i need a {thing} {when} | i want a {thing} | i would like a {thing} {when} | i am looking for a {thing}
i'm looking for a {thing} {when} | can i get a {thing} | could i get a {thing} {when} | can i have a {thing}
do you have a {thing} {when} | get me a {thing} {when} | book me a {thing} {when} | please book a {thing} {when} | find me a {thing}
give me a {thing} | i'll take a {thing} | i'll have the {thing} | i'd like the {thing} | could you book the {thing} for me
can you {wish} for me | please {wish} | make it {when} | my {thing} is not working | my {thing} is broken | my {thing} has not arrived
my {thing} is late | i lost my {thing} | i forgot my {thing} | i never got my {thing} | i did not get a {thing} | someone stole my card
i was charged twice | there is a mistake in my {thing} | it does not work | it's not working | it stopped working | it won't turn on
i can't log in | it keeps failing | i tried that already | where is my {thing} | when will my {thing} arrive | when is my {thing}
what happened to my {thing} | what about my {thing} | how about {when} | what will it be like {when}
what will the {thing} be like {when} | can you tell me what it is like | can you tell me when the {thing} is
could you tell me how it works | can you tell me about the {thing} | how do i get there | how do i get to the station | how far is it
is it going to be open {when} | what is the {thing} like | what's the best {thing} | could you check the {thing} {when}
can you check {when} | tell me about the {thing} | show me the {thing} | help | help me | i'm having trouble with my {thing}
i have trouble with the {thing} | how much is it | how much does it cost | how much will that be | how much is the {thing}
how long does it take | how long will it be | what is the address | where is it | where is that | what is the phone number
what time does it start | what time do you open | when do you close | are you open {when} | do you take insurance | do you deliver
does it have parking | is there a fee | is it expensive | is it far | do you have anything else | do you have anything cheaper
is there anything {when} | what else do you have | what do you recommend | what are my options | which one is cheaper
can i pay with a card | can i bring my dog | can i cancel later | can i change it | my {detail} is {value} | my name is {who} | it's {who}
{who} | the name is {who} | this is {who} | the {detail} is {value} | it is {value} | it's {value} | {value} | my {detail}
here is my {detail} | sure it's {value} | yes it's {value} | yeah it's {who} | i'm {who} | under {who} | {when} | {when} please
{when} would be great | {when} if possible | {when} is fine | {when} works for me | i prefer {when} | maybe {when} | for {when}
for two people | just one | for me and my wife | for my son | for my mother | it is for my daughter | at my house | i don't know
i'm not sure | i don't remember | i don't have it | i do not have one | i forgot | i can't find it | it doesn't matter | any time is fine
whatever is available | anything is fine | i don't care | either is fine | the first one | the second one | the cheaper one | yes
yes please | yes that's right | yes that is correct | yes i would | yes i do | yes it is | yeah | sure | sure that works | okay | ok
okay great | okay thanks | okay thank you | okay that sounds good | that sounds good | sounds great | sounds perfect | that works for me
that's fine | that's great | that would be great | that will work | perfect | perfect thank you | great thanks | great thank you so much
go ahead | please do | yes go ahead | let's do that | i'll take it | i will take that one | book it please | please go ahead | no
no thanks | no thank you | no that's all | no that is all | no that's it | that's all | that is all i need | that's everything
nothing else | no i'm good | i'm good thanks | that will be all thank you | that was all i needed | no i don't | no i do not | not really
thank you | thanks | thank you so much | thank you very much | thanks a lot | thanks for your help | thank you for your help
thank you for all your help | i appreciate it | you've been very helpful | okay bye | thanks bye | bye | goodbye | have a good day too
you too | you too thanks | same to you | oh no | oh okay | oh i see | that's too bad | really | are you sure | wait | hold on
let me find it | hold on let me get it | actually i changed my mind | actually can you make it {when} | never mind | forget it
i already told you | i said {value} | i already gave you my {detail} | why do you need my {detail} | why do you need that
what do you mean | what is that | this is ridiculous | i have been waiting for an hour | i want to talk to a person
can i speak to a manager | let me talk to someone | when can i come in | can i come {when} | what do i need to bring | will i get an email
did you get that | what is my balance | what was the {detail} again | can you say that again | can you tell me the {detail}
how do i {wish} | do i need to {wish} | do i need a {thing} | will it be ready {when} | can someone come {when} | i am at home {when}
i can't make it {when} | i'll be there
"""


def sentences() -> Iterator[tuple[str, str, float]]:
    """Role, sentence and weight. Each pattern is said with each filler of its first gap, and all that comes of one weighs 1 together."""
    for role, patterns in (("agent", AGENT), ("customer", CUSTOMER)):
        for pattern in patterns.replace("\n", "|").split("|"):
            said = list(_filled(pattern.strip()))
            yield from ((role, text, 1 / len(said)) for text in said if text)


def _filled(pattern: str) -> Iterator[str]:
    gaps = [name for name in _FILLERS if f"{{{name}}}" in pattern]
    turns = len(_FILLERS[gaps[0]]) if gaps else 1
    for turn in range(turns):
        yield pattern.format(**{name: _FILLERS[name][turn % len(_FILLERS[name])] for name in gaps})
