"""Which language a text is in, as far as its letters and smallest words tell: enough to see that a reply is in an evidently other one.

Languages are named as in BCP 47 (``en``). What has letters of its own is told by them, and stands for all languages that are written so.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

# Script, as Unicode's names of letters begin → the languages written in it. Kana beside Han is Japanese.
_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "CYRILLIC": ("ru", "uk", "bg", "sr", "mk", "be", "kk"),
    "GREEK": ("el",),
    "ARABIC": ("ar", "fa", "ur", "ps"),
    "HEBREW": ("he", "yi"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "BENGALI": ("bn", "as"),
    "GURMUKHI": ("pa",),
    "GUJARATI": ("gu",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "THAI": ("th",),
    "HANGUL": ("ko",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "CJK": ("zh", "ja"),
}
# small words that nearly every sentence of the language has some of
_SMALL: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and you your we our is are for of to in will with have has this that can not on at be it if please thank thanks i what"
        " when do how my was they from would any",
        "es": "el la los las de que en un una por para con su sus usted nosotros nuestro nuestra es está son gracias hola puede le se lo"
        " no cómo qué cuándo muy más pero sí mi hoy mañana favor cita necesito quiero tiene tenemos ha hemos del al y",
        "fr": "le la les des de du un une et est sont nous vous votre notre pour avec dans que qui ne pas sur merci bonjour votre vos nos"
        " au aux ce cette je il elle être avons avez pouvez plaît ou où c'est d'un l'équipe demain",
        "de": "der die das und ist sind wir sie ihr ihre ihren ihnen unser unsere für mit auf nicht ein eine einen von zu zum zur den dem"
        " im danke haben hat werden wird bei uns ich bitte wie wann kann können es auch guten morgen termin",
        "it": "il lo la gli le di che un una per con è sono noi voi suo sua nostro nostra grazie buongiorno non del della dei nel alla si"
        " ci ha abbiamo può come quando più ma mi domani vorrei anche",
        "pt": "o a os as de que em um uma por para com seu sua você nós nosso nossa é são obrigado obrigada olá não do da dos das no na ao"
        " mais mas eu está estamos pode temos como quando amanhã hoje",
        "nl": "de het een en van is zijn wij we u uw ons onze voor met op niet dat die te in aan bij bedankt hebben heeft kan kunnen wordt"
        " worden ik hoe wanneer ook maar naar morgen graag",
        "pl": "i w na z do nie jest się że to za po od dla o są czy jak nasz nasza państwa dziękujemy dziękuję proszę dzień dobry"
        " możemy mamy pan pani jutro chciałbym ma będzie",
        "tr": "ve bir bu için ile de da ne çok teşekkür ederiz ederim merhaba biz siz size bizim sizin olarak var yok mı mi lütfen nasıl"  # noqa: RUF001 - Turkish
        " yarın istiyorum değil daha en",  # noqa: RUF001 - Turkish has this letter
    }.items()
}
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
# of a reply: so many small words, so many times those of any other language, so large a share of all words
SURE_WORDS, SURE_TIMES, SURE_SHARE = 3, 2, 0.2
# a conversation has its language within so many words
READ_WORDS = 400


def evident(text: str) -> tuple[str, ...]:
    """The languages that a text is in for certain: one, or all of its script; none if it cannot be told."""
    script = _script(text)
    if script:
        return script
    words = _words(text)
    counts = _counts(words)
    [(best, most), (_, next_most)] = counts.most_common(2)
    sure = most >= SURE_WORDS and most >= SURE_TIMES * next_most and most >= SURE_SHARE * len(words)
    return (best,) if sure else ()


def possible(text: str) -> frozenset[str]:
    """The languages that a text may be in: a few words of a customer tell little, so whatever shares most of its small words."""
    script = _script(text)
    if script:
        return frozenset(script)
    counts = _counts(_words(text))
    most = max(counts.values())
    return frozenset(language for language, count in counts.items() if most and 2 * count >= most)


def tells_nothing(text: str) -> bool:
    """Whether there are some words in Latin letters, and none of the small ones of any language."""
    words = _words(text)
    return len(words) >= SURE_WORDS and not _script(text) and not any(_counts(words).values())


def of_locale(locale: str) -> str:
    """``en`` of ``en-IN``."""
    return locale.partition("-")[0].lower()


def is_known(language: str) -> bool:
    """Whether a text can be seen to be in this language, or not to be."""
    return language in _SMALL or any(language in languages for languages in _SCRIPTS.values())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))[:READ_WORDS]


def _counts(words: list[str]) -> Counter[str]:
    return Counter({language: sum(word in small for word in words) for language, small in _SMALL.items()})


def _script(text: str) -> tuple[str, ...]:
    """The languages of the script that most letters have; none of the Latin one."""
    letters = [letter for letter in text[: READ_WORDS * 10] if letter.isalpha()]
    scripts = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in letters)
    if scripts["HIRAGANA"] + scripts["KATAKANA"] and scripts["CJK"]:
        return _SCRIPTS["HIRAGANA"]
    script, count = next(iter(scripts.most_common(1)), ("", 0))
    return _SCRIPTS.get(script, ()) if 2 * count > len(letters) else ()
