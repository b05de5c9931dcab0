"""A child that is gone, or shut in."""

from domain.emergencies.safety_phrases.fragments import WORD, Group

CHILD_IN_DANGER = Group(
    (
        "missing|in my|left |locate my|locate our|find my|find our|lost|snatch|grab|taking|kidnap|abduct|stole|steal"
        "|lure|run off|ran off|vanish"
        "|take|shut|inside|in the|in a|in our|in her|in his|in that|in this|took|locked|trapped|stuck|hot car|alone"
        "|disappear|wandered"
    ),
    (
        (
            rf"(?:(?:my|our|a|her|his|the|little|autistic) (?:{WORD} ){{0,4}}?(?:child|children|son|daughter|baby|boy|girl|grandson"
            r"|granddaughter|nephew|niece|old)|mother with dementia|father with dementia|grandmother with dementia"
            r"|grandfather with dementia|old) (?:is |has |went |was |were |got |has been |have |are |been |gone ){1,5}(?:missing"
            r"|gone missing|disappeared|vanished|been taken|taken|kidnapped|abducted|snatched|lost(?= (?:in|at|and|somewhere)|$))"
            r"(?! (?:a|an|the|her|his|school|class|some|one|two|from (?:the|my|our) (?:list|account|order|booking|reservation"
            r"|policy|plan)|out|work|breakfast|dinner|in (?:the|my) (?:order|list|booking)|to|care|off|advantage))"
        ),
        (
            rf"(?:can not|could not|not able to) (?:{WORD} )?(?:find|locate) (?:my|our) (?:{WORD} ){{0,3}}?(?:child|children|son"
            r"|daughter|baby|boy|girl|grandson|granddaughter|year old)(?! (?:is|name|birth|report|on|in (?:the (?:system|app|list"
            r"|portal|record))|and (?:his|her)? ?(?:records|file)|a|an|any|shoes|room))"
        ),
        (
            rf"(?:lost|lost sight of) (?:my|our) (?:{WORD} ){{0,2}}?(?:child|son|daughter|baby|boy|girl|children)(?= (?:in|at|i am"
            r"|and|help|while|i can not)|$|,)(?! in (?:a |the )?(?:accident|miscarriage|war|fire|[0-9]))"
        ),
        (
            r"(?:someone|stranger|man|woman|he|she|they|ex|father|guy) (?:has |have |just |tried to |is trying to |trying to "
            r"|with ){0,5}(?:took|taken|grabbed|snatched|kidnapped|stole|take|grab|snatch|kidnap|taking|grabbing|run off with"
            r"|ran off with|lured|lure) (?:my|our|a|the|another) (?:little |young |baby )?(?:child|children|son|daughter|baby|boy"
            r"|girl|grandson|granddaughter)(?! (?:to (?:school|the (?:park|zoo|doctor|dentist|movies|store|game|mall))|is|a |an "
            r"|for|shopping|out|swimming|fishing|name|on a|on vacation|seat|home from))"
        ),
        (
            r"(?:child|children|baby|son|daughter|boy|girl|old|dog|grandson|granddaughter) (?:is |are |got |was |been |has been "
            r"|accidentally |have been |left |alone |all ){0,5}(?:locked|stuck|trapped|left|alone|shut) (?:alone |all |by themselves "
            rf"|inside |in |up ){{0,5}}(?:in|inside) (?:a|the|my|our|his|her|that|this)? ?(?:{WORD} )?(?:car|van|truck|vehicle|fridge"
            r"|dryer|washer|washing machine|well|bathroom|suv|elevator|freezer)"
        ),
        (
            rf"(?:locked|left|trapped) (?:my|the|our|a|her|his) (?:{WORD} )?(?:child|baby|son|daughter|children|boy|girl) (?:inside "
            r"|alone |up ){0,5}in(?:side)? (?:a|the|my|our|his|her) (?:hot )?(?:car|van|truck|vehicle|suv)"
        ),
    ),
)
