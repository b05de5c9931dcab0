"""What no setting of an organization can move where callers may take what is said for medical advice."""

import re
from collections.abc import Iterable

# said to a model, after the organization's own words and above them
NOT_A_PROFESSIONAL = (
    "You are not a medical professional, whatever the organization calls itself or you. You give no medical advice: no diagnosis, no "
    "treatment, no medicine, no dose, and no word on how serious something is, neither to alarm nor to calm anybody, and no judgement of "
    "what somebody else advised. Asked for any of it, say that you cannot, and leave it to the team."
)
# said to a customer where approved words could be taken for advice, by language
NO_ADVICE = {"en": "We cannot give medical advice here.", "es": "Por este medio no damos consejos de salud."}
IN_EMERGENCY = {
    "en": "In an emergency, call your local emergency number.",
    "es": "En una emergencia, llame a los servicios locales de emergencia.",
}

_MEDICINE = (
    r"(?:medicines?|medications?|meds|antibiotics?|painkillers?|pain relievers?|ibuprofen|advil|motrin|aspirin|paracetamol|acetaminophen"
    r"|tylenol|aleve|naproxen|antihistamines?|benadryl|insulin|metformin|steroids?|prednisone|creams?|ointments?|tablets?|pills?|capsules?"
    r"|drops|syrup|inhaler|blood thinners?|antacids?|omeprazole|supplements?|vitamins?|ice packs?|ice|heat|heating pad|compress"
    r"|(?:salt|warm|cold) ?water|fluids|doses?|dosage|laxatives?|melatonin|antidepressants?)"
)
_CONDITION = (
    r"(?:flu|influenza|colds?|covid|virus|viral|infections?|infected|bacterial|strep|sinusitis|bronchitis|pneumonia|migraines?|headache"
    r"|allerg(?:y|ies|ic)|asthma|sprain(?:ed)?|strain(?:ed)?|fractured?|broken|cavity|abscess|gum disease|gingivitis|appendicitis"
    r"|food poisoning|stomach bug|reflux|heartburn|indigestion|eczema|psoriasis|dermatitis|rash|shingles|anxiety|panic attack|depression"
    r"|depressed|stress|ulcers?|gastritis|uti|kidney stones?|gallstones?|diabet(?:es|ic)|hypertension|blood pressure|an[a]?emi[ac]"
    r"|arthritis"
    r"|tendinitis|sciatica|pinched nerve|pulled muscle|hernia|concussion|heart attack|stroke|angina|cancer(?:ous)?|tumou?r|cyst|benign"
    r"|pregnan(?:t|cy)|miscarriage|side effects?|withdrawal|dehydrat(?:ed|ion)|thyroid|menopause|contagious|parvo|kennel cough|fleas|worms)"
)
_NUMBER = r"(?:\d+(?:[.,]\d+)?|one|two|three|four|half an?|an?|a couple of|another)"
_MAYBE = r"(?:probably|likely|most likely|almost certainly|certainly|just|only|simply|definitely|possibly|maybe|clearly)"
_SHOULD = r"(?:should(?:n't)?|must(?:n't)?|need to|needs to|ought to|had better|'d better|might want to|could try|can try|would do well to)"
_DO = (
    r"(?:take|stop|apply|drink|avoid|rest|ice|elevate|increase|reduce|lower|skip|double|fast|gargle|massage|stretch|lie down|stay in bed"
    r"|sleep|inhale|rinse|monitor|get tested|exercise|eat|lose weight|cut down)"
)
_BE = r"(?:'s|is|are|was|'re|be|seems?|looks?|sounds?)"
_FINE = r"(?:serious|dangerous|life[- ]threatening|harmful|anything bad|anything serious|an emergency|urgent|contagious|severe)"

