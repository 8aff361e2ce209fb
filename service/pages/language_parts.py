"""The parts of a text that are in another language of the pages: quoted words, names, titles.

A browser reads them aloud and shows them as theirs if they are marked (WCAG 2.2, 3.1.2).
"""

import re
from typing import Final

from markupsafe import Markup, escape
from pyoxigraph import Literal

_HAN: Final = "\u3400-\u9fff"
# Chinese words, with the punctuation between and around them.
_CHINESE: Final = re.compile(
    rf"[《〈〔「『]?[{_HAN}](?:[{_HAN}\u3000-\u303f\uff00-\uffef·…—“”‘’]*[{_HAN}》〉〕」』])?[》〉〕」』]?"
)
_LATIN: Final = "A-Za-z\u00c0-\u024f"
_WORD: Final = rf"[{_LATIN}](?:[{_LATIN}]|['’.-](?=[{_LATIN}]))*\.?"
# Two or more words in Latin letters. A single one, and one with initials, is a name or the like.
_ENGLISH: Final = re.compile(
    rf"(?=[{_LATIN}'’.,:& -]*[{_LATIN}]{{2}}[.,:]* [{_LATIN}]{{2}})"
    rf"(?<![{_LATIN}\d_:/.#-]){_WORD}(?:[,:]? (?:& )?{_WORD})+(?![{_LATIN}\d_:/#])"
)
# By the language of the text, the pattern of the parts in another, and that language.
_OTHERS: Final = {"en": (_CHINESE, "zh"), "zh": (_ENGLISH, "en")}


def mark_languages(text: Literal) -> Markup:
    """Write a literal as HTML, with its parts in another language of the pages marked as such.

    >>> print(mark_languages(Literal("Called strong (强烈).", language="en")))
    Called strong (<span lang="zh">强烈</span>).
    >>> print(mark_languages(Literal("见《The Rise of Cities》，另见C40。", language="zh")))
    见《<span lang="en">The Rise of Cities</span>》，另见C40。
    """
    if text.language not in _OTHERS:
        return escape(text.value)
    pattern, language = _OTHERS[text.language]
    written, end = Markup(), 0
    for match in pattern.finditer(text.value):
        written += escape(text.value[end : match.start()])
        written += Markup('<span lang="{}">{}</span>').format(language, match[0])
        end = match.end()
    return written + escape(text.value[end:])
