"""The words of the rules for replies: what nobody who only writes can promise, and what takes it back.

Fragments of regular expressions over plain small letters, in English and Spanish. ``reply_rules.py`` reads clause by clause.
"""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# what is said after one of these is denied, or depends on something
DENIED: tuple[str, ...] = (
    (
        r"not|never|nothing|nobody|no longer|cannot|\w+n't|unable|without|neither|nor|whether|if|once|when|until|unless|before|as soon as"
        r"|in case"
    ),
    r"no (?:env[ií]e|mande|comparta|escriba|diga|puedo|podemos|es|le|hay|tenemos|damos|se)|si|cuando|hasta que",
)
# said of nothing that is asked: money that need not be paid
UNPAID: tuple[str, ...] = (
    (
        r"(?:won't|doesn't|does not|will not|wouldn't|needn't|don't|do not)(?: \w+){0,3} (?:cost|charged?|pay|owe)\b(?! (?:numbers?"
        r"|details|by))"
    ),
    r"(?:there's|there is|there are|with|at|and|have) no (?:\w+ )?(?:fees?|charges?|costs?)\b",
    r"(?:fee|charge|debt|bill|interest) is (?:now )?(?:gone|forgiven|dropped|off)\b",
)
# what is said after one of these is what the customer wants, or what it is about
WANTED: tuple[str, ...] = (
    (
        r"you (?:asked|want|wanted|wish|would like|need|mentioned)|you'd (?:like|prefer)|would you like|do you want|usted (?:quiere"
        r"|desea|pidió)"
    ),
    r"(?:about|regarding|concerning|for) (?:an?|the|your|getting|having|whether)|asked (?:for|about|to)|to have|hope|asks?|check",
    r"(?:your|the) (?:question|request|wish|message|inquiry|enquiry|concern|note|claim) (?:about|for|to|on|regarding|that)",
    r"sobre|acerca de",
)
# a clause ends at any of these
CLAUSE_END = r"[.!?;:,\u2014\u2013()]+(?!\d)| - |\b(?:and|but|so|then|also|because|y|pero)\b"

_THING = (
    r"(?:appointment|booking|reservation|table|room|slot|visit|order|refund|transfer|payment|card|account|claim|request|change"
    r"|cancel(?:l)?ation|meeting|consultation|delivery|return|subscription|membership|password|place|spot|seat|ticket|service|loan"
    r"|application|mortgage|policy|limit|phone|repair|device|package|parcel)s?"
)
_DONE = (
    r"(?:confirmed|booked|scheduled|rescheduled|reserved|cancell?ed|refunded|approved|credited|waived|processed|activated|deactivated"
    r"|unlocked|shipped|dispatched|replaced|upgraded|granted|secured|locked in|blocked|frozen|paid|reset|changed|moved|transferred"
    r"|removed|deleted|extended|renewed|settled|resolved|fixed|made|added|arranged|ordered|purchased|issued|initiated|finali[sz]ed"
    r"|completed|saved|held|successful|ready|withdrawn|guaranteed|accepted|on (?:its|the) way|all set|good to go|in the system"
    r"|taken care of)"
)
_IT = rf"(?:you|your(?: [a-z0-9'-]+){{1,5}}?|it|that|this|everything|all|(?:the|an?|our)(?: [a-z]+)? {_THING})"
_ARE = r"(?:'s|'re|'ve been| is| are| was| were| has been| have been| got| gets)"
_SURELY = r"(?: (?:now|already|hereby|successfully|officially|all|just|also|both|been|being|fully))*"
_SOMEBODY = (
    r"(?:i|we|our (?:team|staff|doctors?|manager|office)|the (?:team|office|staff|doctor|manager|store|shop)|a (?:colleague|person"
    r"|team member|member of our team|technician|driver|doctor|nurse)|someone|somebody|they|he|she)"
)
_HAVE = r"(?:'ve|'s| have| has)?(?: just| already| now| also| gone ahead and| went ahead and| successfully)*"
_ACTED = (
    r"(?:booked|scheduled|rescheduled|reserved|cancell?ed|refunded|approved|credited|waived|confirmed|processed|issued|activated"
    r"|deactivated|unlocked|reset|replaced|upgraded|transferred|blocked|frozen|changed|moved|updated|removed|deleted|paid|shipped|ordered"
    r"|arranged|secured|extended|renewed|emailed you|e-mailed you|sent you|put you down|added you|signed you up|set (?:it|that|you) up"
    r"|made (?:the|an?|your|that) (?:appointment|booking|reservation|payment|change|transfer)|closed your|opened (?:an?|your)"
    r"|(?:saved|held|kept) (?:you )?(?:an?|the|your)|(?:penciled|pencilled|slotted|squeezed|fitted) you in)(?! our\b)"
)
_WILL = (
    r"(?:'ll| will| shall| can| am going to|'m going to| are going to|'re going to| is going to)"
    r"(?: gladly| happily| also| now| then| surely)*"
)
_ACT = (
    r"(?:book|schedule|reschedule|reserve|cancel|refund|credit|waive|reimburse|compensate|approve|unlock|reset|deactivate|activate|upgrade"
    r"|transfer (?:you|the|your|it)|block (?:your|the|it)|pay (?:you|for|your|the)|process (?:the|your|a) (?:refund|payment|return|claim"
    r"|cancel)|issue (?:you|an?|the)|give you (?:an?|the|your) (?:appointment|slot|table|spot|time)|make it up|extend (?:your|the)"
    r"|close (?:your|the) account"
    r"|replace (?:it|the|your)|guarantee|promise|match|beat|sue|delete (?:your|it|the)|change (?:your|the|it)|move (?:your|the|it)"
    r"|cover (?:the|your|it|all)|take care of (?:the|your) (?:cost|bill|fee|refund|payment)|squeeze you in|fit you in|pencil you in)"
)

