"""Words that mean another one, words that say nothing, and the long words of danger that are recognized with a slip in them."""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHORT = (
    "isnt=is not; arent=are not; wasnt=was not; werent=were not; dont=do not; doesnt=does not; didnt=did not; havent=have not; "
    "hasnt=has not; hadnt=had not; wouldnt=would not; couldnt=could not; shouldnt=should not; cant=can not; cannot=can not; "
    "wont=will not; aint=is not; dnt=do not; cnt=can not; mustnt=must not; im=i am; ive=i have; hes=he is; shes=she is; its=it is; "
    "thats=that is; theres=there is; theyre=they are; theyve=they have; youre=you are; youve=you have; weve=we have; whos=who is; "
    "somebodys=someone is; someones=someone is; somebody=someone; everybody=everyone; nobody=no one; anybody=anyone; gonna=going to; "
    "wanna=want to; gotta=got to; tryna=trying to; finna=going to; lemme=let me; gimme=give me; u=you; ur=your; r=are; cuz=because; "
    "coz=because; bc=because; wid=with; wana=want to; wnt=want; hav=have; havin=having; wat=what; da=the; n=and; sum1=someone; "
    "some1=someone; sumone=someone; dat=that; od=overdose; oding=overdosing; oded=overdosed; mins=minutes; min=minutes; yrs=years; "
    "yr=year"
)
_SLIPS = (
    "brethe=breathe; breth=breathe; breeth=breathe; breath=breathe; brething=breathing; breating=breathing; breathin=breathing; "
    "breething=breathing; brathing=breathing; braething=breathing; breahting=breathing; breathng=breathing; chocking=choking; "
    "chokin=choking; choaking=choking; chokeing=choking; bleding=bleeding; bleedin=bleeding; bleading=bleeding; blleding=bleeding; "
    "siezure=seizure; seisure=seizure; seizing=seizure; polise=police; plice=police; poilce=police; popo=police; cops=police; "
    "stroak=stroke; storke=stroke; hart=heart; heartattack=heart attack; chestpain=chest pain; ches=chest; pian=pain; hurst=hurts; "
    "hurtin=hurting; killin=killing; kil=kill; dieing=dying; dyin=dying; fyre=fire; colapsed=collapsed; collasped=collapsed; "
    "stabed=stabbed; droping=drooping; diying=dying; sucide=suicide; suiside=suicide; suecide=suicide; unalived=unalive; "
    "emergncy=emergency; gass=gas; fone=phone; overdoze=overdose; ambo=ambulance; knive=knife; nife=knife; hous=house; shooted=shot; "
    "hiting=hitting; beting=beating; drownin=drowning; stabing=stabbing; coughin=coughing; wepon=weapon; mself=myself; "
    "ambulans=ambulance; coulnt=could not; myslef=myself; mysef=myself; hisself=himself; themself=themselves"
)
# one word for one relation
_FAMILY = (
    "mom=mother; mum=mother; mummy=mother; mommy=mother; mama=mother; momma=mother; amma=mother; mam=mother; stepmother=mother; "
    "stepmom=mother; dad=father; daddy=father; papa=father; appa=father; pops=father; stepfather=father; stepdad=father; "
    "granny=grandmother; grandma=grandmother; nan=grandmother; nana=grandmother; gran=grandmother; nanna=grandmother; "
    "grandmom=grandmother; grandmum=grandmother; abuela=grandmother; grandpa=grandfather; granddad=grandfather; grandad=grandfather; "
    "gramps=grandfather; infant=baby; newborn=baby; bubba=baby; kid=child; toddler=child; kiddo=child; kids=children; hubby=husband; "
    "bf=boyfriend; gf=girlfriend; neighbour=neighbor; neighbours=neighbors; bro=brother; moms=mother is; mums=mother is; "
    "dads=father is; babys=baby is; husbands=husband is; wifes=wife is"
)

# one word for another, so that a phrase has to be written once
SPELLINGS: Mapping[str, str] = dict(pair.split("=") for table in (_SHORT, _SLIPS, _FAMILY) for pair in table.split("; "))

# said on the way, of no weight in any phrase
FILLERS = _words(
    "actually already also apparently basically bloody certainly clearly completely currently damn definitely effing er erm even "
    "extremely freaking frickin fuckin fucking fully goddamn hm hmm honestly just kinda literally maybe mm obviously ok only "
    "possibly probably really seriously simply slightly sorta still suddenly super totally uh uhh uhm um umm very"
)
# what people star out because it is terrible, not because it is rude; the first that fits is meant
MASKED = ("kill", "killing", "killed", "raped", "rape", "gun", "shot", "suicide", "suicidal", "stabbed", "die", "dying")
# said to somebody: what is before is over
PAUSES = _words(
    "ah christ dear doc doctor god hello hey hi hlp hurry jesus listen look maam madam oh okay omg please plese pls "
    "plss plz quick quickly sir well yeah yep yes yup"
)
# these twice are not a slip of the tongue
TOLD_APART = frozenset(("one", "nine", "zero", "fire", "help"))

# none of them is one letter away from a word that people use
LONG_WORDS = _words(
    "ambulance ambulances anaphylactic anaphylaxis collapsed contractions electrocuted emergency hemorrhaging intruder kidnapped "
    "monoxide overdose overdosed overdosing paramedic paramedics seizure seizures strangling suffocating suicidal suicide "
    "unconscious unresponsive"
)
# each of them without one of its letters, and itself: what a slip of one letter has in common with it
WORDS_BY_GAP: Mapping[str, str] = {
    **{word[:at] + word[at + 1 :]: word for word in sorted(LONG_WORDS) for at in range(len(word))},
    **{word: word for word in LONG_WORDS},
}
