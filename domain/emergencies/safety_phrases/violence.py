"""People who do harm, or are about to."""

from domain.emergencies.safety_phrases.fragments import ANYONE, HE, HIM, HOUSE, KIN, MANY, WORD, Group

_GUN = (
    r"(?:gun|knife|knives|firearm|pistol|rifle|machete|weapon|weapons|shotgun|handgun|axe|ax|sword|guns|revolver|blade"
    r"|baseball bat|hatchet|cleaver|crowbar)"
)
_NO_THREAT = (
    r"(?! (?:permits?|licen[cs]es?|safe|shop|store|set|sets|show|range|collection|collections|for (?:hunting|sale|cooking)"
    r"|block|case|rack|cabinet|sharpener|question|registration"
    r"|holster|insurance|and (?:a )?fork|skills?|rights|dealer"
    r"|dealership|laws?|owner|training|course))"
)
_HARMS = (
    r"(?:hitting|beating|attacking|strangling|choking|punching|kicking|stabbing|shooting|hurting|raping|molesting|abusing"
    r"|assaulting|slapping|smothering|drowning|burning|torturing|dragging|chasing)"
)
_HARM = (
    r"(?:kill|shoot|stab|hurt|attack|murder|rape|beat|strangle|burn|harm|cut|hit|choke|drown|assault|behead|poison|smother"
    r"|slash|jump|run over)"
)
_HARMED = (
    r"(?:hit|hits|beat|beats|punched|slapped|choked|strangled|kicked|attacked|raped|assaulted|stabbed|shot|bit|molested|abused"
    r"|pushed|shoved|smothered|burned|threw|grabbed|headbutted)"
)

