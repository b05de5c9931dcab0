"""The words of the safety rules: what is said when it is serious, and what takes it back. Fragments of regular expressions, lower case."""

from collections.abc import Mapping

_SOMEBODY = "(?:me|us|him|her|my [a-z]+|somebody|someone)"
_KIN = "(?:he|she|(?:grand)?(?:mother|father|son|daughter)|mom|dad|husband|wife|baby|boss|friend|who|somebody|someone|has)"
_PILLS = "(?:pills|tablets|medication|sleeping pills)"
_PLACE = "(?:house|building|kitchen|apartment|room|car|office|roof|basement|oven|stove|garage|flat|home)"
_TALE = "(?:movie|film|book|song|show|series|play|novel|episode|game|article|story|documentary|album|podcast)"

EMERGENCY: Mapping[str, tuple[str, ...]] = {
    "emergency_services": (
        r"call (?:an )?(?:ambulance|911|nine one one|999|112)(?: now| please| right (?:now|away))?",
        r"(?:send|need|get) (?:me |us |him |her )?(?:an ambulance|the paramedics|paramedics|the police|the fire (?:department|brigade))",
        r"(?:this|it) is (?:a medical|a real|a life threatening|a serious|an) emergency",
        r"(?:it's|there's|we have|i have|having) (?:a medical|a real|a life threatening|a serious|an) emergency(?! [a-z]*room)",
        r"i'm in danger|i am in danger|(?:my|our) (?:life is|lives are) in danger",
    ),
    "not_breathing": (
        r"(?:can't|cannot|can not|can hardly|barely|unable to|struggling to|not able to|couldn't) (?:breathe|breath)",
        r"(?:isn't|is not|not|stopped|stops|isnt) breathing",
        r"(?:trouble|difficulty|difficulties|problems|hard time) breathing",
        r"(?:is|he's|she's|i'm|am|baby's|they're|are) (?:choking|suffocating|turning blue)(?! up)",
        r"(?:short|shortness) of breath|gasping for (?:air|breath)",
    ),
    "heart_or_stroke": (
        r"chest (?:pains?|is (?:hurting|tight|killing me))",
        r"pains? in (?:my|his|her) chest",
        r"my chest hurts",
        r"tightness in (?:my|his|her) chest",
        r"(?:having|has had|had|think it's|got|suffered) a (?:heart attack|stroke|seizure)",
        r"(?:is|he's|she's|they're) (?:having a seizure|seizing|convulsing)",
        r"(?:face|mouth) (?:is|has gone) (?:drooping|numb)",
        r"can't move (?:my|his|her) (?:arm|leg|face|left side|right side)",
        r"no pulse|heart (?:has )?stopped",
    ),
    "unconscious": (
        r"(?:is|he's|she's|they're|lying|found (?:him|her)) (?:unconscious|unresponsive|not responding to me|not conscious)",
        (
            rf"{_KIN} "
            r"(?:just )?(?:has )?(?:collapsed|passed out|fainted)"
        ),
        r"(?:won't|will not|doesn't|can't|cannot get (?:him|her) to) wake up",
    ),
    "bleeding": (
        r"(?:won't|can't|cannot|will not|doesn't|not) stop (?:the )?bleeding",
        r"bleeding (?:a lot|badly|heavily|out|profusely|to death|very badly|everywhere)",
        r"bleeding from (?:his|her|my|the) (?:head|neck|chest|stomach)",
        r"(?:lost|losing) (?:a lot of|so much|too much) blood|blood everywhere|coughing up blood|vomiting blood",
        r"(?:been|was|got|is|he's|she's) (?:just )?(?:shot|stabbed)(?! (?:in the dark|of|down|glass))",
    ),
    "overdose_or_poison": (
        r"overdosed|(?:took|taken|having|is) an overdose|overdosing",
        r"(?:swallowed|drank|drunk|ate) (?:some |the |a bottle of )?(?:bleach|poison|antifreeze|detergent|a battery|pills)",
        rf"(?:took|taken|swallowed) (?:too many|a whole bottle of|a bottle of|all (?:my|the|his|her)|all of (?:my|the|his|her)) {_PILLS}",
        r"(?:been|was|got) poisoned|anaphyla(?:xis|ctic shock)|throat is (?:closing|swelling)(?: up)?",
    ),
    "self_harm": (
        r"(?:kill|hurt|harm|cut|cutting|hurting|harming|killing|shoot|hang) (?:myself|himself|herself)(?! (?:shaving|off|short|some))",
        r"(?:end|ending|take|taking) (?:my|his|her|their) (?:own )?life",
        r"(?:commit|committing|attempted|attempting) suicide",
        r"(?:feel|feeling|i'm|i am|is|he's|she's) suicidal",
        r"suicidal thoughts",
        r"thinking (?:of|about) suicide",
        r"(?:want|wanted|going|wish|rather) to (?:die|be dead)",
        r"wish i (?:was|were) dead",
        r"don't want to (?:live|be alive)(?: any ?more)?(?! (?:in|with|at|on|near|there|here))",
        r"no (?:reason|point) (?:to|in) (?:live|living)|better off dead",
    ),
    "fire_or_gas": (
        rf"{_PLACE} (?:is on|is catching|caught|on) fire",
        r"there's a fire|there is a fire (?:in|at)|(?:we|i) have a fire in (?:the|my|our)",
        r"(?:smell|smelling|smells like|smells of) (?:of )?gas",
        r"gas leak",
        r"carbon monoxide (?:alarm|detector|leak|poisoning)",
        r"(?:house|room|kitchen|building|apartment|office) is (?:full of|filling with) smoke",
        r"(?:trapped|stuck) in (?:the|a) (?:fire|burning [a-z]+)",
        r"electrocuted|drowning|drowned",
    ),
    "violence": (
        r"(?:has|have|got|pulled|pointing|holding|carrying) a (?:gun|knife)(?! (?:permit|licen[cs]e|safe|shop|set))",
        r"(?:breaking|broke|broken) into (?:my|our|the) (?:house|home|apartment|flat|office|store|shop)",
        r"(?:intruder|burglar|robber) in (?:my|our|the)",
        rf"(?:threatened|threatening|going|trying|wants|tried) to (?:kill|shoot|stab|hurt|attack) {_SOMEBODY}",
        r"(?:is|he's|she's|they're) (?:hitting|beating|attacking|strangling|choking) (?:me|us|him|her|my [a-z]+)",
        r"(?:been|was|being|just got|i got) (?:raped|assaulted|kidnapped|abducted|held hostage|attacked by)",
        r"bomb threat",
        r"there's a bomb",
        r"active shooter",
    ),
}

