"""The search tokens of a text, in both languages.

English words are indexed by their singular. Hangul words are indexed by every substring of two syllables or
more, because Korean writes compounds as one word: "바다" has to find "겨울바다".
"""

import re
import unicodedata
from collections.abc import Iterator

from gallery.search import lexicon

TOKEN_LENGTH = 40
LONGEST_RUN = 12  # syllables of one Hangul word whose substrings are indexed: 66 tokens at most

WORD = re.compile(r"[가-힣]+|[^\W_가-힣]+")
POSSESSIVE = re.compile(r"['’]s\b")
STOPWORDS = {
    "a", "an", "and", "are", "at", "by", "for", "from", "his", "her", "in", "is", "it", "its", "of", "on",
    "or", "the", "their", "to", "with",
}  # fmt: skip
IRREGULAR = {
    "buses": "bus", "children": "child", "feet": "foot", "geese": "goose", "leaves": "leaf", "men": "man",
    "mice": "mouse", "shoes": "shoe", "women": "woman", "wolves": "wolf", "knives": "knife",
}  # fmt: skip


def is_hangul(word: str) -> bool:
    return "가" <= word[0] <= "힣"


def singular(word: str) -> str:
    """Light stemming: only the plural endings of English."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes", "oes")):
        return word[:-2]
    return word[:-1]


def words_of(text: str) -> list[str]:
    """The words of a text in the form in which they are indexed, without duplicates, in order."""
    text = POSSESSIVE.sub("", unicodedata.normalize("NFC", text).casefold())
    words = (
        word if is_hangul(word) else singular(word) for word in WORD.findall(text) if word not in STOPWORDS
    )
    return list(dict.fromkeys(word[:TOKEN_LENGTH] for word in words))


def tokens_of(text: str) -> Iterator[str]:
    """The search tokens of a text: its words, and the substrings of its Hangul words."""
    for word in words_of(text):
        yield word
        if is_hangul(word):
            run = word[:LONGEST_RUN]
            for start in range(len(run) - 1):
                yield from (run[start:end] for end in range(start + 2, len(run) + 1))


def in_the_other_language(word: str) -> str:
    """The word in Korean, or in English if it is Korean; empty if the lexicon does not contain it."""
    return lexicon.english(word) if word and is_hangul(word) else lexicon.korean(word)
