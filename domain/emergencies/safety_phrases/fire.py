"""Fire, smoke, gas."""

from domain.emergencies.safety_phrases.fragments import BUILDING, KIN, MANY, WORD, Group

_BURNS = (
    rf"(?:{BUILDING}|car|truck|van|vehicle|bus|engine|roof|oven|stove|shed|barn|curtains?|couch|sofa|bed|mattress|tree|trees"
    r"|bush|bushes|grill|toaster|dryer|microwave"
    r"|dishwasher|outlet|socket|wiring|wires?|laptop|phone|charger|pan|oil"
    r"|grease|trash|bin|dumpster|hair|clothes|clothing|shirt|sleeve|dress|floor|ceiling|wall|walls|boat"
    r"|plane|trailer"
    r"|deck|porch|fence|field|forest|chimney|carpet|machine|tent|heater|boiler|furnace|transformer|fuse box|panel|battery"
    r"|scooter|blanket|christmas tree|candle|stovetop|cooker|everything|it)"
)

FIRE_OR_GAS = Group(
    (
        "fire|burn|flame|alight|engulfed|line|cable|wire|burst|sensor|monitor|melting|detector|alarm|spill|leak|cloud"
        "|arcing|oven|boiler|smok|gas|monoxide|explosion|explod|blew up|blown up|spark|rotten eggs|fumes|blaze|cylinder"
        "|chemical|blast"
    ),
    (
        (
            rf"{_BURNS}(?: {WORD}){{0,2}}? (?:is |are |was |has |have |just |all |now |went |up |caught |catching |burst |now "
            r"|and ){1,5}(?:on fire|fire|in flames|into flames|ablaze|burning(?! (?:calories|fat|through|hot|desire|questions?|cds?|oil"
            r"|fuel|gas|data|money))|up in flames|engulfed|flames|alight|in smoke|(?:smoking|sparking)(?= and|$| a lot| badly| bad"
            r"| now))(?! (?:tv|stick|sale|place|pit|starter|down the (?:house|calories)))"
        ),
        (
            rf"(?:{KIN}|{MANY}|someone|he|she|i) (?:is|am|caught|was|are) (?:literally )?on fire(?= (?:and|help|burning|he|she|they"
            r"|call|in the)| screaming)"
        ),
        r"(?:clothes|hair|body) (?:is |are |has |have ){0,5}(?:on|caught) fire",
        (
            rf"there is (?:a |an )?(?:{WORD} ){{0,2}}?(?:fire|flames|blaze)(?= (?:in|at|on|here|outside|near|behind|next|inside|and"
            r"|coming|help|at|spreading|upstairs|downstairs|across|right|now|by|it|please|send)|$|,)"
        ),
        (
            r"(?:have|got|having|seeing|see|seen) (?:a |an )?(?:(?:big|small|huge|house|kitchen|grease|electrical|car|apartment"
            r"|real) )?(?:fire|flames)(?= (?:in|at|on|here|outside|inside|coming|help|and|near)|$|,)"
        ),
        (
            rf"(?:a |the )(?:{WORD} )?fire (?:has |have |just |is |was ){{0,5}}(?:started|starting|broke out|broken out|spreading"
            r"|getting bigger|out of control|spread|coming closer|approaching)"
        ),
        (
            r"(?:house|building|apartment|kitchen|grease|electrical|forest|chimney|car|warehouse) fire (?:right now|now|help|at|on"
            r"|in progress|happening|next door|here|across)"
        ),
        r"(?:set|setting|lit) (?:fire to|on fire) (?:my|the|our|his|her|it)",
        rf"fire in (?:my|our|the|a|her|his) (?:{WORD} )?{BUILDING}(?! (?:last|years|place|code|drill|policy))",
        r"(?:help |help me |there is |we have )(?:a )?fire(?= (?:fire|help)|$|,)|fire (?:fire|help)",
        r"(?:trapped|stuck) (?:in|inside|by) (?:a |the )?(?:fire|burning|smoke|flames)|(?:still|now|and it is) on fire",
        r"burning down(?! the (?:house tour|album))|(?:going|went|gone) up in flames",
        r"flames (?:coming|are|everywhere|shooting|in|from)",
        (
            r"smoke (?:is |was |are |keeps |started |alarm is ){0,5}(?:coming|pouring|billowing|filling|everywhere|going up|rising"
            r"|seeping|going off)"
        ),
        (
            r"(?:full of|filling(?: up)? with|filled with|fill with|lots of|so much|a lot of|heavy|black|thick) (?:black "
            r"|thick )?(?:smoke|fumes)"
        ),
        r"(?:full of|filling(?: up)? with|filled with|fill with) gas",
        (
            r"(?:smoke|fire) (?:alarm|detector|alarms) (?:is |are |keeps |started |keep |has been ){0,5}(?:going off|went off|blaring"
            r"|ringing|sounding)"
        ),
        r"(?:see|seeing) smoke(?= |$)|(?:i|we) (?:can )?smell (?:smoke|something burning|burning|burnt)",
        (
            rf"(?:outlet|socket|wire|wires|wiring|panel|fuse box|breaker|plug|cable|line|pole)(?: {WORD}){{0,2}}? (?:is |are "
            r"|started |keeps |was ){1,5}(?:sparking|smoking|burning|arcing|melting|shooting sparks)"
        ),
        r"sparks (?:are |were |is )?(?:coming|flying|shooting)(?= (?:out|from|off|everywhere|and))",
        (
            r"(?:power|live|electric(?:al)?) (?:line|lines|wire|wires|cable) (?:is |are |has |have |fell |came ){0,5}(?:down|fallen"
            r"|hanging|on the|fell|lying)"
        ),
        r"downed (?:power|electric|live) (?:line|wire)",
        (
            r"(?:smell|smells|smelling|smelled|smelt|scent|odor|whiff|reek|reeks|stinks|stink) (?:of |like |a |some |the |strong "
            r"|really |natural |cooking |lpg |there is |terribly of |so much |strongly of |strongly ){0,5}(?:gas|rotten eggs)"
            r"(?! (?:station|bill|mileage|money|prices?|grill))"
        ),
        r"gas (?:smell|odor|odour|fumes)",
        (
            r"gas (?:pipe |line |main |cylinder |tank |stove |valve |meter |is |has |keeps |been |are ){0,5}(?:leak|leaks|leaking"
            r"|leaked|leakage|ruptured|hissing|burst|blast|exploded)(?! (?:detectors?|sensors?|insurance|test|repair kit))"
        ),
        r"(?:leaking|leakage of|hissing) (?:natural )?gas",
        r"(?:is|are|started|keeps|was|and) sparking(?! (?:joy|interest|water|wine|clean|conversation|debate))",
        rf"there is (?:{WORD} ){{0,3}}?smoke(?= (?:everywhere|coming|in|and|from|all|inside|outside)|$|,)(?! in the (?:water|area))",
        (
            r"(?:carbon monoxide|co|monoxide|c o)(?: alarm| detector| alarms| detectors| sensor| monitor)(?: is| are| has| keeps"
            r"| keep| started| been| was| just){0,5} (?:going off|went off|beeping|sounding|blaring|ringing|goes off|alarming|screaming"
            r"|triggered)"
        ),
        r"carbon monoxide (?:leak|poisoning|is high|in (?:my|our|the) (?:house|home|apartment))",
        r"(?:there is|smell|leaking|have) (?:a )?carbon monoxide(?= |$)(?! (?:detector|alarm))",
        (
            r"(?:there is|there was|there has been|heard|a huge|a big|a massive|hear|gas|boiler|huge|an|just an) (?:a "
            rf"|an )?(?:{WORD} )?explosion(?= |$)(?! (?:of (?:flavor|color|taste)|in (?:sales|demand|popularity)))"
        ),
        (
            r"(?:boiler|tank|cylinder|building|house|oven|stove|pressure cooker|heater|grill|battery|geyser|transformer|factory"
            r"|car) (?:has |just |have )?(?:exploded(?! in (?:price|popularity|value|size))|blew up|blown up|burst into)"
        ),
        r"something (?:exploded|blew up)|(?:chemical|acid|toxic|ammonia|chlorine) (?:spill|leak|fumes|cloud)",
    ),
)
