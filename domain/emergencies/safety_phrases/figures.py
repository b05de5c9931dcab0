"""Figures of speech and announcements: words of danger said of pain, money, jokes and films. Cut out before the rules look."""

# said of pain, money, jokes and films, not of a body in danger
FIGURES: tuple[str, ...] = (
    r"(?:is|are|was|were|been) killing (?:me|us)(?! and)",
    (
        r"(?:die|died|dying|dead) (?:of|from) (?:laughing|laughter|boredom|embarrassment|curiosity|hunger|thirst|shame|heat"
        r"|excitement|cuteness|happiness)"
    ),
    (
        r"(?:die|dying) (?:to (?:know|see|try|hear|go|eat|have|meet|get|read|find|visit|tell|watch|learn)|for (?:a|some|that"
        r"|this|the) [a-z]+|inside|on the vine)"
    ),
    (
        r"(?:battery|phone|laptop|engine|line|signal|car|connection|plant|plants|watch|fridge|tablet|computer) (?:is |has "
        r"|just |are ){0,5}(?:died|dead|dying|die)"
    ),
    (
        r"(?:nearly|almost|about|gave me|giving me|give me|gives me|close to) (?:having |had |have |died of |got )?(?:a "
        r"|an )?(?:mini )?(?:heart attack|stroke|aneurysm|seizure)"
    ),
    r"(?:nearly|almost) (?:died|choked|drowned in|fainted when|passed out when|killed)",
    r"(?:heart attack|stroke|aneurysm|seizure) (?:when|over) (?:i|he|she|we) (?:saw|see|sees|heard|looked|opened|got|read)",
    r"(?:kill|killing|killed) (?:some |the |an |a few |a couple of )?(?:time|hours?|minutes?|birds|vibe|mood|lights)",
    (
        r"fire (?:sale|pits?|places?|sticks?|tv|walls?|drills?|extinguishers?|station|insurance|safety|hazards?|inspections?"
        r"|works|side|wood|tablets?|hd|escape|code|codes|kindle|starter|emblem|marshal|hydrant|proof|season|emoji|island|ants?"
        r"|truck toy|noodles|sauce)"
    ),
    (
        r"(?:i am|he is|she is|you are|we are|team is|band is|they are|sales are|business is) on fire(?= (?:today|tonight"
        r"|lately|recently|this|with|at|in the|sale)|$|,)"
    ),
    r"on fire (?:today|tonight|lately|this (?:week|season|month))",
    (
        r"(?:catch|caught|catching|hold|holding|lost|waste|save) (?:my|your|his|her|our) breathe? (?:running|jogging"
        r"|after the (?:run|stairs|game))"
    ),
    r"gas (?:station|stations|bill|bills|mileage|card|price|prices|money|meter|company|grill|pump|cans?|guzzler|giant|fireplace)",
    r"stroke of (?:luck|genius|midnight|a pen|brilliance)|(?:breast|back|brush|golf|key|swim|swimming|paint) ?strokes?",
    r"strokes? (?:rate|play|game|seat)|the strokes",
    r"heart (?:has |just |nearly |almost )?(?:stopped|skipped|sank|dropped) (?:a beat|when|at|for a)",
    r"heart attack (?:grill|burger|sandwich|burgers|fries)|(?:a )?panic attack (?:at|over) the",
    r"killer (?:deal|deals|whale|whales|heels|bees|queen|mike|workout|app|smile|sale|view|instinct)|murder mystery|lady killer",
    r"pain ?killers? (?:prescription|refill)",
    (
        r"(?:drowning|drown|choking|suffocating|suffocated|buried) (?:in|on|under|with|by|from) (?:all |so many |so much |my "
        r"|the |this |these |our |of ){0,5}(?:work|paperwork|debts?|emails?|mail|bills|fees|money|calls|laundry|exams|orders|data"
        r"|meetings|homework|dishes|messages|tickets|texts|sauce|tears|sorrows|under|pressure|interest|loans|stuff)"
    ),
    (
        r"chok(?:ed|ing|es|e) (?:in|under|at|on) (?:the |pressure |every |overtime ){0,5}(?:pressure|final|finals|game|quarter"
        r"|playoffs|inning|penalty|shootout|interview|line|set|interview|exam|test|presentation|end|moment)"
    ),
    (
        r"(?:bleeding|hemorrhaging|bled) (?:money|cash|edge|red|customers|obvious|users|revenue|talent|heart|hearts|love|me dry"
        r"|us dry)"
    ),
    r"(?:takes?|took|taking|leaves?|left|leaving) (?:my|your|our|his|her) breathe? away",
    r"breathe? (?:room|easy|exercises?|fire|space|mints?|of fresh air|down my neck|a word|a sigh)",
    r"breathing (?:room|easy|exercises?|fire|space|treatment|down|techniques?|machine)",
    (
        r"(?:shoot|shot|shooting|shoots) (?:me|us|him|her|you|over|them|my [a-z]+)? ?(?:back |over )?(?:an?|the|your|over|some"
        r"|one|quick) (?:quick )?(?:email|text|message|note|mail|line|quote|video|film|movie|wedding|photos?|pictures?"
        r"|commercial|scene|invoice|dm|look|smile|glance|question)"
    ),
    r"shoot (?:hoops|pool|the breeze|the messenger)",
    r"(?:bath|sex|glitter|photo|cherry|seed|jager|hair|stink|love|logic|truth|f) bombs?",
    r"bomb (?:dot com|ass|food|cyclone|shelter)|da bomb|the bomb(?=$|,)|cherry bombs",
    r"(?:knife|gun|sword) (?:sets?|block|sharpening|shows?|range|shop|sharpener|safe|permit|licen[cs]e|control|lobby|laws?)",
    (
        r"(?:nail|glue|top|heat|water|nerf|staple|spray|massage|squirt|toy|bb|paintball|caulk|grease|radar|price|temperature"
        r"|tattoo|rail|hot glue) guns?"
    ),
    r"guns n roses",
    (
        r"(?:butter|pocket|swiss army|steak|bread|palette|putty|utility|paring|chef|chefs|kitchen) (?:knife|knives) (?:set"
        r"|is (?:dull|blunt)|for|from)"
    ),
    (
        r"emergency (?:contacts?|fund|funds|savings|exits?|kits?|brake|loan|row|credit|lights?|number|department bill|room"
        r"|rooms|rations|generator|button|plumb[a-z]+|dental|dentist|locksmith|appointments?|repair|repairs|service call|leave"
        r"|landing|visa|passport|clinic|vet|slide|lane|cash|travel|phone number|line|medicine doctor|poncho|blanket|stop|use"
        r"|purposes|supplies|information|info)"
    ),
    (
        r"(?:not|never|no|hardly|is this|is that|is it) (?:a |an |really |quite |such |so ){0,5}(?:medical |real |life threatening "
        r"|major |true )?emergency"
    ),
    r"(?:non|no) emergency",
    r"if (?:this|it|that|you|there) (?:[a-z]+ ){1,6}?emergency(?:[ ,][a-z]+){0,10}[ ,](?:911|999|112|nine one one|ambulance)",
    (
        r"if (?:you|this|it|your|there|someone|anyone)(?:[ ,][a-z]+){1,14}?[ ,](?:call|dial|contact) (?:911|999|112"
        r"|nine one one|an ambulance|emergency services)"
    ),
    (
        r"(?:in|for|during)(?: an| a| any| all| case of| the event of| true| real| medical| life threatening){0,5} emergenc(?:y"
        r"|ies)(?:[ ,][a-z]+){0,8}[ ,](?:911|999|112|nine one one|ambulance)"
    ),
    (
        r"(?:call|dial|contact) (?:911|999|112|nine one one|an ambulance|emergency services"
        r"|the police)(?:[ ,][a-z]+){0,4}[ ,](?:if (?:you|this|it|your|there|symptoms|someone|the|they)|when (?:you|someone)"
        r"|for (?:emergencies|an emergency|any)|in case|in (?:an|any) emergency)"
    ),
    r"(?:career|social|political|commercial|financial|professional) suicide|suicide by (?:chocolate|words)",
    r"(?:would|could|will) (?:kill|die|murder|kill someone) for|kill (?:it|them|him|her|me) with (?:kindness|love)",
    r"(?:to|could) die for|over my dead body|drop dead (?:gorgeous|date)",
    r"dead (?:end|line|lines|weight|sea|zone|spot|spots|pixel|lift|pool|serious)|half dead|dead or alive|(?:left|gone) for dead",
    (
        r"(?:going to|will|would|gonna|is|are going to|may|might) (?:going to )?(?:kill|murder|strangle) (?:me|him|her|us)"
        r" (?:if|when|for|because|over)(?: [a-z]+){1,3}? (?:forget|forgot|lose|lost|late|miss|missed|spend|spent|broke|break"
        r"|bill|charge|scratched|dented|sees? (?:the|this|that)|do not (?:get|bring|find|buy|pick|book|finish|order|return|pay"
        r"|have)|return|booked|ordered|birthday|anniversary|price|mess)"
    ),
    (
        r"kill me (?:when|if) (?:she|he|they) (?:sees?|hears?|finds? out) (?:the|this|that|what i|how much|about the|i (?:spent"
        r"|bought|lost|booked|forgot|broke))"
    ),
    (
        r"(?:living|scared|frightened|worried|bored|tickled|beat|beaten|worked|sick|starved|loved|love|freezing|roasted|froze"
        r"|frozen) (?:me |him |her |us )?(?:half )?to death"
    ),
    r"dead(?:ly)? (?:tired|sexy|silent|broke)|dead tired",
    (
        r"(?:collapsed?|collapses|passed out|blacked out|fainted) (?:the (?:deal|menu|section|tab|roof rack|stroller|tent|row)"
        r"|on the (?:couch|sofa|bed) (?:after|from) (?:work|the (?:party|flight|gym)))"
    ),
    (
        r"(?:deal|market|company|bank|business|roof|bridge|merger|economy|stroller|tent|talks|negotiations) (?:has |have |just "
        r"|is |had ){0,5}collapsed"
    ),
    (
        r"(?:i|we|he|she|they) (?:was |were |got |am |is )?(?:shot down|attacked by (?:mosquitoes|bugs|ads|critics)"
        r"|robbed blind|highway robbery|murdered on)"
    ),
    r"daylight robbery|highway robbery|stick em up|shots? (?:of|glass|glasses)|flu shots?",
    r"(?:booster|allergy|b ?12|vaccine|tetanus|covid|rabies|shingles) shots?|my shots|best shot|long shot|take a shot",
    r"shot in the dark|(?:jump|head|mug|screen|snap|money|slap|over|sling)shots?|shot at (?:it|winning|redemption|love|the)",
    r"play(?:ing)? (?:dead|with fire)|(?:fight|fought|fighting) fire with fire|where there is smoke|fire in the hole|fire away",
    r"fire up|fired up|under fire|friendly fire|hang(?:ing)? fire|ring of fire|chariots of fire|great balls of fire|cat ?fish",
    r"catching fire (?:movie|book)",
    r"burning (?:man|calories|bridges|question|desire|love|cds?|dvds?|fat|the midnight|rubber|through)",
    r"burn (?:notice|ban|rate|calories)",
    (
        r"(?:hit|hits|hitting) (?:me|us|him|her) (?:up|with (?:a|an|the) (?:fee|bill|charge|email|text|quote|number)|like a"
        r"|on (?:facebook|instagram))"
    ),
    r"beat (?:me|him|her|us|them) (?:to it|to the|at|up on)|hit (?:the (?:road|gym|sack|books|spot|jackpot)|or miss)",
    r"(?:smoke|smoking|smokes) (?:free|weed|pot|a|section|room|allowed|area|policy|cigarettes?|cigars?|hot|gun|signals?)",
    r"non smoking|holy smoke|smoked (?:salmon|meat|turkey|brisket)",
    r"cut (?:myself|me|him|her|us) (?:some|off|a (?:deal|check|break))",
    r"kill (?:switch|bill|joy|zone|the (?:lights|engine|subscription|process|order|deal))",
    r"break (?:a leg|the ice|dance|the bank|even)|breaking (?:bad|news|point)",
)