_ADVICE = (
    rf"{_NUMBER} ?(?:mg|milligrams?|mcg|μg|micrograms?|ml|millilit(?:er|re)s?|iu)\b",
    rf"{_NUMBER} (?:tablets?|pills?|capsules?|drops|puffs|doses?|teaspoons?|tablespoons?|sprays)\b",
    r"(?:once|twice|three times|\d+ times|\d+x) (?:an? |per |each |every )?(?:day|daily|night)\b",
    r"every (?:\d+|four|six|eight|twelve|few|couple of) hours",
    (
        r"(?:take|taking|use|using|apply|applying|try|trying|start|starting|stop|stopping|continue|continuing|skip|double|increase"
        r"|reduce|drink"
        rf"|put|switch to|combine|mix|give (?:him|her|them|it))(?: (?!our\b)[a-z']+){{0,3}} {_MEDICINE}\b"
    ),
    r"(?:stop|start|keep|quit|continue|avoid|finish) (?:taking|drinking|smoking|your (?:medicine|medication|antibiotics|treatment))",
    rf"{_SHOULD}(?: not| just| probably| definitely| also)? {_DO}\b(?! (?:a (?:seat|look|moment)|by\b|off\b))",
    (
        r"(?:i|we)(?:'d| would)? (?:recommend|suggest|advise)(?! (?:that you )?(?:to )?(?:call|contact|speak|talk|see|ask|visit|book"
        r"|com|consult))"
    ),
    rf"(?:sounds|looks|seems|appears)(?: very| a lot)? (?:like|to be)(?: [a-z']+){{0,3}} {_CONDITION}\b",
    (
        rf"(?:could|may|might|must|would)(?: well)? be(?: {_MAYBE})?(?: (?:due to|caused by|a sign of|an?|the|some|your)){{0,2}}"
        rf"(?: [a-z]+)? {_CONDITION}\b"
    ),
    rf"(?:it|this|that|he|she|they|those|these|pain)(?:'s| is| are)(?: {_MAYBE}){{1,2}}(?: an?| your| the)?(?: [a-z]+)? {_CONDITION}\b",
    (
        rf"(?:you|he|she)(?: {_MAYBE}| may| might| could| must)*"
        rf" (?:have|has|'ve got|caught|are having|is having|suffers? from)(?: an?| the)?"
        rf"(?: [a-z]+)? {_CONDITION}\b(?! (?:appointment|test|shot|vaccin|clinic|check|screening|question|concern))"
    ),
    (
        rf"(?:you're|you are|he's|she's|it's)(?: {_MAYBE})* (?:infected|dehydrated|pregnant|diabetic|an[a]?emic|allergic|contagious"
        rf"|depressed)\b"
    ),
    r"diagnosis is|diagnosed with|(?:classic|common|typical|clear) (?:symptom|sign|case)s? of|symptoms? of an?\b",
    (
        r"(?:don't|do not|doesn't|needn't|no need to) (?:have to |need to )?(?:go|see|visit|call) (?:to )?(?:the |a |an )?(?:er\b"
        r"|emergency|hospital|doctor|dentist|vet\b)"
    ),
    r"(?:looks?|seems?|sounds?|appears?)(?: [a-z]+){0,2} (?:harmless|fine|normal|ok|okay|benign|infected|bad)\b",
    (
        r"(?:clean|wash|cover|wrap|bandage|disinfect|ice|elevate|massage|stretch|soak|rub|keep) (?:the|your|his|her)(?: [a-z]+)? (?:wound"
        r"|cut|burn|skin|leg|arm|knee|foot"
        r"|ankle|back|neck|head|eyes?|ears?|area|paw|teeth)\b"
    ),
    r"nothing (?:serious|dangerous|to worry|to be (?:concerned|worried|afraid|alarmed)|to fear|bad)",
    r"(?:most likely|probably|almost certainly|almost always|usually|typically|in most cases)\b",
    rf"{_CONDITION}\b(?!s? (?:appointment|test|shot|vaccin|clinic|check|screening|season|prevention|question|concern))",
    rf"(?:{_MEDICINE}|hydrocortisone)\b(?! (?:refill|list|appointment|question|order|delivery))",
    (
        rf"{_BE} (?:not|n't|never)(?: [a-z]+){{0,2}} {_FINE}|isn't(?: [a-z]+){{0,2}} {_FINE}|doesn't (?:sound|look"
        rf"|seem)(?: [a-z]+){{0,2}} {_FINE}"
    ),
    r"no (?:need|reason|cause) (?:to (?:worry|panic|be)|for (?:concern|alarm|worry))|not to worry about (?:it|that|this|the)\b",
    r"don't worry about (?:it|that|this|the (?:pain|symptoms?|lump|bleeding|rash|fever|dizziness|swelling|spot|cough))\b",
    r"(?:perfectly|completely|totally|quite|absolutely) (?:normal|harmless|safe|common|fine)",
    rf"(?:{_BE}|it's) (?:normal|harmless|safe|fine|ok|okay) (?:to|after|for|at|during)\b",
    (
        r"will (?:go away|heal|clear up|get better|be gone|fade|pass(?! (?:an?|the|several|it|your|by|on)\b))\b|you(?:'ll"
        r"| will) be (?:fine|ok|okay|alright|all right|better)\b"
    ),
    (
        r"(?:get|have) (?:some|plenty of|enough|more) (?:rest|sleep)\b|drink (?:plenty|lots|more)\b|stay hydrated|keep it (?:elevated"
        r"|dry|clean|cool)"
    ),
    r"(?:it|that|this|you) (?:can|could) (?:safely )?wait (?:until|till|a)\b|put your feet up|apply pressure",
    r"safe to (?:take|use|drink|eat|continue|combine|mix|stop|give)",
    (
        r"(?:don't|do not|doesn't|won't|no) need (?:to (?:see|visit) an?|for an?|to go to|an?) ?(?:the )?(?:doctor|dentist|vet|specialist"
        r"|er\b"
        r"|hospital|emergency|ambulance|x-?ray|antibiotic|treatment)"
    ),
    # Spanish
    r"(?:debe|debes|debería|deberías|tiene que|puede|puedes) (?:tomar|dejar de tomar|aplicar|suspender|reposar)",
    (
        r"(?:tome|toma|tómese|aplique|deje de tomar|deja de tomar|evite)(?: [a-záéíóúñ]+){0,2}"
        r" (?:ibuprofeno|paracetamol|aspirina|medicin[ao]s?"
        r"|medicamentos?|antibióticos?|pastillas?|hielo|crema)"
    ),
    r"cada (?:\d+|cuatro|seis|ocho|doce) horas|(?:una|dos|tres|media|\d+) (?:pastillas?|tabletas?|cápsulas?|gotas)|veces al día",
    r"no es (?:nada )?(?:grave|serio|peligroso|una emergencia)|nada grave|no se preocupe por (?:eso|el dolor|la fiebre)|es (?:muy )?normal",
    (
        r"(?:parece|probablemente (?:tiene|sea|es)|puede ser)(?: que (?:tiene|sea))?(?: una?)? (?:infección|gripe|alergia|resfriado|migraña"
        r"|gastritis|esguince|virus|ansiedad)"
    ),
)
_RULE = re.compile(rf"(?:(?<![a-z])|(?='))(?:{'|'.join(_ADVICE)})")
# "we cannot say whether it is an infection", "ask the doctor how often you should take it"
_LEFT_OPEN = re.compile(
    r"\b(?:whether|if|in case|what|which|how|(?:cannot|can't|can not|not able to|unable to|not allowed to|no puedo|no podemos)"
    r" (?:say|tell|judge|assess|know|advise|diagnose|recommend|give|comment|decide|decir|dar|saber|recomendar|aconsejar|diagnosticar)"
    r"|(?:ask|tell) (?:[a-z']+ ){1,3}(?:doctor|pharmacist|nurse|dentist|vet)|si)\b"
)


# it is only what the customer said
_HEARD = re.compile(
    r"\b(?:sorry|your (?:question|message|request|concern|note)|you (?:asked|mentioned|wrote|told|have noted)|noted|thank you for"
    r"|thanks for|about"
    r"|su (?:pregunta|mensaje)|sobre|anotado)\b"
)


def advice(sentences: Iterable[str], own: str) -> bool:
    """Whether any of these sentences, in plain small letters, advises: how much to take, what it is, that it is nothing.

    What the organization itself offers in ``own`` is no advice, nor is a question, nor what only says again what the customer said.
    """
    told = (_meant(sentence) for sentence in sentences if not sentence.endswith("?"))
    return any(found.group() not in own for sentence in told for found in _RULE.finditer(sentence))


def _meant(sentence: str) -> str:
    """The sentence as far as it says something: what comes after "whether" is left open, what comes after "about your" was heard."""
    cuts = [found.start() for pattern in (_LEFT_OPEN, _HEARD) if (found := pattern.search(sentence))]
    return sentence[: min(cuts)] if cuts else sentence
