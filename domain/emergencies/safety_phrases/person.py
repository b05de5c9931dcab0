"""The wish for a person."""

from domain.emergencies.safety_phrases.fragments import Group

_TO_TALK = (
    r"(?:talk|speak|talking|speaking|chat|be (?:connected|transferred|put through)|connect me|put me (?:through|on)|transfer me"
    r"|get me|hand me (?:over)?|pass me|switch me|route me|redirect me|forward me|escalate me|get through|give me|get a hold of"
    r"|get in touch)"
)
_KIND = (
    r"(?:real|actual|live|human|store|shift|floor|senior|customer|service|care|support|sales|billing|technical|tech|bank"
    r"|different|another|other|better|local|duty|general|charge|nice|proper|living|breathing|flesh and blood|medical|qualified"
    r"|english speaking)"
)
_PERSON = (
    rf"(?:(?:an?|the|your|some|any|one of your|somebody|an actual|whoever is) )?(?:{_KIND} ){{0,5}}(?:human|humans|human being|person"
    r"|people|persons|agent|agents|representative|representatives|rep|reps|operator|someone|supervisor"
    r"|manager|managers"
    r"|receptionist|advisor|adviser|associate|specialist|attendant|staff|staff member|team member|employee|consultant|nurse"
    r"|doctor|pharmacist|dispatcher|clerk|teller|executive|counselor|therapist|higher up|boss|in charge|human resource"
    r"|customer service|customer care|customer support|reception|front desk)\b"
)
_WISH = (
    r"(?:want|wants|wanted|need|needs|like|love|prefer|rather|wish|can i|may i|could i|can we|could we|let me|have|got|able"
    r"|how (?:do|can|could) (?:i|we)|way|try|trying|possible|required|request|requesting|demand|insist on|asking|ask|waiting"
    r"|please)"
)

HUMAN_REQUESTED = Group(
    (
        "talk|speak|chat|phone|attendant|contact|rep|please|recording|automated|dealing|deal | ai|these|people|staff"
        "|being|customer|reception|get a hold|in touch|get through|redirect|get an|get some|get the|ring|return call"
        "|associate|specialist|machine|nurse|doctor|connect|put me|transfer|get me|hand me|pass me|human|person|agent"
        "|operator|call me|call back|bot|supervisor|manager|someone|callback|switch me|route me|computer|through to"
        "|give me|reach|forward|escalate"
    ),
    (
        (
            rf"{_WISH} (?:to )?(?:please )?{_TO_TALK} ?(?:to|with|through to|through)? {_PERSON}(?! (?:i am|who (?:is not)"
            r"|about my order yesterday))"
        ),
        (
            r"(?:^|[ ,])(?:talk|speak|chat|connect me|put me through|put me on|transfer me|transfer|transfer this call|get me"
            r"|hand me over|hand me|pass me|switch me|connect|connect us|route me|forward me|give me|escalate(?: this)?|reach)"
            rf"(?: over)? ?(?:to|with|through to|through)? {_PERSON}(?! (?:i am|who (?:is not)))"
        ),
        (
            r"(?:real|live|actual|living|human) (?:human|person|agent|representative|operator|human being|people|rep|supervisor"
            r"|being)(?! (?:estate|time|music|show|chat|resources))"
        ),
        (
            rf"(?:want|need|like|prefer|demand|require|wanted|get|have) (?:an? |some |the |your )?(?:{_KIND} ){{0,5}}(?:human|operator"
            r"|representative|supervisor|live agent|real person|agent|manager|human being)(?= (?:please|now|to|on|who|right"
            r"|immediately|not|and|for|here|instead|help)|$|,)"
        ),
        r"(?:call|ring|phone|get) me back",
        (
            r"(?:can|could|have|want|need|get|ask|would like|like) (?:you to |someone |a (?:person|human|manager|representative"
            r"|nurse|doctor) |the (?:manager|doctor|nurse) |to have someone |for someone ){1,5}(?:to )?(?:please )?(?:call|ring|phone"
            r"|contact) me"
        ),
        r"give me a (?:call(?: back)?|ring)|(?:want|need|request|like|have|get) a (?:call ?back|call back|phone call|return call)",
        (
            r"(?:stop|enough|tired of|sick of|done|no more|hate|hating) (?:talking |speaking |chatting |dealing |of ){0,5}(?:to "
            r"|with )?(?:this|the|a|these|talking to) (?:machine|machines|bot|bots|robot|robots|computer|ai|automated system"
            r"|recording)"
        ),
        (
            r"not (?:want to |wish to |like to |going to |)(?:talk|talking|speak|speaking|chat|deal|dealing|chatting) (?:to|with)"
            r" (?:a|an|this|the) (?:machine|robot|bot|computer|ai|recording|automated [a-z]+|virtual assistant)"
        ),
        (
            r"^(?:get |the |a |an |real |live |speak to |talk to |human |customer service |need ){0,5}(?:agent|operator|representative"
            r"|human|rep|real person|live person|live agent|supervisor|manager|customer service|customer care|human being|person)"
            r"(?: now| agent| representative| human| person){0,5}$"
        ),
        (
            r"(?:is there|are there) (?:a|an|any|anyone|someone|some) ?(?:real |actual |live |human ){0,5}(?:human|person|people|agent"
            r"|representative|one|someone)? ?(?:(?:i|that i|who|else i|available|there|here) (?:can |could )?)?(?:to )?(?:talk"
            r"|speak) (?:to|with)"
        ),
        r"anyone (?:real )?i (?:can|could) (?:talk|speak) (?:to|with)",
    ),
)