HIGH: Mapping[str, tuple[str, ...]] = {
    "urgent": (
        r"(?:it's|it is|this is|that's|very|really|extremely|is) urgent",
        r"it's an urgent matter",
        r"urgently",
        r"as a matter of urgency",
        r"life or death",
        r"(?:need|have to|must) (?:[a-z]+ ){0,4}(?:right away|immediately|asap|this instant|without delay)",
    ),
    "severe_symptom": (
        r"(?:severe|unbearable|excruciating|terrible|intense) (?:[a-z]+ )?(?:pain|headache|bleeding|burns?|toothache|allergic reaction)",
        r"(?:high|very high) fever",
        r"(?:broke|broken) (?:my|his|her) (?:arm|leg|ankle|wrist|hip|nose|foot|neck)",
        r"burned (?:myself|himself|herself)",
        r"(?:in|so much|a lot of) (?:agony|severe pain)|allergic reaction|hit (?:my|his|her) head|concussion",
    ),
    "fraud_or_theft": (
        r"(?:been|was|got|were|is) (?:robbed|mugged|scammed|defrauded|hacked)",
        r"identity theft",
        r"(?:stole|stolen|steal) my (?:identity|wallet|purse|card|money)",
        r"(?:someone|somebody|they|he|she) (?:is using|used|has used|emptied|drained|hacked) my (?:[a-z]+ )?(?:card|account|identity)",
        r"fraudulent (?:charges?|transactions?|activity)",
    ),
    "damage_in_progress": (
        r"(?:burst|broken|leaking) (?:water )?(?:pipe|main|boiler)",
        r"pipe (?:has )?burst",
        r"(?:basement|house|kitchen|office|apartment) is (?:flooding|flooded)",
        r"(?:water|sewage) (?:is )?(?:pouring|gushing|coming through)",
        r"no (?:heat|heating) and",
        r"locked out of (?:my|our) (?:house|home|car|apartment)",
        r"(?:car|wreck|traffic) accident (?:just|and)",
        r"(?:been|was|just|got) in (?:a|an) (?:car |traffic |bad )?(?:accident|crash)",
        r"stranded on the",
    ),
    "complaint_escalation": (
        r"(?:talk|speak|talking|speaking) (?:to|with) (?:a|my|your|the) (?:lawyer|attorney)",
        r"(?:will|going to|gonna) sue",
        r"i'll sue",
        r"legal action",
    ),
}

