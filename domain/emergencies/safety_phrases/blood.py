"""Blood that does not stop, and a child that comes."""

from domain.emergencies.safety_phrases.fragments import ANYONE, HIS, WORD, Group

BLEEDING = Group(
    (
        "bleed|blood|hemorrhag|haemorrhag|cut|slit|slash|sever|amputat|artery|wound|gash|spotting|get it to|off|sliced"
        "|opened|crushed|impaled|bled"
    ),
    (
        r"(?:not|never) (?:stop|stopping) (?:the |his |her |this )?bleeding",
        r"bleeding (?:will|does|is|do|would|has|did) not (?:stop|stopping|stopped|slow|slowing)",
        r"can not (?:get (?:it|the bleeding) to stop|stop the blood)",
        (
            rf"bleeding (?:{WORD} )?(?:a lot|lots|badly|heavily|out$|out and|profusely|to death|everywhere|so much|too much|nonstop"
            r"|non stop|uncontrollably|heavy|internally|pretty bad|bad|all over|like crazy|severely|and will not|from everywhere"
            r"|out on)"
        ),
        (
            rf"bleeding (?:a lot |badly |heavily )?(?:from|out of|through) (?:(?:{HIS}|a) )?(?:{WORD} )?(?:head|neck|chest|stomach"
            r"|belly|ear|ears|eye|eyes|mouth|wrist|wrists|throat|leg|arm|face|back|wound|artery|skull|rectum|vagina|down there"
            r"|everywhere)"
        ),
        r"(?:heavy|severe|massive|serious|uncontrolled|internal|major|profuse|heavily) bleeding|bleeding heavily",
        r"h(?:a)?emorrhaging(?! (?:money|cash|customers|users))",
        rf"(?:lost|losing|loosing|loses) (?:{WORD} )?(?:a lot of|lots of|so much|too much|much|a ton of|tons of) blood|loss of blood",
        r"blood (?:is |was |has been |all |keeps ){0,5}(?:everywhere|all over|gushing|pouring|spurting|squirting|coming out|pooling)",
        r"(?:pool|puddle|covered|soaked) (?:of|in|with) blood|so much blood",
        r"(?:cough|vomit|throw|spit|puk|chuck|bring|pee|poop)(?:s|ed|ing|ting|e)?(?: out| up){0,5} blood|threw up blood|gushing blood",
        r"pouring blood|blood (?:in|when) (?:his|her|my) (?:vomit|i cough)",
        (
            r"(?:cut|slit|slashed|slashing|slitting|cutting|sliced|opened)(?: up| open)? (?:my|his|her|their)(?: own)? (?:wrists?"
            r"|throat|neck|artery|veins?|arms? open|vein)"
        ),
        r"hit an artery",
        (
            r"(?:cut|chopped|sawed|sliced|ripped|torn|tore|blew|blown|bit|bitten|took) (?:off )?(?:(?:my|his|her|the"
            r"|their) )?(?:tip of )?(?:finger|fingers|hand|arm|leg|foot|thumb|toe|toes|fingertip|ear)s? (?:right |clean )?off"
        ),
        r"(?:cut|chopped|sawed|sliced) off (?:my|his|her|the|their) (?:finger|thumb|hand|toe|foot|arm|leg)",
        (
            r"(?:finger|hand|arm|leg|foot|thumb|toe)s? (?:is |was |got |has been |been |were ){1,5}(?:cut off|chopped off|severed"
            r"|amputated|ripped off|hanging off|crushed)"
        ),
        r"severed (?:finger|artery|hand|arm|leg|foot|thumb)|stab wound|gunshot wound|bullet wound|impaled",
        r"(?:pregnant|weeks)(?: [a-z0-9]+){0,4} (?:bleeding|spotting heavily)|bleeding(?: [a-z]+){0,4} pregnant",
        r"deep (?:cut|gash|wound)(?: [a-z]+){0,5} (?:bleeding|stop)",
    ),
)

BIRTH = Group(
    "water|labor|head|labour|contractions|baby|crowning|giving birth|deliver",
    (
        r"(?:my|her|wife is|the) waters? (?:have |has |just )?(?:broke|broken|breaking)(?! (?:heater|main|bottle|pipe|bill))",
        (
            rf"{ANYONE} (?:is|am|are|went|gone|going|has gone|think|must be)(?: in| into) (?:active |premature |early "
            r"|preterm )?(?:labor|labour)(?! (?:and|union|market|costs?|day|law))"
        ),
        (
            rf"contractions (?:are |every |coming |come |is ){{1,5}}(?:{WORD} )?(?:[0-9]+|one|two|three|four|five|a few|few|couple"
            r"|minutes?)(?: minutes?)? ?(?:apart|minutes|in between)?"
        ),
        rf"contractions (?:are )?(?:{WORD} ){{0,3}}?minutes apart",
        (
            r"baby is (?:coming|crowning|coming out|almost out|halfway out)(?! (?:home|over|with|to|soon|in (?:june|july|may|august"
            r"|march|april)|next))"
        ),
        r"(?:head|baby) is crowning|(?:is|am) (?:giving birth|about to deliver)",
        r"having (?:the|her|a|my) baby (?:now|right|here|at home|in the (?:car|bathroom|taxi|cab|elevator))",
        r"see the (?:baby is )?head|baby is head is (?:showing|out|coming|crowning|visible)",
        r"baby (?:is |has |was |went |feels ){1,5}(?:so |all |very )?(?:limp|floppy|lifeless|cold and|not (?:kicking|moving))",
        r"(?:have not|can not|do not) (?:felt|feel) (?:the|my) baby (?:move|kick|moving|kicking)",
    ),
)
