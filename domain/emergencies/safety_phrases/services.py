"""Help called by its name, and the word emergency itself."""

from domain.emergencies.safety_phrases.fragments import KIN, WORD, Group

# an emergency of money, of travel, of what has a screen: urgent, and no matter of life
_AGENTS = (
    r"(?:an? )?(?:ambulance|ambulances|paramedics?|police|officers?|fire (?:department|brigade|engine|truck|trucks|service"
    r"|dept)|firefighters|firemen|fireman|medics?|swat|coast guard|emergency services|emergency help|emergency crew"
    r"|rescue(?: team)?|emergency responders|first responders|medical help|the cops)"
)
_NUMBER = (
    r"(?:911|9 1 1|nine one one|nine eleven|nine 11|9 11|999|nine nine nine|triple nine|triple 9|112|one one two|000"
    r"|triple zero|triple 0|nine double one|9 double 1)"
)
_THINGS = (
    r"(?:transfers?|transferred|cards?|accounts?|refund(?:ed)?|payments?|money|cash|bank|flights?|booking|bookings"
    r"|reservations?|orders?|phone|business|network|website|password|internet|wifi"
    r"|server|app|deadline|invoice|passport"
    r"|luggage|ticket|tickets|loan|rent|salary|pin|atm|computer|laptop|printer|toilet|plumbing|plumber|sink|faucet|drain|drains"
    r"|keys?|dress|wedding|toothache|filling|crown|visa)"
)

EMERGENCY_SERVICES = Group(
    (
        "ambulance|911|9 1 1|nine one one|nine eleven|9 11|999|nine nine|triple|112|one one two|000|police|officer|fire"
        "|108|emergenc|medic|swat|coast guard|rescue|responders|cops|life threatening|nine 11|double"
    ),
    (
        (
            r"(?:call|calling|dial|ring|phone|get|contact|calls|alert|notify|text|try)(?: me| us| him| her| for)?(?: (?:the|an"
            rf"|a))? (?:{_NUMBER}|{_AGENTS})(?! (?:bill|report|ride|museum|academy|station|number|for (?:emergencies|an emergency"
            r"|any)|if|memorial|turbo|porsche|fee|when|in case|in an|only|whenever))"
        ),
        (
            r"(?:send|need|needs|want|require|requires|bring|dispatch|request|requesting|requested|get|have|sending|needing"
            r"|where is|waiting for|asking for)(?: (?:me|us|him|her|someone|over|out|for|help and|here|to call|to get|to have"
            rf"|my {KIN})){{0,5}}(?: (?:the|an|a|some|your))? {_AGENTS}(?! (?:report|reports|clearance|certificate|check|record|number"
            r"|verification|bill|ride|fee|cost|invoice|cover|coverage|insurance|discount|station|id|on (?:the|my) (?:list|record)"
            r"|or|records|costume|toy))"
        ),
        (
            rf"^(?:help |need |an |the |get |send |we need ){{0,5}}(?:ambulance|{_NUMBER}|police|paramedics|fire brigade|fire department)"
            rf"(?: (?:now|here|quick|asap|needed|required|fast|immediately|help|to|at|police|ambulance)(?: {WORD}){{0,6}})?$"
        ),
        r"(?:ambulance|paramedics|police|medics?|fire brigade) (?:is |are )?(?:needed|required|immediately|asap)",
        rf"(?:call|dial) 108(?= now|$)|911 (?:emergency|now|help)|{_NUMBER} right now",
        (
            r"(?:there is|we have|i have|having|got|in|need help with|with|had|for|has|was) (?:a |an |another |got ){0,5}(?:(?:medical"
            r"|life threatening|life and death|serious medical|health|real|pregnancy|diabetic|psychiatric|mental health|heart"
            r"|police|fire|overdose|gas) ){1,2}emergency(?! (?:room|contact|fund|number|line|exit|kit|department|doctor|plan"
            r"|insurance|cover|coverage|care|training|drill))"
        ),
        (
            r"(?:this|it|that) is (?:a |an )?(?:(?:real|serious|true) )?(?:medical|health|police|fire|life threatening"
            r"|life and death|psychiatric) emergency"
        ),
        r"life threatening(?! (?:illness insurance|deadline))|(?:emergency|urgent) medical (?:help|attention|assistance|care)",
        (
            r"(?:need|needs|want|get|send) (?:me |us |him |her )?(?:urgent |emergency |immediate )?(?:medical|police|emergency)"
            r" (?:help|attention|assistance|care)(?= (?:now|right|immediately|please|asap|fast|at|for (?:my|him|her))|$|,)"
        ),
    ),
)

SAID_EMERGENCY = Group(
    "emergenc",
    (
        (
            r"(?:this|it|that|here|what i have) is (?:a |an )?(?:(?:medical|real|true|serious|huge|big|major|family|total|absolute"
            r"|genuine|dire|extreme|actual|critical) ){0,2}emergency(?! (?:room|contact|fund|number|line|exit|only|appointment"
            r"|service|plumb[a-z]+|dentist|dental|locksmith|kit|refill|call))"
        ),
        (
            r"(?:there is|we have|i have|having|got|have got) (?:a |an |got an )emergency(?! (?:room|contact|fund|number|line|exit"
            r"|kit|department|doctor|plan|insurance|cover|coverage|care|training|drill|credit|light|brake|repair|appointment|card"
            r"|loan|savings|plumb[a-z]+|dental|and (?:need|have|want) (?:to )?(?:cancel|change|book|a (?:flight|ride|car|hotel|card"
            r"|loan|transfer))|trip|so i (?:need|have) to (?:cancel|change|book)|coming|meeting|at work))"
        ),
    ),
    unless=_THINGS,
)