# what only a person or another system can do: said to be done, or to be done for certain
ACTS: tuple[str, ...] = (
    rf"{_IT}{_ARE}{_SURELY} {_DONE}\b(?! (?:by|through|via|for|at|on|in|over) (?:phone|our team|the team|first|request|business))",
    rf"{_SOMEBODY}{_HAVE} {_ACTED}\b",
    rf"{_SOMEBODY}{_WILL} {_ACT}\b",
    (
        rf"(?:let me|allow me to|i'm|i am|we're|we are) (?:just |now )?(?:booking|scheduling|reserving|cancell?ing|refunding|processing"
        rf"|{_ACT})\b"
    ),
    rf"(?:happy|glad|pleased) to {_ACT}\b|(?:consider it|it's all|all) (?:done|taken care of|set|booked|sorted)\b|on us\b",
    (
        r"(?:will|should|shall|'ll) (?:definitely |certainly |soon )?(?:be (?:refunded|credited|waived|cancell?ed|approved|reimbursed"
        r"|replaced|delivered|shipped|fixed|repaired|resolved|fully \w+)|arrive|receive your (?:money|order|refund|parcel|package))\b"
    ),
    r"(?:went|gone) ahead|you're (?:eligible|entitled|in\b|on the list)|you (?:qualify|are eligible|are entitled|have won)|you've won",
    r"(?:will|'ll|to) (?:see you|come(?! back)|send (?:out|someone|somebody|a (?:technician|driver|replacement|new|car|truck|courier)))\b",
    r"(?:listo|hecho|perfecto)\b(?! (?:para|por))|(?:ya )?tiene (?:una |su )?(?:mesa|cita|reserva)\b|le (?:hacemos|hago) un|nos vemos",
    r"on (?:his|her|their|my|our|its|the) way\b|pay nothing|covers everything|covered in full|(?:is|are|it's) (?:yours|certain)\b",
    (
        r"(?:appointment|booking|reservation|order|refund|visit|reserva|cita) (?:confirmed|scheduled|booked|made|done|set|cancell?ed"
        r"|issued|approved|hecha|confirmada)"
    ),
    (
        r"(?:le|les|te) (?:guardo|guardamos|aparto|apartamos|reservo|reservamos)\b|(?:los|las|le|les|te) esperamos|cuenta de la casa"
        r"|invita la casa"
    ),
    r"you have an? (?:confirmed )?(?:appointment|booking|reservation|table) (?:on|at|with|tomorrow|today)\b",
    r"see you (?:on|at|then|tomorrow|today|tonight|there|next|this|soon for)|(?:we're|we are) expecting you",
    (
        r"(?:está|están|queda|quedan|quedó|ha sido|fue)(?: ya)? (?:confirmad|reservad|cancelad|agendad|programad|aprobad|reembolsad"
        r"|pagad)[oa]s?"
    ),
    r"(?:he|hemos|ya)(?: ya)? (?:reservado|confirmado|cancelado|agendado|reembolsado|programado|aprobado|cambiado|pagado)",
    (
        r"(?:le|te|les) (?:devolveremos|reembolsaremos|reservaremos|cancelaremos|cambiaremos|agendaremos|devolvemos|reembolsamos"
        r"|esperamos (?:el|a))"
    ),
)

