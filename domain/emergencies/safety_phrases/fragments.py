"""What several phrases have in common. Fragments of regular expressions over the plain form that ``safety_text.py`` makes."""

from typing import NamedTuple


class Group(NamedTuple):
    """The phrases of one rule.

    Whatever says one of them has one of the ``stems`` in it, which stand apart by ``|``: where none is, nothing more is looked for.
    ``unless`` are words that, anywhere in what was said, tell that it is about something else; "" if there are none.
    """

    stems: str
    phrases: tuple[str, ...]
    unless: str = ""


KIN = (
    r"(?:(?:grand|step|god)?(?:mother|father|son|daughter)(?: in law)?|brother|sister|husband|wife|baby|child|boy|girl|partner"
    r"|boyfriend"
    r"|girlfriend|ex|friend|mate|aunt|auntie|uncle|cousin|niece|nephew|neighbor|roommate|flatmate|coworker"
    r"|colleague|boss|spouse|fiance"
    r"|fiancee|man|woman|guy|lady|person|patient|customer|guest|client|driver|passenger"
    r"|tenant|student|worker|employee|resident|teenager"
    r"|elder|twin|lad|bloke|old)"
)
MANY = r"(?:children|people|men|kids|parents|boys|girls|guys|twins|others|neighbors|students)"
HE = rf"(?:he|she|they|someone|who|{KIN}|{MANY})"  # whom danger befalls, or who is one
ANYONE = rf"(?:i|we|{HE})"
HIM = (
    r"(?:me|us|him|her|them|someone|myself|people|everyone|each other|one another|(?:my|our|his|her|their|the|a|an|this|that)"
    rf" (?:[a-z]+ )?{KIN})"
)
HIS = r"(?:my|me|our|his|her|their|your|the)"
BE = r"(?:is|are|am|was|were|be|been|being)"
IS = r"(?:is|are|am|has|have|got|getting|seems|looks|keeps|started|has started|has been|have been|is getting)"
HOUSE = (
    r"(?:house|home|apartment|flat|room|bedroom|bathroom|kitchen|basement|attic|garage|backyard|yard|garden|property|closet"
    r"|place|bungalow)"
)
BUILDING = (
    rf"(?:{HOUSE}|building|hotel|school|office|shop|store|mall|hospital|church|hall|lobby|restaurant|warehouse|factory|station"
    r"|bar|pub|club)"
)
A = r"(?:a|an|the|some|his|her|my|our|their|this|that)"
WORD = r"(?!(?:no|not|never|nor)\b)[a-z0-9]+"  # any but a denial