VIOLENCE = Group(
    (
        "traffick|to get|get in|get his|get their|get back|get down|get open|gun|knife|knives|blow up|blowing|in my"
        "|hear|see people|see foot|see voice|see a |see noise|see strange"
        "|see something|see them|see him|glass|knock|bash|ticking|with wires|door|hid |locked|locks|running for|around him"
        "|around her|around my|here anymore|in side|walking|moving|upstairs|victim|coming in|come in|break|came|else in"
        "|know in|under my|under a|under the|against|hiding|in our|get me|right now|maul|bit|captive|prisoner|letting"
        "|let |locking|frighten|trespass|looting|getting in|get in|climb|forc|smash|bust|crawl|sneak|through|trying|tried"
        "|rap|poison|harm|headbutt|chased|jump|followed|tied|keeping|kept|run over|risk|ransom|behead| ax|slash|holding"
        "|cleaver|invasion|fighting|loaded|back|open|down|weapon|pistol|rifle|machete|axe|sword|armed|broke|intruder"
        "|burglar|robb|prowler|kill|shoot|shot|stab|murder|hurt|attack|assault|hit|beat|strangl|chok|punch|kick|slap"
        "|following|chasing|stalk|hostage|kidnap|abduct|bomb|explosive|violent|abus|molest|touch|scared|afraid|terrified"
        "|safe|danger|inside|window|stranger|someone|trafficked|fear|threat|blade|outside|physical|burn|mugged|fired|held"
        "|attic|basement|push|shov|smother|drown|bat|tortur|drag|hide|domestic|firearm|throw|threw|grab|cut|hatchet"
        "|crowbar|revolver"
    ),
    (
        (
            rf"(?:{HE}|{MANY})(?: {WORD}){{0,3}}? (?:has |have |got |had |with |is |are |pulled |pulling |pointing |pointed |points "
            r"|holding |carrying |waving |brandishing |swinging |wielding |pulls |came in |came |standing |out |there |here |he "
            r"|she |outside |inside |armed |at me |a |his |her |the |some ){1,5}(?:kitchen |big |hunting |butcher |loaded "
            rf"|real )?{_GUN}{_NO_THREAT}"
        ),
        (
            r"(?:with|pulled|pulling|pointing|pointed|points|waving|brandishing|swinging|wielding|holding|put|putting|puts|has"
            r"|held)(?: out)? (?:a|an|the|his|her) (?:big |loaded |hunting |kitchen )?(?:gun|knife|machete|pistol|rifle|weapon"
            r"|shotgun|axe|sword|blade)(?: (?:at|on|to|against|in|out|up)(?: (?:me|us|him|her|my|the (?:cashier|clerk|staff|store"
            r"|bank|head|throat|neck|people|teller))|$))"
        ),
        r"(?:is|are|he|she|they|man|men|guy|someone) (?:is |are )?armed(?! (?:forces|services))",
        r"armed (?:man|men|robbery|person|intruder|guy|robber|robbers)|(?:at|with) (?:gun ?point|knife ?point)",
        r"(?:gun|knife) (?:pulled|drawn|to (?:my|his|her) (?:head|throat|neck)|in (?:my|his|her) face)",
        (
            r"(?:break|breaks|breaking|broke|broken|kick|kicking|kicked|bust|busting|force|forcing|smash|smashing|climb|climbing"
            r"|climbed|sneaking|sneaked|crawling)(?: in| down| through| open)?(?: to| into| through| in| the){1,5} (?:(?:my|our|the"
            rf"|this|a|his|her) )?(?:{WORD} )?(?:{HOUSE}|building|shop|store|office|window|windows|front door|back door|door)"
            r"(?! (?:down by accident|code|glass guard))"
        ),
        (
            rf"(?:{HE}|{MANY}) (?:(?:is |are |has |have |was |just |might be |may be ){{0,5}}(?:trying to |tried to |attempting to )"
            r"(?:break|get|force|come|climb|kick)|(?:is |are |has |have |was |just |might be |may be ){0,5}(?:break|breaking|broken"
            r"|broke|climbing|forcing)) (?:his way |their way |their |back )?(?:in(?= |$|,)(?! (?:touch|line|for|early|to (?:work"
            r"|pay|see|pick))|to pick)|into|in through|through|down|inside|open)(?: (?:my|our|the|a|here)| while|$|,)(?! (?:next"
            r"|at the|tomorrow|trouble|college|school|the (?:program|account|system|app|website)))"
        ),
        (
            rf"(?:{HE}|{MANY}) (?:has |have |just |is |are ){{0,5}}(?:broke|broken|breaking) in(?=$|,| (?:and|he|they|through|again|while"
            r"|right|last night|tonight|downstairs|upstairs|to my|to our))(?! and (?:stole|took) (?:a|my) (?:laptop|bike) last)"
        ),
        (
            r"(?:hear|hearing|heard|see) (?:someone|people|footsteps|voices|a man|a noise|noises|strange noises|glass breaking"
            r"|somebody|something|them|him) (?:walking |moving |breaking |talking |climbing |coming |in ){0,5}(?:around )?(?:downstairs"
            r"|upstairs|in (?:my|the) (?:house|basement|attic|kitchen|garage)|inside|outside my (?:window|door|bedroom)|glass)"
        ),
        (
            r"(?:kick|kicks|kicking|kicked|break|breaking|bash|bashing|smash|smashing|beat|beating|knock|knocking) (?:my |the |our "
            rf"|down ){{0,5}}(?:{WORD} )?door (?:in|down)"
        ),
        (
            rf"(?:smashed|smashing|broke|broken|breaking) (?:the|my|our|a) (?:{WORD} )?(?:window|windows|door|glass) (?:and|to get)"
            rf" (?:{WORD} )?(?:came|come|coming|is|are|climbed|climbing|got|get|went|inside|entered|in)"
        ),
        (
            r"(?:trying|tried|tries|attempting) to (?:break|get|come|force|kick|smash|bust|climb) (?:in|into|down|through|inside)"
            rf"(?:side|to)? ?(?:my|our|the)? ?(?:{WORD} )?(?:{HOUSE}|window|door|back door|front door)"
        ),
        r"(?:home|house) (?:invasion|break in)|break in (?:progress|happening|right now)",
        r"(?:is|there is) (?:a )?(?:break in|breaking in|burglary|robbery)(?: (?:in progress|happening|going on|at|right|now)|$)",
        (
            rf"(?:intruder|intruders|burglar|burglars|robber|robbers|prowler|trespasser)(?: {WORD}){{0,2}}? (?:in|inside|outside|at"
            r"|downstairs|upstairs|on|is|are|here|trying|has|with)(?! insurance)"
        ),
        (
            r"(?:someone|stranger|strange man|man|men|people|person|guy|somebody else|he|ex) (?:is |are |broke |walking around "
            r"|hiding |i do not know |else |moving around |downstairs |upstairs ){1,5}(?:in|inside|in side) (?:my"
            rf"|our)(?: {WORD})? ?{HOUSE}"
        ),
        (
            r"(?:someone|a stranger|a man) (?:is )?(?:hiding )?(?:in|inside|under) my (?:house|home|apartment|flat|bedroom|closet"
            r"|bed|basement|attic|garage)"
        ),
        (
            r"(?:someone|man|stranger|he|guy|ex) is (?:at|outside|looking (?:in|through|into)|banging on|pounding on|peeking)"
            r" (?:my |the |our |in |through ){0,5}(?:bedroom |bathroom |kitchen |back |front )?(?:window|door)(?: (?:with|and|trying"
            r"|screaming|he|threatening|yelling)(?! (?:the )?(?:pizza|food|package|delivery|order))|$)"
        ),
        (
            rf"(?:hiding|hide|hid|locked myself) (?:in|under) (?:the|my|a) (?:{WORD} )?(?:closet|bathroom|bedroom|bed|wardrobe|room"
            r"|basement)(?: (?:from|because|he|and|with|so|they|while|they|there)|$|,)"
        ),
        (
            rf"(?:{ANYONE}|{MANY}) (?:is |are |am |was |were |just ){{0,5}}(?:being|getting) (?:{WORD} )?(?:robbed|mugged|attacked"
            r"|followed|chased|beaten|beat up|held|kidnapped|abducted|raped|stalked|abused|assaulted|strangled|trafficked|molested"
            r"|jumped|shot|stabbed|threatened|tortured|held up)(?! (?:by (?:emails|bots|ads|my (?:dog|cat))|up (?:at|in|by)"
            r" (?:traffic|work|customs)|on (?:instagram|twitter|facebook|tiktok)|liable|responsible|back|down|in the dark|a |over"
            r"|together))"
        ),
        r"robbery in progress|this is a (?:robbery|stick ?up|hold ?up)",
        (
            r"(?:robbing|robbed|holding up|shooting up|shooting at|shooting in|looting) (?:me|us|the|my|our|people|this)"
            r"(?= (?:store|shop|bank|place|gas station|house|at|right|now|and|school|mall|office|building|people|with)|$|,)"
        ),
        (
            r"(?:been|was|got|get|were|is|he is|someone got|just) (?:just )?(?:shot|stabbed|knifed|raped|sexually assaulted"
            r"|assaulted|kidnapped|abducted|held hostage|attacked by|attacked|beaten up|strangled|molested|jumped|gunned down"
            r"|mauled)(?! (?:in the dark|of|down|glass|glasses|put|for|on location|by (?:a )?(?:mosquitoes|bugs|critics)"
            r"|at (?:the )?(?:dark)))"
        ),
        (
            rf"(?:{HE}|i|{MANY}) (?:has |have |just )?(?:shot|stabbed|knifed|strangled|attacked|murdered|raped|kidnapped) (?:{HIM}"
            rf"|in the|{MANY})(?! (?:an? (?:email|text|message|look|quote)|over|down|with (?:emails|ads)))"
        ),
        (
            r"(?:is|are|been|keeps|started|was|were|man|car|someone) (?:following|chasing|stalking) (?:me|us|her|him|my [a-z]+)"
            r"(?= (?:home|in|and|down|around|for|on the|with|from|right|everywhere|i am|he|since|through|to)|$"
            r"|,)(?! (?:for (?:a )?(?:payment|money|an? )|and i (?:followed|follow)))"
        ),
        (
            rf"(?:{HE}|{MANY}) (?:is |are |was |has been |have been |keeps |keep |started |still |been |just |now |always "
            rf"|drunk and ){{1,5}}{_HARMS}(?: up| on)? {HIM}(?! (?:at (?:chess|tennis|golf|cards|it|poker|scrabble|checkers)|to"
            r"|in the (?:market|poll|polls|game)|with (?:emails|calls|questions)))"
        ),
        rf"(?:two|three|some|a lot of|bunch of) (?:{WORD} )?(?:{MANY}) (?:are )?fighting with (?:knives|bats|guns|weapons)",
        (
            rf"(?:he|she|they|someone|(?:my|her|his|the|our) (?:{WORD} )?{KIN}|{KIN}) (?:has |have |just "
            rf"|had )?{_HARMED} (?:up )?(?:me|us|my (?:{WORD} )?{KIN}|(?:the|our|his|her) {KIN}|{KIN})(?: (?:up|down|in|on|with|and"
            r"|again|so|across|really|against|because|hard|again|until|unconscious|repeatedly|last night|today|tonight|this morning"
            r"|now|over the head)|$|,)(?! (?:at (?:chess|tennis|golf|cards|poker)|from behind|with (?:a |an )?(?:bill|fee|quote"
            r"|email|charge|question|offer)|to (?:it|the)|on (?:facebook|instagram|the (?:phone|app))|up (?:on|about|for) "
            r"|(?:a )?party|under the bus|off))"
        ),
        (
            r"(?:threatened|threatening|threatens|going|trying|tried|tries|wants|wanted|about|want|vowed|promised|swore|came|coming"
            r"|threat|says he will|said he will|says he would|said he would|is going|plans"
            rf"|planning) (?:to )?{_HARM}(?:ing)? (?:up )?{HIM}(?! (?:up|for (?:a|the) (?:ride|chat)|with (?:kindness|a bill|fees)"
            r"|at (?:chess|cards)|an? (?:email|text|call|message|break)|some slack|down|off|back|slack|loose))"
        ),
        (
            rf"(?:{HE}|i) will (?:kill|murder|shoot|stab|rape) {HIM}(?! (?:with kindness|an? (?:email|text|message|note)|(?:if|when)"
            r" (?:she (?:sees|finds out)|i (?:forget|lose|am late|do not)|he sees)))"
        ),
        (
            r"(?:says|said|saying|telling|told me|swears|threatening) (?:that )?(?:he|she|they) (?:is|are) (?:going to|coming to)"
            r" (?:kill|shoot|hurt|get|burn|murder)"
        ),
        r"death threats?|threatening to (?:blow up|bomb|burn down|shoot up|burn|shoot)",
        r"(?:active|mass|school) shoot(?:er|ing)(?! (?:drill|training|policy|stars))",
        (
            rf"(?:there is|hear|hearing|heard) (?:a |an |some |lots of |multiple )?(?:{WORD} )?(?:gun ?shots?|shooter"
            r"|shooting(?! (?:star|range|stars|schedule))|gunman|gunfire|shots)(?! (?:of|for|at the bar|glass|blanks|photos"
            r"|available))"
        ),
        r"gun ?shots(?= (?:outside|in|near|coming|next|from|right|everywhere)|$)|gunfire",
        r"shots (?:have been |were |are being |are |being )?(?:fired|going off)|(?:opened|opening) fire|gunman",
        (
            r"(?:someone|he|man|guy|they) (?:is |are |was |started )shooting(?= (?:at|in|up|people|outside|everyone|and|us|right"
            r"|everybody)|$|,)(?! (?:a (?:video|movie|film)|hoops|pool))"
        ),
        (
            r"(?:bomb threat|(?:there is|has|have|planted|found|is|put|hid|about|got|with|left) (?:a "
            rf"|the )?(?:{WORD} )?bomb(?! (?:com|shelter|of|cyclone|squad))|bomb (?:in|at|under|inside|on) (?:the|my|our|this|a)"
            rf"|(?:package|bag|box|device|backpack|suitcase|car|parcel)(?: {WORD}){{0,6}} (?:ticking|like a bomb|with wires)"
            r"|a ticking (?:package|bag|box|device|sound (?:from|in))|(?:going|trying|threatening) to (?:blow|bomb) (?:up|us|the"
            r"|this|it|himself|everyone)|explosive device|pipe bomb|suicide bomber)"
        ),
        (
            r"(?:not|never) (?:let|letting) (?:me|us|her|my mother|my kids) (?:leave|go$|go home|out$|out of (?:the|this|here)"
            r"|use (?:the|my) phone|go anywhere|escape)"
        ),
        (
            r"(?:locked|locks|locking|trapped|holding|keeping|tied|kept) (?:me|us|her|him|my [a-z]+) (?:in(?:side)?(?= (?:the|a|my"
            r"|his|here|this)|$)|up(?= and|$| in)|hostage|captive|prisoner|against)(?! (?:the loop|mind|touch))"
        ),
        r"against (?:my|her|his|our|their) will",
        r"(?:held|taken|taking|holding|being held) (?:me |us |them |people )?(?:hostage|hostages|captive|for ransom)",
        (
            r"(?:kidnapped|abducted|kidnapping|human trafficking|being trafficked|sex trafficked|sexually (?:assaulted|abused"
            r"|abusing|assaulting)|raped|raping|gang raped)(?! (?:movie|insurance|by aliens))"
        ),
        (
            rf"(?:molesting|molested|molests|abusing|abused|abuses|touching|touched|touches) (?:me|him|her|my (?:{WORD} )?{KIN}"
            rf"|the {KIN}|a {KIN}|his {KIN}|her {KIN}|children|his children|my children|the children)(?= (?:inappropriately|sexually"
            r"|in a|when|where|at night|down there|and|again|every)|$|,)(?! (?:base|up))"
        ),
        r"(?:child|domestic|elder) abuse(?= (?:in progress|happening|going on|right now|next door|situation|at)|$)",
        (
            rf"(?:is|are|getting|gets|being|becoming|turned|turns|became|got|been) (?:{WORD} )?(?:violent|physically abusive"
            r"|abusive)(?: (?:with|to|towards|toward|and|again|when|at|now)|$|,)(?! (?:language|weather|storm|film|content))"
        ),
        r"(?:domestic violence|violent) (?:situation|incident|in progress|happening|attack)",
        r"victim of (?:domestic|sexual|family) (?:violence|abuse|assault)|in an abusive (?:relationship|marriage|home)",
        r"(?:physically|sexually) (?:hurting|abusing|attacking|fighting|harming)",
        (
            r"(?:scared|afraid|terrified|frightened|fear|fearing|fearful|fears|running) for (?:my|our|her|his|their) (?:life|lives"
            r"|safety|own safety)"
        ),
        (
            r"(?:scared|afraid|terrified|frightened) (?:of (?=him|her|my|what he)|to go home|to be home|to be alone with|he|she"
            r"|that he|that she|my (?:husband|boyfriend|ex|father|partner)) ?(?:my |will |is going to |might |is coming |him$"
            r"|her$)?(?:husband|boyfriend|partner|ex|father|stepfather|him|kill me|hurt me|kill us|come back and|hurt the|hurt my"
            r"|$)(?! (?:me how|in law is cooking))"
        ),
        (
            r"(?:not|never|no longer) (?:feel |feeling |be |)safe (?:at home|here(?: anymore|$)|with (?:him|her|my (?:husband"
            r"|boyfriend|partner|father|ex|stepfather|wife|girlfriend))|around (?:him|her|my)|in my (?:own )?(?:house|home"
            r"|apartment)|right now|anymore|$)(?! (?:website|payment))"
        ),
        (
            r"(?:i am|we are|she is|he is|they are|lives are|life is|children are|child is|i feel|we feel|people are)"
            r" in (?:(?:serious|grave|immediate|real|great|terrible|big|so much|extreme|mortal"
            r"|life threatening) )?danger(?! (?:of (?!dying|being killed)|zone))"
        ),
        r"(?:my|her|his|our) (?:life|lives) (?:is|are) (?:in danger|being threatened|at risk)",
        (
            rf"(?:dog|pitbull|pit bull|dogs|bear|animal|coyote|shark|bull)(?: {WORD}){{0,2}}? (?:attacking|mauling|attacked|mauled"
            rf"|biting|is attacking|has attacked) (?:{HIM}|a {KIN}|children|people|someone)"
        ),
        (
            rf"(?:being|was|got|getting) (?:attacked|mauled|bitten) by (?:a|the|two|his|their|my|some) (?:{WORD} )?(?:pitbull|dog"
            r"|dogs|bear|pit bull|alligator|shark|mountain lion)"
        ),
    ),
)
