"""Falls, crashes, burns, water, current."""

from domain.emergencies.safety_phrases.fragments import ANYONE, HIM, KIN, WORD, Group

SERIOUS_INJURY = Group(
    (
        "skid|drove|rolled|slid|plung|went|gone|into|struck|run over|ravine|canal|out of|off |under|into the|knocked"
        "|fallen|from the|kids|passenger|hit|jumped|down"
        "|collision|pileup|rollover|buried|dragged|hypotherm|frostbite|submerged|boiling|hot |acid|chemical|bleach|zapped"
        "|touch|slipped|falling|fall |went |gone |bottom of|swept|beaten|wounded|back|ferry|boat|mowed|people|everyone"
        "|children|someone|ran over|fell|burn|scald|electrocut|electric|shocked|drown|pool|water|crush|trapped|injur|hurt"
        "|accident|crash|neck|spine|feel|degree|lake|river|broken|skull|wreck|pinned|bone|stuck|heat|current|sinking|sea"
    ),
    (
        (
            r"(?:was|got|been|has been|is|getting|were|gotten|just) (?:hit|struck|run over|ran over|knocked down|knocked over"
            r"|mowed down|dragged) by (?:a|an|the|another|some)? ?(?:[a-z]+ )?(?:car|truck|bus|train|van|motorcycle|motorbike"
            r"|vehicle|lorry|driver|bike|tram|suv|tractor|forklift|lightning)"
        ),
        (
            r"(?:car|truck|bus|train|van|lorry|driver|vehicle|motorcycle) (?:has |just )?(?:hit|struck|ran over|run over"
            rf"|knocked down) (?:{HIM}|a (?:{KIN}|pedestrian|cyclist|biker)|(?:two|three|some) (?:people|children))(?! from behind)"
        ),
        (
            rf"{ANYONE} (?:has |have |just )?(?:fell|fallen|jumped) (?:off|from|out of|out|through|down) (?:a|an|the|of|his|her|our"
            rf"|my)?(?: of)? ?(?:{WORD} )?(?:roof|ladder|balcony|window|building|scaffold|scaffolding|tree|bridge|cliff|stairs"
            r"|staircase|steps|horse|floor|storey|story|ledge|height)"
        ),
        r"(?:third|3rd|second|2nd) degree burns?(?! cream)|(?:badly|severely|seriously) (?:burned|burnt|scalded)",
        (
            rf"(?:burned|burnt|scalded) (?:(?:him|her|my|his|myself|himself|herself)(?: {WORD})? )?(?:badly|severely|really bad"
            r"|all over|bad)"
        ),
        (
            rf"(?:boiling|hot|scalding) (?:water|oil|grease|coffee|tea|soup) (?:{WORD} ){{0,3}}?(?:over|on|onto) (?:{HIM}|his|her|my"
            r"|himself|herself|myself)"
        ),
        rf"(?:acid|chemicals?|bleach) (?:{WORD} )?(?:in|on|into|over|at) (?:(?:my|his|her) (?:eyes?|face|skin|body|mouth)|{HIM})",
        r"electrocuted|electrocuting",
        (
            r"(?:got|had|been|getting|received|took) (?:an? |a bad |a big )?(?:electric(?:al)? shock|current shock|current)"
            r"(?! (?:location|bill|plan|balance))"
        ),
        r"(?:shocked|zapped) by (?:a |the )?(?:wire|outlet|live|power|electric|socket)",
        r"touch(?:ed|ing) (?:a|the) (?:live|power|electric) (?:wire|line)",
        rf"{ANYONE} (?:is |are |am |was |has |have |just |almost |nearly |must have ){{0,5}}(?:drown(?:ing|ed)?)",
        r"drowning (?:in the|in a|at the|out|near|help|child|now|$)",
        (
            rf"(?:pulled|pulling|got|dragged) (?:{HIM} )?(?:out of|from|out) (?:of )?(?:the )?(?:pool|water|lake|river| sea |ocean"
            r"|bathtub|bath|canal|pond)"
        ),
        (
            rf"{ANYONE} (?:has |have |just |is |was ){{0,5}}(?:fell|fallen|fall|falling|slipped|went|gone) (?:in|into|in to|under|through)"
            rf"(?: the| our| a| my| their)? (?:{WORD} )?(?:pool|water|lake|river| sea |ocean|pond|canal|well|ice|bathtub|tub|creek)"
        ),
        r"(?:at|on) the bottom of the (?:pool|lake|tub)",
        (
            rf"(?:can not|could not) (?:{WORD} )?feel (?:my|his|her) (?:legs|arms|body|feet|lower body|limbs|arms or legs)"
            r"(?! it is (?:so )?cold)"
        ),
        r"(?:broke|broken|snapped) (?:my|his|her) (?:neck|back|spine|skull)|neck (?:is|might be|may be) broken",
        r"bone (?:is )?(?:sticking|poking|coming) (?:out|through)|(?:fractured|cracked) (?:his|her|my) skull",
        (
            r"(?:pinned|crushed|trapped|stuck|buried) (?:under|underneath|beneath|inside|in|by|between) (?:a|an|the|my|his|her"
            rf"|our)?(?: {WORD})? ?(?:car|truck|vehicle|rubble|debris|wreck|wreckage|machine|tractor|forklift|tree|collapsed|wall"
            r"|fire|burning|flood|water|snow|avalanche|building|tank|well|mine|silo)"
        ),
        (
            r"(?:went|gone|goes|been) under(?: the)?(?: water| waves| ice)?(?:,| and| he| she| but){0,5} (?:he |she |they )?(?:has|have"
            r"|did|is|are|does) not (?:come|came|coming|surfaced|resurfaced|surfacing)"
        ),
        (
            r"(?:car|truck|van|bus|vehicle|boat|bike) (?:has |just )?(?:went|gone|drove|slid|rolled|fell|crashed|plunged|skidded)"
            rf" (?:in|into|off)(?: the| a| of the)? (?:{WORD} )?(?:river|lake|water|canal|sea|pond|ravine|cliff|bridge|ditch)"
        ),
        (
            rf"{ANYONE} (?:is|are|am|got) trapped(?! in (?:a |this |the |your ){{0,5}}(?:contract|loop|menu|meeting|marriage|job|cycle"
            r"|relationship|system|queue|call|conversation))"
        ),
        r"trapped underneath",
        (
            r"(?:car|truck|van|vehicle|boat|bus|we are|i am|ferry) (?:that )?(?:is |are )?(?:sinking|underwater|under water"
            r"|submerged|filling (?:up )?with water|in the (?:river|lake|water|canal))"
        ),
        r"swept away|water is (?:rising|up to (?:my|our|the))",
        r"(?:seriously|badly|severely|critically|gravely) (?:hurt|injured|wounded|beaten)",
        (
            r"(?:people|someone|everyone|children|driver|passenger|passengers|kids) (?:is|are|was|were|got|have been|has been)"
            rf" (?:{WORD} )?(?:hurt|injured|trapped|bleeding|unconscious|dying|dead)"
        ),
        (
            rf"(?:accident|crash|wreck|collision|pileup|rollover)(?: {WORD}){{0,5}}? (?:hurt|injured|trapped|injuries|bleeding|dead"
            r"|dying|unconscious|not moving|stuck inside)"
        ),
        (
            r"(?:there (?:is|was|has)(?: been)?|we had|just had|i had|been in|was in|saw|there was|is) (?:a |an )?(?:serious"
            r"|terrible|horrible|major|awful|head on|huge|nasty|fatal|very bad) (?:car |traffic |motorcycle |road )?(?:accident"
            r"|crash|wreck|collision)"
        ),
        (
            rf"{ANYONE} (?:has|have|is having|got|having|might have|may have|is|is suffering(?: from)?"
            r"|suffered) (?:a )?(?:heat ?stroke|hypothermia|hypothermic|frostbite and)"
        ),
        (
            rf"hit (?:my|his|her) head (?:and|is)(?: {WORD}){{0,5}}? (?:vomiting|throwing up|confused|bleeding|dizzy|unconscious"
            r"|not making sense)"
        ),
    ),
)
