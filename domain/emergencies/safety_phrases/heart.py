"""A heart that fails, a stroke, a seizure."""

from domain.emergencies.safety_phrases.fragments import HE, HIM, HIS, KIN, WORD, Group

_SIDE = (
    rf"(?:left|right|one|other|whole (?:left|right))(?: hand)? (?:side|arm|leg|half)(?: of {HIS}(?: {KIN})?(?: is)? (?:body|face"
    r"|mouth|head))?"
)
_COMPOUND = (
    r"(?:unit|ward|cent(?:er|re)|clinic|team|nurse|doctor|specialist|survivors?|medications?|medicine|rehab|risk|width|weight"
    r"|color|style|count|order|lessons?|group|patients?)"
)

HEART_OR_STROKE = Group(
    (
        "stick out|chest|heart|stroke|seizure|fit|convuls|droop|numb|pulse|cpr|slur|paraly|cardiac|foaming|talk|speak|side|headache"
        "|grabb|grabs|clutch|gripping|holding|hand|right|half|need aed|need the aed|need a aed|gibberish|left|arm|leg"
        "|smile|seizing|blind|eye|face|cheek|lip|mouth|words|sentence|nothing|limbs|body|say anything|use |aneurysm|brain"
        "|defib|lift|move|feel|twist|speech|shaking|jerking|sense"
    ),
    (
        (
            r"chest (?:pains?|pressure|tightness|discomfort|heaviness|ache|(?:is |feels |feel |felt |has been |started |so "
            r"|keeps ){0,5}(?:hurts?|hurting|tight|tightening|paining|pains|heavy|burning|pounding|aching|aches|crushing|squeezing"
            r"|on fire|in pain))"
        ),
        (
            r"(?:pains?|paining|pressure|tightness|tight|heaviness|heavy|hurts?|hurting|ache|burning|squeezing|discomfort|weight"
            rf"|sitting|crushing(?: [a-z]+)?) (?:is )?(?:in|on|inside|across|around|at) (?:{HIS}(?: {KIN}(?: is)?)? )?(?:chest|heart)"
        ),
        (
            r"(?:pains?|hurts?|hurting|numb|numbness|tingling|ache) (?:in |down |going down |going into |shooting down "
            r"|radiating (?:down|to|into) |running down ){0,5}(?:my|his|her|the) left arm"
        ),
        r"(?:grabbing|clutching|holding|gripping|grabs|grabbed|clutched) (?:at )?(?:his|her|my) chest",
        (
            r"(?:whole |left |right )?(?:arm|leg|hand|side|face)(?: is| has| has been)? (?:gone|went|going) (?:all )?(?:dead|numb"
            r"|weak|limp|floppy|droopy)"
        ),
        r"left arm (?:is |feels |has |went |gone |and jaw ){0,5}(?:numb|hurts?|hurting|tingling|weak|heavy|paining|killing)",
        (
            r"(?:ha(?:s|d|ve|ving)|got|getting|get|gets|suffered|suffering|suffers|suffer|showing|shows) (?:from |all |the "
            rf"|signs? of |symptoms? of ){{0,5}}(?:{WORD} (?:of )?){{0,3}}?(?:heart attack|cardiac arrest|stroke|seizures?|convulsions?"
            rf"|fits|aneurysm|brain bleed|mini stroke)(?! (?:survivors?|rate|play|game|of|{_COMPOUND}))"
        ),
        (
            r"(?:it is|this is|it was|might be|could be|may be|must be|be|is this|is it|is) (?:a "
            rf"|an )?(?:{WORD} ){{0,1}}?(?:heart attack|stroke|seizure|cardiac arrest)(?! (?:of|play|{_COMPOUND}))"
        ),
        rf"{HE} is (?:having a fit|fitting)(?! (?:about|over|because|because|in))",
        r"(?:in|into|went into|gone into) (?:cardiac arrest|a seizure|seizures|convulsions)",
        r"heart attack (?:symptoms|right|now|going|help)|stroke symptoms",
        r"(?:something (?:is )?wrong with|it is) (?:my|his|her) heart",
        r"heart (?:has |is |it |)?(?:stopped|stopping|not beating|giving out)|no (?:pulse|heartbeat)",
        r"(?:find|feel|get|have|has) (?:a |any |his |her )?(?:pulse|heartbeat)|pulse is (?:weak|gone|so weak|faint)",
        (
            rf"{HE} (?:is|was|keeps|started|has been|are|has started)(?: having)? (?:seizure|seizing|convulsing|convulsions"
            r"|shaking (?:uncontrollably|violently|all over|and)|jerking)"
        ),
        r"foaming at the mouth|eyes (?:have |are |is )?(?:rolled|rolling|roll) (?:back|up)",
        rf"(?:doing|giving|performing|started|starting|need|needs) (?:{HIM} )?cpr(?! (?:train|class|cert|course|card|lesson))",
        r"need (?:a |the )?(?:defibrillator|aed)",
        (
            rf"(?:face|mouth|lip|smile|eye|eyelid|cheek|side)(?: {WORD}){{0,3}}? (?:droop(?:s|y|ed|ing)?|sagging|sagged|lopsided"
            r"|crooked|slanted|twisted|hanging down|fallen|numb|paralyzed|paralysed)(?: on| down|)"
        ),
        r"(?:drooping|twisted|lopsided|crooked) (?:face|mouth|smile)",
        r"(?:slurring|slurred|slurs|slurry|slur)(?: (?:my|his|her|their|the))? ?(?:words|speech|talking|badly|all|and|$)?",
        r"speech (?:is |has |sounds |gone |went |all ){1,5}(?:slurred|funny|weird|strange|garbled|gone|unclear)",
        (
            rf"can not (?:{WORD} )?(?:move|feel|lift|raise|use) (?:anything (?:on|in|down) )?(?:{HIS} )?(?:{_SIDE}|legs?|face|limbs"
            r"|body|left|right|both arms|one (?:arm|leg|side))"
        ),
        (
            rf"{_SIDE} (?:is |has |went |gone |feels |of |all |turned |became |of (?:my|his|her) body ){{0,5}}(?:numb|weak|paralyzed"
            r"|paralysed|limp|dead|drooping|hanging|not moving|not working)"
        ),
        rf"(?:numb|weak|paralyzed|paralysed|numbness|weakness) (?:on|in|down) (?:{HIS} )?(?:whole )?(?:{_SIDE})",
        (
            r"(?:can not|not able to|unable to|could not) (?:talk|speak|say anything|form words|form a sentence|get (?:the |her "
            r"|his )?words out)(?: (?:properly|clearly|straight|normally|right|anymore|suddenly|at all|or move|or smile|and (?:his"
            r"|her|my|he is|she is|is|one|can not|half|their))|$)(?! now)"
        ),
        (
            r"(?:words|sentences|nothing) (?:are |is |do )?(?:not (?:coming out right|coming out|making (?:any )?sense|make sense)"
            r"|coming out (?:wrong|garbled|jumbled|mixed up))"
        ),
        r"(?:talking|speaking|says) (?:gibberish|nonsense) and",
        rf"worst headache (?:of|in) (?:my|his|her) life|thunderclap headache|{HE} (?:is |was |became )?(?:paralyzed|paralysed)",
        r"(?:can not|could not) (?:smile|stick out)",
        r"(?:blind|see (?:anything )?(?:out of|in|from)) (?:in |with )?(?:one|my|his|her|the)(?: (?:left|right|one))? eye",
    ),
)