_GIVE = (
    r"(?:get|gets|receive|give|giving|issue|issuing|offer|offering|send|grant|provide|apply|applied|enjoy|claim|entitled to|eligible for"
    r"|qualify for|you have|you'll have|with|here is|here's|arrange)"
)
# what an organization may offer, if it says so itself: every one of KEYS in the phrase must stand in its own words
KEYS = (
    r"refund|discount|credit|voucher|coupon|rebate|compensation|gift|cashback|waiver|guarantee|warrant|free|charge|cost|fee|complimentary"
    r"|price|rate|deal|offer\b|code|slot|opening|availab|vacanc|table|room|appointment|seat|spot|time|stock|same|next|overnight|money"
    r"|two for|lifetime|full|extended|year|garant|gratis|gratuit|cargo|reembolso|descuento|citas|mesas"
)
OFFERS: tuple[str, ...] = (
    (
        rf"{_GIVE} (?:you |them )?(?:an? |the |your |our |this |any )?(?:[a-z]+ )?(?:refunds?|discounts?|credits?|vouchers?"
        rf"|coupons?|rebates?"
        r"|compensation|gift cards?|cashback|waivers?)\b"
        r"(?! (?:requests?|questions?|claims?|forms?|policy|enquiry|inquiry|cards?|scores?|union))"
    ),
    r"guarantee[ds]?\b|warrant(?:y|ies) (?:covers|includes)|\b(?:i|we) (?:can )?(?:promise|assure you that|swear)|you have (?:my|our) word",
    r"(?:i|we) (?:definitely|certainly|absolutely) (?:will|can)|(?:will|can) (?:definitely|certainly|absolutely) ",
    r"free of charge|for free\b|at no (?:extra |additional |further )?(?:cost|charge|fee)|complimentary|on the house",
    r"no (?:extra |additional |hidden |delivery )?(?:costs?|charges?|fees?)\b",
    (
        r"free (?:delivery|shipping|consultations?|check-?ups?|trial|visit|exam|upgrade|replacement|quotes?|estimates?|cleaning"
        r"|gift|samples?"
        r"|service|repairs?|returns?|parking|coffee|wi-?fi|of cost)"
    ),
    (
        r"(?<!you )(?:is|are|it's|that's|comes|completely|totally|absolutely|entirely) free\b(?! to\b| on\b| from\b| until\b| that\b"
        r"| (?:for|at) \d)"
    ),
    (
        r"half price|special (?:price|offer|deal|rate)|(?:best|lowest) price|price match|(?:discount|promo|coupon) codes?|money.back"
        r"|two for one"
    ),
    (
        r"(?:we|i)(?: do| still| currently| also)* have (?:an? |some |several |plenty of |many |one |two )?(?:[a-z]+ )?(?:slots?|openings?"
        r"|availability|vacanc(?:y|ies)|(?:tables?|rooms?|appointments?|times?|seats?|spots?) (?:available|free|open|left))"
    ),
    r"(?:slots?|tables?|rooms?|appointments?|spots?|times?|dates?|seats?) (?:is|are) (?:still |currently |all )?(?:available|free|open)\b",
    (
        r"there(?:'s| is| are)(?: still)? (?:an? |some )?(?:openings?|slots?|tables?|appointments?|spots?|vacanc(?:y|ies))\b|in stock\b"
        r"|(?:same|next)[- ]day (?:delivery|service|repair|appointments?|shipping)|overnight (?:delivery|shipping)|money back"
        r"|as a gift|(?:lifetime|full|extended|\w+[- ]year) (?:warranty|guarantee)"
    ),
    r"garantiz\w+|garantía de|\bgratis\b|gratuit[oa]s?|sin (?:ningún )?(?:costo|coste|cargo|cargos)|reembolso (?:completo|total)",
    r"(?:un|con|el) descuento|le (?:prometo|prometemos)|hay (?:citas|mesas|lugares) (?:disponibles|libres)",
)

# What may be said to have happened or to happen; of everything else nobody who only writes can know. Verbs, and what follows "be".
HAS_HAPPENED = _words(
    "received noted recorded logged passed forwarded shared understood heard seen read listened asked told informed notified"
    " let alerted flagged got had been wanted hoped need missed tried enjoyed learned written taken reached mentioned called"
    " contacted provided described explained appreciated given handed relayed registered captured left said come happened"
    " answered"
)
WILL_HAPPEN = _words(
    "get suggest contact call phone ring reply respond answer let tell check look review find confirm help assist read pass forward"
    " reach discuss explain write speak talk note share ask handle investigate follow hear know need try do take see send text"
    " email give show inform clarify decide advise in happy glad pleased able here delighted contacted answered shared"
    " discussed passed forwarded reviewed informed closed open told asked needed gladly"
)
# the word after these is looked up in HAS_HAPPENED
HAPPENED: tuple[str, ...] = (
    (
        r"(?:i|we|you|they|team|staff|doctor|manager|colleague)(?:'ve| has| have)(?: \w+ly| just| already| now| also| all)*"
        r" (\w+ed|put|sent|made|given|set|frozen|done|found|bought|paid|won|sold|kept|held|begun)\b"
    ),
    r"(?:i|we)(?: just| already| also| now)? (\w+ed|put|sent|made|gave|took|set|froze|found|bought|paid|kept|held)\b",
    r"(?:has|have) been(?: \w+ly| now| already| all)? (\w+)",
    r"(?:he|hemos|ha|han)(?: ya)? (\w+[ai]do|puesto|hecho|escrito)\b",
)
# and after these in WILL_HAPPEN
HAPPENS: tuple[str, ...] = (
    r"(?:will|shall|(?:is|are|am) going to)(?: \w+ly| also| now| then| soon| be)* (\w+)",
    r"(?<=\w)(?:'ll|(?:'m|'re|'s) going to)(?: \w+ly| also| now| then| soon| be)* (\w+)",
)
HAPPENED_EN_ESPANOL = _words("recibido anotado tomado leído pasado escuchado entendido registrado sido escrito transmitido visto")

