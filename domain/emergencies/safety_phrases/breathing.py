"""Who cannot breathe."""

from domain.emergencies.safety_phrases.fragments import ANYONE, BE, WORD, Group

_CHANGE = "turning|turns|turned|going|gone|went|getting"
_BLUE = r"(?: all| a)? ?(?:blue|purple|gray|grey)(?! (?:color|one|shirt|car|eye|eyed|hair|for|and (?:white|black|red|green|gold)))"

NOT_BREATHING = Group(
    "breath|air|chok|suffocat|gasp|blue|purple|gray|grey|asthma|inhaler|oxygen|wheez|respirat",
    (
        rf"can not (?:{WORD} ){{0,2}}?breathe?",
        r"(?:can not|could not|not) (?:get|catch) (?:any |enough |a |my |his |her |their )?(?:air|breathe?)",
        r"(?:can|could) (?:hardly|barely|scarcely) breathe?|could not breathe?",
        r"(?:barely|hardly|scarcely|not|stopped|stop|stops|quit|no longer) breathing",
        r"not able to breathe?|unable to breathe?|(?:struggling|fighting|struggles) (?:to|for) (?:breathe?|air|breathing)",
        r"(?:trouble|difficulty|difficulties|problems?|hard time|issues?|hard|tough) (?:with |in |to |at )?(?:breathing|breathe?)",
        r"breathing (?:difficulty|difficulties|problems?|troubles?|issues?)",
        (
            r"breathing (?:has |is |have )?(?:stopped|stopping|shallow|weird|funny|strange|strangely|weirdly|labored|laboured"
            r"|irregular|so fast|too fast|so slow|slowing|slowly)"
        ),
        (
            r"(?:not|do not) (?:think|believe|look like|sure|know) (?:if |that |whether )?(?:[a-z]+ ){1,3}?(?:is |are |can )"
            r"(?:breathing|breathe?)(?! up)"
        ),
        r"not (?:taking|drawing|having) (?:any |a |his |her )?breaths?e?",
        r"(?:struggling|fighting|trying) (?:to|2|for) (?:breathe?|get (?:air|a breathe?|breathe?))",
        r"(?:short|shortness) of (?:breathe?|breathing)|gasping(?: for| and|$)|gasps for|breathless(?:ness)?",
        r"wheezing (?:so |and |real )?(?:bad|badly|can)",
        (
            rf"{ANYONE}(?: is| are| am| was| has been| keeps| started)? (?:chok(?:ing|es)|choked(?= on|$|,| and)|suffocating)"
            r"(?! (?:up|hold|hazard|point))"
        ),
        r"choking (?:on|to death)",
        rf"(?:lips|face|fingers|skin|fingernails)(?: {BE}| has| have| all){{0,5}} (?:{_CHANGE}|look|looks|looking)?{_BLUE}",
        # what is blue may be a uniform, and what they turned a shirt: of whom it is said decides what else must be said
        rf"{ANYONE}(?: {BE}| has| have| all| just| started){{0,4}} (?<!they )(?:{_CHANGE}){_BLUE}",
        rf"(?:he|she|baby|newborn|infant|toddler) (?:is|looks|is looking)(?: all| completely| really| so)?{_BLUE}",
        (
            r"(?:having|has|had|got|getting|bad|severe|terrible) (?:a |an |another )?(?:bad |severe |terrible "
            r"|major )?asthma(?:tic)? attack"
        ),
        r"inhaler (?:is |does |did |has |)(?:not (?:working|helping|work|help)|empty|run out)|no inhaler",
        r"without (?:my|his|her) inhaler",
        r"(?:running|ran|run) out of (?:air|oxygen)",
        r"oxygen (?:level |levels |saturation )?(?:is |are |has )?(?:dropping|dropped|falling|[5-8][0-9])",
    ),
)
