"""The languages in which there are pages."""

from typing import Final, NamedTuple

# The first is for those who ask for none of them.
LANGUAGES: Final = ("en", "zh")
NAMES: Final = {"en": "English", "zh": "中文"}


class Language(NamedTuple):
    """The language of a page, and whether the address asked for it outright."""

    tag: str
    is_asked: bool