# when something will be, of which only a person can say so
_COUNT = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|ten"
    r"|twelve|twenty|thirty|forty-eight|half an|few|a few|couple of|dos|tres|pocos|pocas|en una?)"
)
WHENS: tuple[str, ...] = (
    (
        r"today|tonight|tomorrow|this (?:morning|afternoon|evening|week|weekend|month)|next (?:week|month|business day)"
        r"|end of (?:the )?(?:day|week)"
    ),
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|first thing|at once|immediately|right away|instantly|in no time|in a (?:minute|moment)",
    (
        rf"(?:by|before) (?:noon|midnight|the weekend)|{_COUNT}(?: to \w+|-\d+| or two)?(?: more| short| business| working)?[- ]"
        r"(?:minutes?|hours?|days?|weeks?|months?|minutos?|horas?|días?|semanas?)"
    ),
    (
        r"within the (?:hour|day|week)|hoy|mañana|esta (?:tarde|noche|semana)|(?:el|los|este) (?:lunes|martes|miércoles|jueves|viernes"
        r"|sábados?|domingos?)"
    ),
    r"enseguida",
)
# and when it is only about the hours
ABOUT_HOURS = (
    r"\b(?:open|opens|(?:our|opening|general|business|regular)(?: \w+)? hours|here|close[sd]?|closing|on (?:week|satur|sun)days"
    r"|weekdays|horario|abrimos|abren?|abiertos?|cierran?|atendemos|cerrad[oa]s?"
    r"|cerramos)\b"
)

_PRIVATE = (
    r"(?:(?:credit |debit |bank )?card (?:number|details)|cvv|cvc|otp|pin\b|password|passcode|passphrase|(?:one[- ]time|security"
    r"|verification|access|sms) code|social security|ssn\b|(?:bank )?account (?:number|details)|routing number|sort code|iban"
    r"|mother's maiden name|(?:the|your|that)(?: [\w-]+)? codes?\b|n[úu]mero de (?:su )?tarjeta|contraseña|clave"
    r"|código de (?:seguridad|verificación))"
)
# what nobody here may ask for
SECRETS: tuple[str, ...] = (
    (
        r"(?:send|text|tell|give|share|reply with|respond with|enter|provide|type|read|need|confirm|verify|what's|what is|let us have|email"
        rf"|env[íi]e\w*|mande\w*|d[íi]ga\w*|escriba\w*|indique\w*|cuál es)\b[^.!?;]{{0,60}}\b{_PRIVATE}"
    ),
)

# the sentence says again what the customer said, and promises nothing with it
HEARD: tuple[str, ...] = (
    r"your (?:question|request|wish|message|concern|note|inquiry|enquiry|call|interest|preference|report|charge|payment|bill|invoice)",
    r"you (?:asked|ask|mentioned|wrote|said|told|reported|want|wanted|wish|wished|would like|'d like|prefer|need|were charged|are asking)",
    (
        r"you'd (?:like|prefer)|(?:noted|sorry|apologi[sz]e|understood|understand|received|got it|we have|thank you for|thanks for|about"
        r"|regarding|concerning)"
    ),
    r"su (?:pregunta|mensaje|solicitud|consulta|deseo)|usted (?:pregunt|mencion|quiere|desea)|sobre|anotado|recibido|entendido",
)
# and this sentence claims something of its own, whatever else it repeats
CLAIMED: tuple[str, ...] = (
    (
        r"(?:price|cost|fee|total|rate|charge)s? (?:is|are|will|would|comes)|costs?|(?:is|for|pay) (?:only|just)|you pay|see you"
        r"|open (?:at|on|until)"
    ),
    r"come (?:in|by|at|over)|(?:will|'ll|can) (?:call|visit|come|arrive|be|meet|see|reach|have|give|send|do|deliver|get)",
    r"cuesta|es de|le esperamos",
)
