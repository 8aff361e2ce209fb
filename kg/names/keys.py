"""A name -> its key, in which script, case, punctuation and spaces do not matter."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

import opencc

# Ideographs of the Basic Multilingual Plane, which is where names live.
_IDEOGRAPH: Final = re.compile("[\u3400-\u9fff]")
_WORD: Final = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=10_000)
def words_of(text: str) -> str:
    """The words of a name in lower case and simplified characters, one space between them.

    >>> words_of("Washington, D.C."), words_of("聯合國（UN）")
    ('washington d c', '联合国 un')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    simplified: str = _converter().convert(folded) if has_ideographs(folded) else folded
    return " ".join("".join(one if one.isalnum() else " " for one in simplified).split())


def key_of(text: str) -> str:
    """What two spellings of one name have in common: letters and digits alone.

    Accents stay, since they tell names apart (Los Angeles, Los Ángeles).

    >>> key_of("UN-Habitat") == key_of("un habitat")
    True
    """
    return words_of(text).replace(" ", "")


def has_ideographs(text: str) -> bool:
    """Whether a name is, in part, in Chinese characters."""
    return _IDEOGRAPH.search(text) is not None


def initials_of(text: str) -> str:
    """The key of an abbreviation that a name could have: the initials of its capitalised words.

    Empty where there are fewer than two.

    >>> initials_of("People's Republic of China"), initials_of("global city")
    ('prc', '')
    """
    initials = [word[0] for word in _WORD.findall(text) if word[0].isupper()]
    return key_of("".join(initials)) if len(initials) > 1 else ""


def pieces_of(key: str) -> set[str]:
    """Pieces by which similar keys find each other: two ideographs, or three other characters.

    Beginning and end count as a character, so that letters that changed places are no hindrance.

    >>> sorted(pieces_of("bonn"))
    ['^bo', 'bon', 'nn$', 'onn']
    """
    marked = f"^{key}$"
    size = 2 if has_ideographs(key) else 3
    return {marked[start : start + size] for start in range(len(marked) - size + 1)}


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
