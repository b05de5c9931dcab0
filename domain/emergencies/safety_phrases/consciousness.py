"""Who lies there and does not answer."""

from domain.emergencies.safety_phrases.fragments import ANYONE, BE, HE, HIM, KIN, WORD, A, Group

UNCONSCIOUS = Group(
    (
        "passing|over|get up|not get|move|conscious|respons|respond|collaps|passed|pass |faint|wake|waking|black|limp|floppy"
        "|lifeless|moving|fell|fallen"
        "|coma|keeled|diabetic|lying on|lies on|laying on|slump|sprawl|dropped|dropping|goes down|went down|lying over"
        "|lying in|lies in|laying in|out of|and out|woken|not move|rouse|revive|get him|get her|up him|up her|up me|up us"
        "|up some|up the|up my|up our|up his|up people|up every|up an|up this|up that|up a |to open|to come|alert|come to"
        "|coming to|answering|stiff|had a fall|bad fall|face down|getting up|get my|get the|get our|get his|get a"
        "|get this|get that|get some|react|out cold|shock|alive|get up|stand|motionless|floor|gone|ground"
    ),
    (
        (
            rf"(?:{BE}|{ANYONE}|lying|lies|laying|him|her|them|went|gone|knocked|fell|fallen|seems|looks|like|there|found|almost"
            r"|nearly|and|half|semi) unconscious(?! (?:bias|mind|decision|choice|level))"
        ),
        r"(?:lost|losing|loses|lose|loosing|lost the) consciousness|not conscious|in and out of consciousness",
        (
            rf"(?:{HE}|him|her|them) (?:{BE} |has |become |became |gone |went |so |seems |looks |lying |laying |all "
            r"|totally ){0,5}(?:unresponsive|lifeless|motionless|limp|floppy|stiff and|out cold|comatose|in a (?:diabetic )?coma)"
        ),
        (
            rf"(?:{HE}|{KIN}) (?:{BE} |do |does |did |has |will |can ){{1,5}}not (?:{WORD} )?(?:responding|respond (?=to (?:pain|us|me|his"
            r"|her|my voice|touch|anything))|responsive|reacting|react|moving|waking|awake|answering me|alert|come to|move"
            r"|coming to|getting up)(?! (?:to (?:my|our|the|any|your|text|email|calls?)|on|until|before|away|here|forward|out|in"
            r"|into|house))"
        ),
        r"(?:not|do not) (?:think|believe) (?:[a-z]+ ){1,3}?(?:is|are) (?:conscious|alive|awake|responding|moving)",
        (
            rf"(?:{HE}|i) (?:{BE} |has |have |had |all |about to |going to |almost |about |feel like i am going to ){{0,5}}(?:collaps(?:ed"
            r"|ing|e)|pass(?:ed|ing) out(?= (?:on|in|at|and|from|cold|while|after|again|by|here|when|there|for|two|ten|five|three"
            r"|a |or|now|right|during|during|outside|drunk|twice)|$|,)|faint(?:ed|ing)|black(?:ed|ing) out(?! (?:curtains?|those"
            r"|the|these|my|our|dates?|windows?))|keeled over)"
        ),
        r"(?:going|about|feel like) to (?:pass out|faint|collapse|black out|lose consciousness)(?! (?:flyers|candy|when))",
        rf"{HE} collapsed",
        (
            rf"(?:{HE}|it) (?:will|can|is|are|does|do|would|did) not (?:get up |be )?(?:wake|waking|wakes|woken)(?: up)?(?! (?:up |)"
            r"(?:until|till|before|early|at|me|in time|on time|from my|to my|for))"
        ),
        (
            rf"can not (?:{WORD} )?(?:wake|rouse|revive|get) (?:(?:him|her|them|(?:{A} )?(?:[a-z]+ )?{KIN}) (?:up|to (?:wake|respond"
            rf"|come|open|move)|awake)|him$|her$|them$|up {HIM})"
        ),
        rf"can not wake {HIM}",
        (
            rf"(?:fell|fallen|had a (?:bad )?fall|on the floor|on the ground)(?: {WORD}){{0,6}}? (?:can not|not able to|unable to"
            r"|could not|and not) (?:get(?:ting)? (?:back )?up|stand|move|moving|walk|be moved)"
        ),
        r"i have fallen and",
        (
            rf"(?:see|found|find|saw) (?:{HIM}) (?:lying |laying |collapsed |passed out |just ){{0,5}}on the (?:floor|ground|kitchen floor"
            r"|bathroom floor)"
        ),
        (
            rf"{HE} (?:{BE} )?(?:lying|laying|collapsed|lies|slumped|sprawled) (?:on|over|in)(?: the)? (?:floor|ground|street|road"
            r"|sidewalk|pavement|wheel|desk|steering wheel|hallway|driveway|blood)"
        ),
        rf"{HE} is on the (?:floor|ground)(?= (?:and|not|bleeding|can|he|she)|$|,)(?! and (?:the )?(?:is )?(?:floor|playing))",
        r"(?:dropped|dropping|fell|fallen|went down|goes down) to the (?:floor|ground)",
        (
            r"(?:on|at the bottom of) the (?:floor|ground|bathroom floor|kitchen floor|stairs|pavement|sidewalk"
            r"|street)(?: and)? (?:(?:he |she |they )?(?:is |are )?)?not moving"
        ),
        r"not moving at all|face down (?:in|on)",
        r"(?:going|went|gone|goes) into (?:anaphylactic |diabetic |insulin |septic )?shock|diabetic (?:coma|shock|emergency)",
        rf"insulin shock|(?:{HE}) (?:{BE} )?(?:gone |went )(?:limp|floppy|stiff)",
        r"(?:drifting|going|slipping) in and out(?! of (?:focus|service|coverage))",
        rf"{HE} is (?:barely|hardly|not) (?:conscious|responsive|awake|alive)|barely (?:conscious|responsive|alive)|hardly conscious",
    ),
)
