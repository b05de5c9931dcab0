"""A life that somebody wants to end, in plain words and in those that people use instead; and thoughts of harming others."""

from domain.emergencies.safety_phrases.fragments import HIM, KIN, WORD, Group

_SELF = r"(?:myself|himself|herself|themselves|themself|ourselves)"
_MINE = r"(?:my|his|her|their)"
_MEANS_TO = (
    r"(?:want|wants|wanted|wanting|going|trying|tried|tries|planning|plan|plans|planned|about|threatening|threatened|threatens"
    r"|tempted|urge|urges|might|will|would"
    r"|may|could|ready|intend|intends|decided|need|deserve|wish|wishes|rather"
    r"|prefer|hoping|hope|like|ought|feel like|feeling like|thinking about|thinking of"
    r"|thoughts of|thought about"
    r"|thoughts about|idea of|ideas of|talking about|talks about|keep|keeps|kept|started|afraid i|scared i|worried i|think i|am"
    r"|is|been|be|of)"
)

SELF_HARM = Group(
    (
        "carrying|running|be with|fed up|up with|self|selves|suicid|run the|run his|run her|run this| end |notice|care"
        "|miss me|lined up|laid out|front of me"
        "|next to me|beside me|in my lap|driv|crash|steer|running my|running the|run my|the use|why|no longer|enough of"
        "|up on|way out|by the time|end the|end this|railway|good bye|planet|point |final|out on|up at|any reason|am at"
        "|am on|is on|is at|be here|being here|tracks|traffic|roof|railing|edge|razor|blade|pistol|belt|gone|born"
        "|easy way|one will|one would|worth|purpose|tonight|death|around|take all|taking all|swallow|face another|wake"
        "|asleep|for good|be over|of fighting|last words|farewell|it here|it for|it right|this pain|pain to|everything to"
        "|it to end|waking|tomorrow|see a reason|not see|the pain|my suffering|his suffering|my misery|finish|life|end it"
        "|end things|end everything|ending|die|dying|dead|live|living|exist|goodbye|without me|bridge|train|jump|noose"
        "|wrist|hang|hurt|go on|world|gun|anymore|pills|forever|no reason|no point|carry on|earth|knife|rope|kms|continue"
        "|keep going"
    ),
    (
        (
            r"(?:kill|killing|killed|kills|hang|hanging|hanged|hung|shoot|shooting|shot|drown|drowning|suffocate|strangle"
            rf"|electrocute|unalive|unaliving|stab|stabbing) {_SELF}(?! (?:up|out|short|laughing|trying|with laughter|over|at work"
            r"|in the foot|working|studying))"
        ),
        (
            rf"{_MEANS_TO} (?:to |be |have |me |been |been thinking of ){{0,5}}(?:hurt|hurting|cut|cutting|harm|harming|burn|burning"
            rf"|injure|injuring|off|offing|poison|poisoning|starve|starving|overdose|do something to|end) {_SELF}(?! (?:shaving|off"
            r"|short|some|at the|playing|cooking))"
        ),
        r"self harm(?:ing|ed|s)?|self injur(?:y|ing)",
        (
            rf"(?:take|taking|took|taken|end|ending|ended|throw away|finish) {_MINE}(?: own)? (?:lives|life)(?! (?:savings|insurance"
            r"|story|jacket|vest|seriously|membership|time|partner|for granted|back))"
        ),
        r"(?:to|gonna|want|will|can) unalive",
        (
            r"suicid(?:e|al)(?! (?:squad|prevention|awareness|hotline|burger|wings|sauce|doors?|kings?|mission|runs?|clause"
            r"|exclusion|blonde|door|statistics|rates?|bombers?|bombing|by words|girls|is painless|silence|soda))"
        ),
        (
            r"(?<!my )(?<!your )(?<!our )(?<!this )(?<!let is )(?:end|ending|finish) (?:it all|everything|it tonight|it now"
            r"|it today|it here|it for good|it forever|it right|things (?:tonight|now|for good|forever|today)|the pain|my pain"
            r"|my suffering|this life|his suffering|my misery|it$)"
        ),
        (
            r"(?:want|wants|wanted|wanting|wish|wishes|ready|rather|hope|hoping|prefer|deserve|deserves|trying|tried|planning|plan"
            r"|decided|like) (?:to )?(?:die|be dead|not exist|stop existing|stop living|not be alive|not be here anymore"
            r"|be gone forever|never wake up|not wake up|sleep forever|disappear forever|be with (?:god|jesus|mother|father) now)"
            r"(?! (?:of|from|for|to|on a hill|than))"
        ),
        r"(?:let me|going to let myself|make me) die(?! (?:of|from|for|to|laughing))|do not want to die(?! (?:of|from|on))",
        (
            rf"(?:i|we|he|she|{KIN}) (?:am|are|is) (?:all |now |here |alone ){{0,5}}(?:dying(?= (?:please|help|send|right|now|and|in"
            r"|on the|here on|slowly|he|she)|$|,)|going to die(?! (?:of|from|for|to|laughing|if i do not (?:get|have|eat|see|find)"
            r"|if we do not (?:get|have|eat|see|find)|someday|one day|of)))"
        ),
        r"(?:am i|is (?:he|she)) (?:dying|going to die)",
        (
            r"(?:think|feel like|feels like|scared|afraid|feel|felt) (?:that |as if )?(?:i|he|she|we|they) (?:am|is|are|was|might"
            r"|might be|could|will) (?:going to |be )?(?:die|dying)(?! (?:of|from|for|to|laughing))"
        ),
        (
            r"wish(?:es|ed|ing)? (?:that )?(?:i|he|she|they) (?:was|were|had|would|could) (?:dead|die|never (?:been )?born"
            r"|never wake up|not wake up|not (?:alive|be alive|exist|here anymore|be here anymore|been born)|fall asleep and"
            r"|disappear forever|sleep forever)"
        ),
        r"wish for death",
        r"better off (?:dead|without me|if i (?:was|were) (?:dead|gone))",
        r"better (?:place )?(?:without me(?! there)|if i (?:was|were|am) (?:dead|gone|not (?:here|around|alive)))",
        r"(?:happier|easier) (?:without me|if i (?:was|were|am) (?:dead|gone|not (?:here|around)))",
        r"no one (?:will|would) (?:miss me|care if i (?:die|died|was gone|am gone|disappear|disappeared))",
        (
            r"do(?:es)? not (?:want to|wanna|see the point in|see the point of|see any point in|see a reason to|see any reason to"
            r"|deserve to|feel like|care to) (?:live|living|be alive|being alive|exist|existing|go on living|continue living"
            r"|keep living|be in this world|be on this (?:earth|planet|world)|be here anymore|being here anymore|stay alive"
            r"|wake up (?:anymore|again|tomorrow|ever|in the morning anymore)|go on (?:anymore|like this|any longer|with life"
            r"|living))(?! (?:in|with|at|on|near|there|here|by|next|far|alone|outside|downtown|without (?:internet|wifi|a car|it)"
            r"|above|together)(?! earth))"
        ),
        (
            r"(?:what is|see) the (?:point|use) (?:of|in) (?:living|life(?= anymore| without)|being alive|going on|being here"
            r"|carrying on|existing|any of it anymore|staying alive)"
        ),
        (
            r"why (?:should i|do i|am i|bother|even bother) (?:live|living|be alive|being alive|stay alive|go on living|alive"
            r"|even alive)"
        ),
        (
            r"(?:no longer|not) (?:want|wish|wanting) to (?:live|be alive|exist|be on this (?:earth|planet)|be in this world)"
            r"(?= anymore|$|,| any)"
        ),
        (
            r"(?:had enough of|given up on|giving up on|give up on|gave up on|done with|over with) (?:life|living|my life"
            r"|this life)(?! insurance)"
        ),
        (
            r"(?:top|topping|neck|do away with|do|doing|take) (?:myself|himself|herself)(?: (?:in|out)(?= tonight|$|,| soon"
            r"| if))?(?=$|,| tonight| soon| if| in$| out$| because)(?<!do myself)(?<!do himself)(?<!do herself)(?<!doing myself)"
            r"(?<!doing himself)(?<!doing herself)(?<!take myself)(?<!take himself)(?<!take herself)"
        ),
        r"(?:no|only|any other|no other) way out(?= of (?:this life|this pain|life)| for me| anymore|$|,)",
        r"by the time you (?:read|hear|get) this|lost (?:the|my) will to live|(?:this is|it is) the end for me",
        r"(?:not|never) going to (?:wake up|see) (?:tomorrow|again)",
        (
            r"(?:no|any|a) (?:reason|point|reasons|purpose) (?:left )?(?:to|in|for|of) (?:live|living|life|go on|going on"
            r"|being alive|be alive|carry on|carrying on|existing|exist|staying alive|stay alive|be here|being here|keep going"
            r"|wake up|waking up)"
        ),
        r"(?:nothing|anything) (?:left )?to live for|(?:life|living|it) is not worth (?:living|it anymore|going on)|not worth living",
        (
            r"(?:can not|could not|not want to|not able to|unable to) (?:go on|carry on|continue|keep going|live|keep living"
            r"|do life|do this life|face (?:life|another day|tomorrow)|keep on living)(?: (?:anymore|like this|any longer|living"
            r"|any more|with this pain|any further)|$)"
        ),
        (
            r"(?:tired|sick|done|fed up|finished|exhausted) (?:of|with|from) (?:living|life|being alive|existing|this life|my life"
            r"|all this life|fighting to stay alive)(?! (?:here|in|with|at|insurance))"
        ),
        (
            r"(?:goodbye|good bye) (?:forever|world|note|letter|cruel|to (?:everyone|my (?:kids|children|family|mother|father|wife"
            r"|husband|friends|loved)))"
        ),
        r"(?:final|last) (?:goodbye|goodbyes|farewell|words to)",
        (
            r"(?:say|saying|said|wanted to say) (?:my |his |her |our )?(?:final |last )?(?:goodbyes?|good bye)(?: (?:before|because"
            r"|forever|one last|for good|to everyone))"
        ),
        r"(?:will|going to) not (?:be around|be here|wake up|see) (?:tomorrow|anymore|much longer|in the morning)|suicide note",
        (
            r"(?:no one|would anyone|will anyone|not anyone) (?:would |will )?(?:notice|care|miss me)(?: if i (?:was|were|am|died"
            r"|disappeared|just|killed|went))?(?! (?:if i (?:was|am|were) (?:late|absent|away|out|bald|five|ten)|about (?:my|the"
            r"|this)))"
        ),
        (
            r"(?:pills|tablets|meds|rope|gun|razor|razors|blade|knife) (?:are |is |all |here |ready |lined up |laid out "
            r"|loaded ){0,5}(?:lined up|laid out|in front of me|next to me|beside me|in my lap)"
        ),
        (
            r"(?:himself|herself|myself) in (?:the |his |her |my |a ){0,5}(?:bathroom|bedroom|room|garage|car) with (?:a |the |some "
            r"|his |her ){0,5}(?:razor|knife|gun|blade|pills|rope|razor blade)"
        ),
        (
            r"(?:want|wants|going|about|ready|threatening|wanna|gonna|thinking of|thinking about|wanted"
            r"|tempted) (?:to )?jump(?:ing)?(?=$|,| (?:help|he|she|i am|and end|now|tonight|please))"
        ),
        (
            r"(?:driv(?:e|ing)|crash(?:ing)?|steer(?:ing)?|run(?:ning)?) (?:my|the|his|her|this) (?:car|truck|bike) (?:off|into"
            r"|in front of) (?:a|the|an|that|some)? ?(?:bridge|cliff|wall|tree|river|lake|oncoming|truck|traffic|pole|ocean)"
        ),
        (
            rf"(?<!bungee )(?:jump|jumping|jumped|throw {_SELF}|throwing {_SELF}) (?:off|from|in front of|out of|under"
            rf"|onto)(?: of)? (?:a|an|the|this|that|my|our|his|her) (?:{WORD} )?(?:{WORD} )?(?:bridge|building|roof|balcony|window"
            r"|ledge|overpass|train|trains|bus|truck|traffic|tracks|moving car|rooftop|floor|subway|cliff)(?! (?:bungee|tour))"
        ),
        (
            r"(?:standing|sitting|out|up|am|is|stood) (?:here )?(?:on|at) (?:a|the|my|this) (?:edge|ledge|bridge|roof|rooftop"
            r"|railing|train tracks|tracks|railway)(?: of)?(?: (?:a|the|this|and|going|ready|about|looking down|bridge|roof"
            r"|building|wanting|thinking)|$)"
        ),
        r"(?:on|off) the ledge(?! (?:of glory|theater))",
        (
            r"(?:gun|knife|razor|blade|pistol|rope|noose|belt|shotgun)(?: (?:is|tied|wrapped|pressed)){0,5} (?:to|against|in|around|on"
            rf"|at) {_MINE} (?:own )?(?:head|throat|wrists?|neck|mouth|temple|arms?|veins?)"
        ),
        r"(?:made|tied|tying|making|got|have|has|bought|with) (?:a|the) noose",
        r"(?:pills|gun|knife|razor|rope|blade) in (?:my|his|her) (?:hands?|lap) (?:and|right|now|ready)",
        (
            r"(?:take|taking|swallow|swallowing) all (?:of )?(?:my|his|her|the|these|those) (?:pills|meds|tablets|medication"
            r"|medicine|sleeping pills|insulin)"
        ),
        r"(?:overdose|od) (?:tonight|on purpose|myself)",
        r"(?:sleep|asleep|disappear|gone) (?:and (?:never|not) wake(?: up)?|forever|for good)(?! (?:stamps|fresh|21|young))",
        r"never wake(?: up)?(?: again|$)|(?:want to|wanna|going to) kms",
        (
            r"(?:want|wants|wanted) (?:it|everything|the pain|my life|this life|life) to (?:be over|end|stop forever)(?! (?:well|on"
            r"|soon|by))"
        ),
        r"(?:take|taking) (?:the easy|an easy) way out",
        (
            r"(?:cross|crossed|jump|walk|walking|step|stepping|lie|lay|lying|laying)(?: down)? (?:into|in front of|on|onto)"
            r" (?:the )?(?:traffic|train tracks|tracks|train|railway tracks)"
        ),
    ),
)

HARM_TO_OTHERS = Group(
    "kill|hurt|harm|shot|shoot|stab|murder|shake|smother|strangle",
    (
        (
            r"(?:thoughts of|thinking of|thinking about|thoughts about|urge to|urges to|afraid i (?:will|might|am going to|would"
            r"|could)|scared i (?:will|might|am going to|would|could)|worried i (?:will|might|am going to)"
            rf"|voices(?: {WORD}){{0,4}} to) (?:kill(?:ing)?|hurt(?:ing)?|harm(?:ing)?|shoot(?:ing)?|stab(?:bing)?|shake"
            rf"|smother(?:ing)?|strangle) (?:{HIM}|it|others|everybody|other people)"
        ),
        (
            r"(?:i am going to|i want to|i will|he is going to|she is going to|they are going to|he wants to|she wants to"
            r"|we are going to) (?:kill|murder|shoot|stab|strangle|smother) (?:him|her|them|someone|everyone|you all|all of you|you"
            r"|my [a-z]+)(?! (?:if (?:he|she|they) (?:is|are|does|do) not|with kindness|an? (?:email|text|message|note)|over))"
        ),
        rf"i (?:killed|murdered|shot|stabbed|strangled) (?:him|her|them|someone|my {KIN})",
    ),
)