_TO_TALK = "(?:talk|speak|talking|speaking|chat|connect me|put me through|transfer me|get me|hand me over|pass me)"
_PERSON = (
    r"(?:an? |the |your |some ?)?(?:real |actual |live |human |store |shift |floor |senior |customer (?:service |care |support )?)*"
    r"(?:human(?: being)?|person|agent|representative|rep|operator|somebody|someone|supervisor|manager|receptionist|advisor|adviser)\b"
)

HUMAN: Mapping[str, tuple[str, ...]] = {
    "human_requested": (
        rf"{_TO_TALK} ?(?:to|with|through to)? {_PERSON}(?! (?:i'm|i am|who (?:isn't|is not)))",
        r"(?:real|live|actual) (?:human|person|agent|representative|operator|human being)(?! (?:estate|time|music|show|chat))",
        r"(?:want|need|like|prefer) (?:an? )?(?:human|operator|representative|supervisor|live agent|real person)",
        r"(?:call|ring|phone) me back",
        r"(?:can|could|have) (?:someone|somebody) (?:please )?(?:call|ring|phone) me",
        r"give me a call back",
        r"(?:stop|enough) (?:talking to|with) (?:this|the|a) (?:machine|bot|robot)",
        r"not (?:talk|talking|speak|speaking) to a (?:machine|robot|bot|computer)",
    ),
}

# said of pain, money, jokes and films, not of a body in danger; taken out before the rules look
FIGURES_OF_SPEECH: tuple[str, ...] = (
    r"(?:is|are|was|were|'s|been|you're|it's) killing me(?: here)?",
    r"(?:die|died|dying|dead) (?:of|from) (?:laughing|laughter|boredom|embarrassment|curiosity|hunger|thirst)",
    r"(?:die|dying) (?:to (?:know|see|try|hear|go|eat|have|meet|get)|for (?:a|some) [a-z]+)",
    r"(?:battery|phone|laptop|engine|line|signal|car|connection) (?:is |has |just )?(?:died|dead|dying)",
    r"(?:nearly |almost |about |gave me |giving me |give me )(?:having |had |have )?a heart attack",
    r"(?:kill|killing|to kill) (?:some |the |an |a few )?(?:time|hours?|minutes?)",
    r"fire (?:sale|pit|place|stick|tv|wall|drill|extinguisher|station|insurance|safety|hazard|inspection|works|side|wood|tablet)",
    r"(?:on|like) fire (?:today|tonight|lately|sale)|(?:i'm|he's|she's|you're|team is|band is|sales are) on fire",
    r"gas (?:station|bill|mileage|tank|card|price|prices|money|meter reading|company|grill)",
    r"(?:stroke of (?:luck|genius|midnight)|breast ?stroke|back ?stroke)",
    r"heart attack (?:grill|burger|sandwich)|panic attack (?:at|over) the",
    r"suicide squad|suicide (?:burger|wings|sauce|hot)|killer (?:deal|whale|heels|bees|queen|mike|workout|app)",
    r"(?:drowning|choking|suffocating|buried) (?:in|on|under|with) (?:work|paperwork|debt|emails?|bills|fees|money|calls|laundry|exams)",
    r"bleeding (?:money|cash|edge|red|customers)|(?:bleeding|gushing) obvious",
    r"(?:takes?|took|taking|leaves?|left|leaving) (?:my|your) breath away",
    r"(?:breathe|breathing) (?:room|easy|exercises?|fire|space)",
    r"shoot (?:me|us|him|her|you|over|them) (?:an?|the|your|over) (?:email|text|message|note|mail|line|quote)",
    r"(?:bath|sex|glitter|photo|cherry|seed) bomb|the bomb dot com|da bomb",
    r"(?:knife|gun) (?:set|block|sharpening|show|range|shop|sharpener)|nail gun|glue gun|top gun",
    r"emergency (?:contacts?|fund|savings|exits?|kit|brake|loan|row|credit|lights?|number|department bill)",
    r"(?:not|isn't|no) (?:a |an |really )?(?:medical |real )?emergency",
)

