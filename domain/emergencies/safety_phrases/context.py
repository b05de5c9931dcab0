"""What takes a phrase back: denials, suppositions, tales, the past, general questions. Fragments over the plain form.

A denial or a frame stands before the phrase, and reaches it over a few words, but not over a new thought; the rest stands behind it.
"""

from domain.emergencies.safety_phrases.fragments import WORD

_TALE = (
    r"(?:movie|movies|film|book|song|songs|show|series|play|novel|episode|game|article|story|stories|documentary|album|podcast"
    r"|poem|track|lyrics?|scene|chapter|comic"
    r"|manga|anime|cartoon|trailer|musical|opera|drama|soap|sitcom|thriller"
    r"|script|video|tv|news|headlines?|newspaper|magazine|radio|poster|billboard|advert|ad|ads"
    r"|commercial|slogan|quote"
    r"|joke|meme|playlist|blog|exhibit|painting|fairy tale|pelicula|cancion|libro|noticias)"
)
_SIGN = (
    r"(?:ad|ads|advert|advertisement|commercial|sign|signs|poster|sticker|label|billboard|banner|slogan|headline|caption|title"
    r"|lyrics?|song|chorus|track|book|article|blog|manual"
    r"|leaflet|brochure|pamphlet|flyer|script|notice|shirt|t shirt"
    r"|mug|magazine|newspaper|movie|film|show|website|page|quiz|form|survey|card|box|package|recording|announcement|line|quote"
    r"|phrase|words|website)"
)
_TEACHING = (
    r"(?:training|course|courses|class|classes|lessons?|workshop|workshops|drills?|seminar|certification|exercise|simulation"
    r"|rehearsal|webinar|lecture|presentation|homework|essay"
    r"|paper|thesis|project|study|research|statistics|leaflet"
    r"|leaflets|brochure|brochures|pamphlets?|information|info|advice|questions?|policy|guidelines?|first aid|quiz|exam"
    r"|awareness|tips|protocol|procedure)"
)
_COVER = (
    r"(?:insurance|policy|plan|coverage|cover|covers|covered|claim|claims|deductible|premium|benefits?|warranty|compensation"
    r"|reimburse|reimbursed|pays?|paying)"
)
_AGO = (
    rf"(?:(?:{WORD} ){{0,3}}?(?:years?|months?|decades?|weeks|long time|while|week) (?:ago|back|earlier)|last (?:year|month"
    r"|decade|week|summer|winter|fall|spring|autumn|january|february|march|april|june|july|august|september|october|november"
    r"|december|christmas))"
)
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|the past|college|high school"
    r"|childhood|the (?:(?:first |second |great |civil |vietnam |korean |gulf |cold )?(?:world )?war|fifties|sixties|seventies"
    r"|eighties|nineties|army|war|navy|military|summer|winter|spring|fall)|vietnam|iraq|afghanistan|korea|[0-9]{4}s?"
    r"|my (?:childhood|youth|teens|twenties|thirties))"
)
_AGE = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|(?:twenty|thirty|forty|fifty)(?: [a-z]+)?)"
_TONGUES = (
    r"(?:spanish|french|german|italian|english|portuguese|chinese|mandarin|japanese|korean|russian|arabic|hindi|latin|swedish"
    r"|dutch|polish|turkish|greek|thai|vietnamese|another language|sign language|esperanto|[a-z]{3,}ish|[a-z]{3,}ese"
    r"|[a-z]{3,}ian)"
)
# what ends the reach of a word that takes back: a new thought, help asked for, a new subject
_NEW_THOUGHT = r"but|because|so|help|now|such|and (?:i|he|she|my|there|we|they|it|now|someone|the)"
_SUBJECT = r"i|he|she|it|we|they|you|my|his|her|our|their|the|there|this|that|someone|everyone|mi|el|ella"
# idioms with a denial in them that denies nothing of what follows
HOLLOW_DENIALS: tuple[str, ...] = (
    (
        r"no (?:joke|kidding|lie|idea|doubt|time(?: to (?:waste|lose|talk|explain))?|matter what"
        r"|one (?:else )?(?:is )?(?:helping|answering|answers|helps|is coming|came|believes me|picks up|is here))"
    ),
    (
        r"not (?:joking|kidding|lying|a (?:joke|drill|prank|test|false alarm)|making this up|just|only|merely|sure(?: (?:what"
        r"|if|how|why|whether|but))?|doing|feeling|looking|(?:feeling |doing |looking )?(?:too |so )?(?:well|good|great|okay"
        r"|right|fine|himself|herself|myself))"
    ),
    (
        r"(?:do|does|did) not know(?: (?:what|how|where|why|who|if|whether|when))?(?: (?:to do|to say|happened|is happening"
        r"|is going on|is wrong))?"
    ),
    (
        r"(?:do|did|does) not (?:hang up|leave|go|panic|worry|care|understand|mean to|intend to|want to|let me|listen|answer"
        r"|help|stop|think straight|look good|sound good|feel (?:good|well|right))"
    ),
    r"can not (?:wait|talk|speak|believe|see|hear|get|reach|find|call|afford|come|think|stop|drive|hang on|hold on|sleep|take)",
    r"will not (?:stop|wait|go away|help|listen|answer|work)",
    r"never(?= (?:[a-z]+ ){1,6}?(?:like this|this (?:bad|much|severe|strong)|so (?:bad|much|severe)|such))",
)
# before the phrase, in the same breath: reach a few words, but no pause and no new subject
DENIALS = (
    r"(?:no|(?<!can )(?<!could )not|never|without|nor|neither|none|no one|denies|denied|denying|sin|nunca|ningun|free of"
    r"|absence of|instead of|rather than|prevent|prevents|preventing"
    r"|avoid|avoids|avoiding|since (?:my|his|her|the|a)"
    r"|after (?:my|his|her|a|having a)|following (?:my|his|her|a)|from (?:my|his|her|a|the)|before (?:my|his|her)|survived"
    r"|recovered from|recovering from"
    r"|what (?:is|are|causes)|(?:afraid|fear|phobia|terrified|scared|risk|chance|chances"
    r"|odds|danger) of)"
)
DENIAL_REACH = rf"(?: (?!(?:{_NEW_THOUGHT}|and|{_SUBJECT})\b){WORD}){{0,4}}"
# fever, cough or PHRASE: what is denied of the first is denied of the last
DENIED_LIST = (
    rf"(?:no|not|without|any|denies)(?: (?!(?:{_NEW_THOUGHT}"
    rf"|{_SUBJECT})\b){WORD}){{1,4}}(?:,(?!(?:{_SUBJECT})\b){WORD}(?: (?!(?:{_SUBJECT}|is|are)\b){WORD}){{0,3}}){{0,4}},?(?: or"
    rf"| nor| and no)(?: {WORD}){{0,3}}"
)
DENIED_LIST_AFTER = rf"(?:,{WORD}(?: {WORD}){{0,3}}){{0,3}},? or {WORD}"
# the same, with a subject of their own: suppositions, general questions, what is taught, insured and watched
FRAMES: tuple[str, ...] = (
    r"(?:play|stream|queue|download|rent|recommend|watch|streaming)",
    r"(?:do|does|did) not (?:think|believe|suppose)|doubt",
    r"in case(?: of)?|what if|in the event(?: of| that)?|hypothetically|suppose|supposing|imagine|assuming|let us say|pretend",
    r"pretends|pretended|pretending|whenever|unless|nobody said|no one said",
    (
        r"(?<!know )(?<!sure )(?<!wonder )(?<!wondering )(?<!see )(?<!tell )(?<!check )if (?:i|you|we|he|she|they|it|there|this"
        rf"|that|someone|anyone|everyone|a|an|the|my|your|his|her|our|one|people|customers|patients)(?: {WORD})? ?(?:(?:think"
        r"|thinks|suspect|see|notice|believe|find|feel|know) (?:that )?(?:someone|you|he|she|they|there|i|a|the|it|your|my) ?)?"
    ),
    (
        r"(?:how|what) (?:do|would|can|should|could) (?:i|you|we|one|they|people|someone) (?:know|tell|say|spell|translate"
        r"|prevent|avoid|treat|react|pronounce|call|write|do)(?: (?:if|when|that))?(?: (?:someone|i|you|a person|a|the|my|there"
        r"|he|she|people|it|they))?"
    ),
    r"when (?:someone|anyone|you|people|a|one|patients|customers|should)",
    (
        r"(?:on|watching|watched|watch|saw|seen|read|reading|heard|hear) (?:on |in |about |of )?(?:the|a|that|this|an|my|his"
        rf"|your|en la)? ?(?:{WORD} )?{_TALE}(?: {WORD})?"
    ),
    (
        r"(?:history|risk|chance|chances|signs?|symptoms|definition|types?|causes?|meaning|incidence|victims?|survivors?|fear"
        r"|cost|price|spelling|synonyms?|word) (?:of|for)"
    ),
    r"family history",
    (
        rf"{_TEACHING} (?:about|on|for|in|against|of|is|with|regarding|around|concerning|where|to|what|and)(?: (?:what|how|when"
        r"|to|do|if|a|someone|somebody|case|treating|handling|preventing)){0,5}"
    ),
    (
        rf"{_COVER} (?:for|against|in case|if|when|on|after|about|of|me|us|out|a|an|damage|from)?(?: (?:i|my|the|someone|a|an"
        r"|you|we|house|damages?|if|for|from|have|had|has|due|to|caused|by)){0,5}"
    ),
    (
        r"(?:do|does|can|could|did) (?:you|your [a-z]+|the [a-z]+|they|this [a-z]+) (?:treat|handle|cover|sell|carry|offer"
        r"|teach|provide|do|see|respond|deal|have|stock|know|ever|feel|smell|pay|include|recommend|experience)"
    ),
    r"(?:are|have|were|did|had) you (?:having|experiencing|feeling|had|ever|have|been)?",
    r"(?:is|was|were|are) there (?:a|an|any|anything)|ever (?:had|have|been)|any (?:history|signs|symptoms)",
    (
        r"(?:how (?:much|long|often|many|common|expensive|likely|to)|cost (?:of|to)|bill (?:for|from)|charged? (?:for|me)"
        r"|price (?:of|to)|pay (?:for|to)|invoice for|definition of|define|explain|synonym|what does|what happens|spell"
        r"|spelling|translate|difference between|tell me about|read about|pronounce)"
    ),
)
FRAME_REACH = rf"(?:[ ,](?!(?:{_NEW_THOUGHT}|i|he|she|we|they|my|our)\b){WORD}){{0,5}}"
# what is told, dreamt, quoted or long over: as far, whoever is spoken of
TALES: tuple[str, ...] = (
    (
        rf"{_TALE}(?: {WORD})? (?:about|called|named|where|in which|with|titled|when|that|says|said|on|of|by|sobre|de)(?: (?:the"
        r"|a|an|he|she|someone|they|i))?"
    ),
    (
        rf"{_SIGN} (?:that |which |just |here |on it |which ){{0,5}}(?:says|said|reads|read|goes|went|called|saying|tells|told|stated"
        r"|states|telling|is|was|i want|claims)(?: (?:that|to|me|the|i|if|he|she)){0,5}"
    ),
    r"(?:had|have|having|a) (?:a |an |this |the |weird |bad |terrible |crazy ){0,5}(?:dream|nightmare)|dreamed|dreamt|dreaming",
    r"(?:saw|heard|read|reading|learned|hearing) (?:about|that|of|online)|news (?:that|of)|reported(?:ly)? ",
    (
        r"(?:who (?:sings|sang|wrote|plays|played|directed|stars|recorded|covered)|^(?:can you |could you )?(?:play|stream|queue|sing"
        r"|put on|add|skip)|listen(?:ing)? to|tickets (?:for|to)|showtimes (?:for|of)|seats (?:for|to)|copy of|lyrics (?:to|of)"
        r"|screening of)"
    ),
    rf"{_AGO}",
    rf"when (?:i|he|she|we|they) (?:was|were) (?:a|young|little|in|younger|small|[0-9a-z]+ years)|used to|back in(?: {_MONTH})?",
    r"once upon|as a (?:child|kid|teenager|teen|baby|boy|girl)|previously|formerly|in the past|long ago|years before",
    rf"(?:can|could|does|do|did|will|would) (?:{WORD} ){{1,4}}?(?:cause|lead to|trigger|result in)",
    r"(?:which|what) (?:number|doctor|department)",
    (
        r"(?:character|hero|villain|detective|actor|actress|protagonist|avatar|player|sim|author|writer|singer|puppet|dummy"
        r"|mannequin)(?: [a-z]+)?"
    ),
    r"(?:quoted?|quoting|citing|the (?:phrase|word|words|line|sentence|quote|caption|hashtag|expression|term))",
    r"(?:as|for) (?:a )?(?:joke|prank|halloween|cosplay)",
    r"(?:role play|role playing|acting|rehearsing|filming|shooting a scene|practicing|practising|practice|simulating|fictional)",
    rf"(?:in|from) (?:the|a|that|this|an|my|his|your) (?:{WORD} )?{_TALE}",
)
TALE_REACH = rf"(?:[ ,](?!(?:{_NEW_THOUGHT})\b){WORD}){{0,5}}"
# behind the phrase, over a few words
BEHIND: tuple[str, ...] = (
    rf"(?:about |like |around |over |almost |nearly |more than |some |just )?{_AGO}|in (?:the )?{_MONTH}|back in",
    rf"when (?:i|he|she|we) (?:was|were) (?:a|young|little|younger|in|small|[0-9]+|[a-z0-9]+ years|{_AGE})",
    rf"as a (?:child|kid|teenager|teen|baby|boy|girl)|at birth|hace (?:{WORD} )?(?:anos|meses)",
    rf"in {_TONGUES}(?=$|,)|mean(?:s)?$|on (?:that|the|my|this|your) (?:playlist|album|soundtrack|setlist)",
)
BEHIND_REACH = rf"(?:[ ,](?!(?:{_NEW_THOUGHT}|i|we|they|since|like|as|from|for|than|worse|same|please)\b){WORD}){{0,4}}?"
# behind the phrase, at once
RIGHT_BEHIND: tuple[str, ...] = (
    (
        r"(?:insurance|training|course|class|classes|prevention|awareness|survivors?|drills?|costume|claim|coverage|policy"
        r"|workshop|clinics?|unit|ward|department|specialists?|hotline|charity|foundation|walk|statistics|rates?|(?:a "
        rf"|an )?(?:common |normal |known )?(?:side effects?|symptoms? of|signs? of)|{_TALE})"
    ),
    rf"(?:in|from|on|at the end of) (?:the|a|that|this|my|his|minecraft|fortnite|gta)(?: {WORD})? ?(?:dream|{_TALE}|character)",
    r"in (?:minecraft|fortnite|gta)",
    r"(?:just )?(?:kidding|joking)|by (?:demi lovato|adele|talking heads|[a-z]+ (?:on|from) (?:spotify|my))",
)
