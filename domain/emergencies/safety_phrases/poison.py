"""What was swallowed, and what the body does not bear."""

from domain.emergencies.safety_phrases.fragments import WORD, A, Group

_MEDICINE = (
    r"(?:pills|pill|tablets|tabs|capsules|meds|medicine|medicines|medication|medications|painkillers|antidepressants|drugs"
    r"|opioids|insulin|tylenol"
    r"|paracetamol|acetaminophen|aspirin|ibuprofen|advil|xanax|valium|vicodin|percocet"
    r"|oxycodone|oxy|morphine|methadone|fentanyl|heroin|cocaine"
    r"|coke|meth|crack|benadryl|ambien|adderall|codeine"
    r"|tramadol|zopiclone|lithium|weed killer|alcohol|vodka)"
)
_POISON = (
    r"(?:bleach|poison|rat poison|antifreeze|detergent|drain (?:cleaner|unblocker|opener)|drano|cleaner|cleaning (?:fluid"
    r"|liquid|product|stuff)|ammonia|gasoline|petrol"
    r"|kerosene|lighter fluid|pesticide|pesticides|insecticide"
    r"|weed killer|weedkiller|paint thinner|turpentine|acid|lye|phenyl|harpic|chemicals?|mothballs?"
    r"|windex"
    r"|dishwasher (?:tablet|pod)|tide pods?|laundry pods?|(?:button |watch |coin )?batter(?:y|ies)|magnets?|nail polish remover"
    r"|hand sanitizer|lamp oil)"
)
_MUCH = (
    r"(?:too many|too much|way too many|way too much|(?:a|the|one|two|his|her|my) (?:whole|entire|full)|whole|a lot of|lots of"
    r"|a bunch of|a handful of|handfuls of|all|all of|a load of|loads of|a ton of|tons of|a heap of|heaps of|most of|every|like"
    r"|about|over|around|[0-9]{2,}|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|a hundred|a bottle|half a bottle|bottle"
    rf"|{A} entire)"
)

OVERDOSE_OR_POISON = Group(
    (
        "overdos|over dos|poison|anaphyla|capsul|paracetamol|morphine|methadone|too m|boxes|did |lick|sipped|mix|sink"
        "|edible|gummies|vitamin|taking|strip|pack|tylenol|painkiller|popp|alcohol|insulin|windpipe|airway|swole|puff"
        "|balloon|ingest|inhaled|into|blowing|bit|stung|lips|face|mouth|neck|eyes|shut|closing|closed|tighten|od on"
        "|consumed|downed|shot|injected|chewed|had |throat|tongue|swell|swollen|epipen|epi pen|allerg|narcan|snake"
        "|swallow|pill|tab|meds|medic|drug|took|take|drank|drunk|drink| ate | eat|bottle"
    ),
    (
        r"overdosed|overdosing|over dosed|over dosing",
        (
            r"(?:took|taken|having|is|an|had|drug|on|did|of|going to|want to|to|might) overdose(?! (?:prevention|awareness"
            r"|statistics|class|training|kit|policy))"
        ),
        r"od on (?:pills|drugs|his|her)",
        (
            r"(?:took|taken|takes|take|taking|swallowed|swallowing|ate|eaten|popped|popping|downed|ingested|had|consumed|chewed"
            rf"|drank|injected|shot up|did) {_MUCH}(?: (?:of|the|my|his|her|their|those|these|bottle|bottles|box|boxes|pack|packet"
            rf"|packets|strip|strips|bunch|handful|jar|like|a|{WORD})){{0,5}}? {_MEDICINE}(?! (?:home|today to|with me))"
        ),
        (
            r"(?:took|taken|taking|take|swallow|swallowed|swallowing) (?:a |the |all |whole |entire |my |his |her |of |some |these "
            rf"|those ){{0,5}}(?:bottle|pills|tablets|box|pack)(?: of (?:pills|tablets|{_MEDICINE}))?(?: (?:and|to) (?:die|end|want|never"
            r"|not wake|go to sleep|say goodbye)|$)"
        ),
        (
            r"(?:child|children|baby|son|daughter|boy|girl|grandson|granddaughter|old|nephew|niece|dementia) (?:has |have |is "
            r"|just |may have |might have ){0,5}(?:swallowed|swallowing|ate|eaten|drank|drunk|chewed|got into|gotten into|licked"
            rf"|found and ate) (?:{WORD} ){{0,5}}?(?:{_MEDICINE}|medicines|vitamins with iron|edibles?|gummies)"
        ),
        (
            r"(?:swallow(?:ed|ing|s)?|drank|drunk|drinking|drink|ate|eaten|eating|ingested|inhaled|licked|sipped|got into"
            rf"|gotten into) (?:{WORD} ){{0,6}}?(?:{_POISON}|under the sink)"
        ),
        rf"mix(?:ed|ing) (?:{A} )?(?:bleach|ammonia|chlorine|cleaners?|cleaning products) (?:and|with)|mixed (?:the )?chemicals",
        (
            r"swallowed (?:a |some |the |his |her |my |bottle of ){0,5}(?:pills|pill|tablets|coin|magnet|medication|medicine|needle"
            r"|glass|razor|nail|something (?:sharp|poisonous))"
        ),
        r"(?:is|are|has|have|been|was|got|gotten|getting|were|being|i|am) poisoned|poisoned (?:him|her|my|me|himself|herself|myself)",
        r"alcohol poisoning|(?:need|want|get me|call) (?:the )?poison control|carbon monoxide poisoning",
        r"(?:need|needs|have|get|got|any|bring) (?:the |some )?narcan",
        r"anaphylaxis|anaphylactic(?: shock| reaction)?",
        (
            r"(?:throat|airway|windpipe) (?:is |has |keeps |feels |feels like it is |started |was |feel ){0,5}(?:closing|closed"
            r"|swelling|swelled|swollen shut|tightening|tight and)(?: up| shut)?"
        ),
        (
            r"(?:tongue|lips|face|lip|mouth|neck|throat|eyes) (?:is |are |has |have |started |keeps |all |and (?:lips|face|tongue"
            r"|throat) ){0,5}(?:swelling|swelled|swell|swollen|swole|puffing|puffed|ballooning|ballooned|blowing)(?: up| shut)?"
        ),
        r"(?:severe|serious|major|terrible|massive|very bad|bad|life threatening) allergic reaction",
        (
            r"(?:used|use|using|need|needs|have|find|give|gave|jabbed)(?: (?:my|his|her|the|an|him an|her an"
            r"|a))? epi ?pen(?! (?:refill|prescription|refilled|training|coupon|price))"
        ),
        r"epi ?pen (?:is not|did not|does not|and) ",
        rf"allergic to (?:{WORD} ){{1,3}}?(?:and|but) (?:{WORD} ){{0,3}}?(?:ate|eaten|swallowed|drank|got stung|been stung)",
        rf"(?:ate|eaten) (?:{WORD} ){{1,4}}(?:and )?(?:{WORD} ){{0,3}}(?:is|am) (?:{WORD} )?allergic(?! to (?:you|work))",
        (
            r"(?:bitten|bit|stung) (?:[a-z]+ )?by (?:a |an |some )?(?:[a-z]+ )?(?:rattlesnake|snake|cobra|viper|copperhead|scorpion"
            r"|black widow|jellyfish)"
        ),
        r"(?:rattlesnake|snake|cobra|viper|scorpion) (?:just )?(?:bit|has bitten|bitten|stung)|snake ?bite",
    ),
)