# what ends the reach of a word that takes back: a new thought, a new subject, help asked for
_NEW_THOUGHT = r"but|and|because|so|please|help|now|such|he's|she's|i'm|there's|they're|we're"
_NEW_SUBJECT = r"i|he|she|it|we|they|you|my|his|her|our|the|there|this|that|somebody|someone"

# before the phrase, in the same sentence: reach up to four words, not beyond a new subject
NEGATIONS: tuple[str, ...] = (
    r"no",
    r"not",
    r"never",
    r"without",
    r"(?:don't|doesn't|didn't|do not|does not|did not) (?:have|need|want|feel|get|see|smell)(?: any)?",
    r"isn't",
    r"wasn't",
    r"aren't",
    r"haven't",
    r"hasn't",
    r"denies",
    r"what (?:is|are|causes)",
    r"prevent",
    r"avoid",
    r"cover(?:s|ed|age)?(?: for)?",
)
NEGATION_GAP = rf"(?: (?!(?:{_NEW_THOUGHT}|{_NEW_SUBJECT})\b)[a-z0-9']+){{0,4}}"

# the same, with a subject of their own: suppositions, tales, the past, general questions
FRAMES: tuple[str, ...] = (
    r"don't think",
    r"do not think",
    r"in case",
    r"what if",
    r"if (?:i|you|we|he|she|they|someone|somebody|there|there's|your|my|a|the|it)",
    rf"{_TALE} (?:about|called|named|where|in which|with|titled)",
    r"(?:last|years?|months?|decades?|long time) ago",
    r"last (?:year|month|decade|summer|winter)",
    r"when i was (?:a|young|little|in|younger)",
    r"used to",
    r"back in",
    r"(?:history|risk|chance|signs?|symptoms|definition|types?|causes?|meaning) of",
    r"(?:class|course|training|lessons?|seminar|policy|insurance|question|advice|information|leaflet|brochure) (?:about|on|for|against|in)",
    r"how (?:do|would|can|should) (?:i|you|we|one) (?:know|tell|say|spell|translate|prevent|avoid|treat|react)",
    r"hypothetically",
    r"nobody said",
    r"pretend(?:ing)?",
)
FRAME_GAP = rf"(?: (?!(?:{_NEW_THOUGHT})\b)[a-z0-9']+){{0,4}}"

# right behind the phrase
CANCELLING_AFTER: tuple[str, ...] = (
    r"(?:a |many |several |two |three |four |five |ten |[0-9]+ |some |a few |a couple of )?(?:years?|months?|decades?|long time) ago",
    r"last (?:year|month|decade|summer|winter|fall|spring)",
    r"back in",
    r"in (?:19|20)[0-9]{2}",
    r"when (?:i|he|she) was (?:a|young|little|younger)",
    rf"(?:insurance|training|course|class|prevention|awareness|survivor|drill|scene|costume|{_TALE})",
    rf"in (?:the|a|that) (?:dream|{_TALE})",
    r"(?:just )?(?:kidding|joking)",
)
