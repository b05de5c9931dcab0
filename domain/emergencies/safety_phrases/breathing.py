"""Who cannot breathe."""

from domain.emergencies.safety_phrases.fragments import ANYONE, BE, WORD, Group

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
        (
            rf"(?:lips|face|fingers|skin|fingernails|{ANYONE})(?: {BE}| has| have| all){{0,5}} (?:turning|turned|going|gone|went|look"
            r"|looks|looking|getting)?(?: all| a)? ?(?:blue|purple|gray|grey)(?! (?:color|one|shirt|car))"
        ),
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
