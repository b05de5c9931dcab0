"""What cannot wait but is no emergency."""

from domain.emergencies.safety_phrases.fragments import WORD, Group

URGENT = Group(
    "urgen|life or death|emergenc|life and death|right away|immediately|asap|instant|delay|as soon as|desperate",
    (
        r"(?:it is|this is|that is|is|am|so|very|matter is) (?:an? )?urgent(?! care)|urgently|as a matter of urgency",
        r"urgent (?:matter|help|request|issue|problem)|urgent$",
        r"(?:this|it|that) is (?:a |an )?(?:[a-z]+ )?emergency|(?:have|there is|got|having) an emergency|life or death",
        r"matter of life and death|desperately need|^urgent",
        rf"(?:need|have to|must|want) (?:{WORD} ){{0,6}}?(?:right away|immediately|asap|this instant|without delay)",
    ),
)

SEVERE_SYMPTOM = Group(
    (
        "pain|bleed|reaction|migraine|cramp|disloc|fractur|dizziness|burn|toothache|allergic|fever|broke|agony|head"
        "|concussion|palpitations|heart is|dizzy|hurts|fainted|poisoning|blood pressure|blood sugar|stitches|pregnant"
        "|rash|threw up|throwing up|vomit|swollen|fell|infected|sprain|bitten|cut"
    ),
    (
        (
            rf"(?:severe|unbearable|excruciating|terrible|intense|awful|horrible|extreme|worst) (?:{WORD} )?(?:pain|pains|headache"
            r"|migraine|bleeding|burns?|toothache|reaction|cramps|cramping|dizziness|rash)"
        ),
        r"(?:in|so much|a lot of|lots of|screaming in) (?:agony|pain|severe pain|terrible pain)",
        r"pain is (?:unbearable|so bad|getting worse|killing|excruciating)|hurts (?:so|too) (?:bad|much)",
        r"(?:high|bad) fever|fever (?:of|is|over|above) (?:10[2-9]|4[0-2]|a hundred)",
        (
            r"(?:broke|broken|fractured|dislocated) (?:my|his|her) (?:arm|leg|ankle|wrist|hip|nose|foot|collarbone|elbow|finger|jaw"
            r"|shoulder|knee|toe|ribs?)"
        ),
        r"(?:burned|burnt) (?:myself|himself|herself|my|his|her)|allergic reaction|hit (?:my|his|her) head|concussion",
        r"(?:heart|chest) palpitations|heart is racing|food poisoning|(?:needs?|need) stitches",
        r"blood (?:pressure|sugar) is (?:so |too |really |dangerously |at )?(?:high|low|[0-9]+)",
        r"(?:throwing up|vomiting) (?:all|since|for|everything|nonstop)|(?:feel|feeling|so|am) dizzy",
        r"bitten by (?:a|the|my) (?:dog|cat|tick|spider)",
    ),
)

DISTRESS = Group(
    "take it|anymore|hopeless|depress|hate my life|panic|crisis|breakdown|cry|alone|self esteem|overwhelmed|help me",
    (
        r"(?:can not|could not) (?:take|do|handle|bear|stand) (?:it|this|life|any of this)(?: [a-z]+)? anymore",
        r"(?:feel|feeling|am|so) hopeless|hate my life",
        r"(?:having|had|have) a (?:panic attack|nervous breakdown|breakdown|mental breakdown|crisis)",
        r"in (?:a )?crisis|(?:can not|not) stop crying|(?:so|deeply|severely|really) depressed",
        r"(?:someone|anyone|help me) help me(?= |$)",
    ),
)

FRAUD_OR_THEFT = Group(
    ("robbed|mugged|scam|into my|my |hacked|identity|stole|steal|using my|used my|drained|emptied|fraud|broken into|burgl|unauthori|phish"),
    (
        r"(?:been|was|got|were|is|are|am) (?:robbed|mugged|scammed|defrauded|hacked|burgled|burglarized|phished|broken into)",
        r"identity theft",
        (
            r"(?:stole|stolen|steal|stealing) (?:my|our|his|her) (?:identity|wallet|purse|card|money|phone|car|bag|credit card"
            r"|debit card|bike|passport|information|package)"
        ),
        r"(?:wallet|purse|card|phone|car|bag|passport|bike) (?:was|got|has been|is|were) stolen",
        (
            r"(?:someone|they|he|she|thief) (?:is using|used|has used|has been using|emptied|drained|hacked|got into"
            r"|has) (?:into )?my (?:[a-z]+ )?(?:card|account|identity|bank account)"
        ),
        r"(?:fraudulent|unauthori[sz]ed) (?:charges?|transactions?|activity|payments?|purchases?|withdrawals?|access)",
    ),
)

DAMAGE_IN_PROGRESS = Group(
    (
        "pipe|boiler|leak|main|broken down|heating|flood|water|sewage|no heat|locked out|accident|crash|stranded|elevator"
        "|lift|broke down|ceiling|rear ended|wreck|gushing"
    ),
    (
        r"(?:burst|broken|leaking|busted) (?:water )?(?:pipe|pipes|main|boiler|water heater)",
        r"(?:pipe|pipes|water heater|boiler) (?:has |have |just |is ){0,5}(?:burst|bursting|exploded|leaking)",
        (
            r"(?:basement|house|kitchen|office|apartment|bathroom|flat|cellar|garage|store) (?:is |has |are ){0,5}(?:flooding|flooded"
            r"|under water)"
        ),
        (
            r"(?:water|sewage) (?:is |keeps |comes )?(?:pouring|gushing|coming (?:through|in|out|up)|leaking (?:through|everywhere"
            r"|into)|everywhere)"
        ),
        r"ceiling is (?:leaking|coming down|collapsing)",
        r"no (?:heat|heating) and|locked out of (?:my|our) (?:house|home|car|apartment|flat|room)",
        r"(?:stuck|trapped) in (?:the|an|your|this) (?:elevator|lift)|stranded(?: on| at| in)? (?:the|a|my|side|highway|here)",
        r"(?:car|wreck|traffic) accident (?:just|and)",
        r"(?:been|was|just|got|were) in (?:a|an) (?:car |traffic |bad |minor )?(?:accident|crash|wreck)",
        r"(?:had|have) (?:a|an) (?:car )?(?:accident|crash)|rear ended|(?:car )?broke(?:n)? down (?:on|in) the",
    ),
)

THREAT_OR_HARASSMENT = Group(
    "threat|harass|stalk|blackmail|suspicious",
    (
        r"threaten(?:ed|ing|s) (?:me|us|her|him|my [a-z]+)",
        r"(?:being|been|is|are|keeps|get) (?:harass(?:ed|ing)|stalk(?:ed|ing)|blackmail(?:ed|ing))",
        r"suspicious (?:person|man|guy|people|vehicle|package)",
    ),
)

COMPLAINT_ESCALATION = Group(
    "lawyer|attorney|sue|legal action|court",
    (
        r"(?:talk|speak|talking|speaking) (?:to|with) (?:a|my|your|the) (?:lawyer|attorney)|(?:will|going to|want to) sue",
        r"(?:ill|i would) sue|legal action|(?:take|taking|see) (?:you|this|them) (?:to|in) court",
        r"(?:hear|hearing) from my (?:lawyer|attorney)|(?:call|calling|contact|contacting) my (?:lawyer|attorney)",
    ),
)
