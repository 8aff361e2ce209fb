"""A part of a path that is one of a few words."""

from enum import StrEnum

from starlette.convertors import Convertor, register_url_convertor


def register_words(name: str, words: type[StrEnum]) -> None:
    """Makes `{part:<name>}` in a route stand for any of the words; others are unknown paths."""

    class WordInPath(Convertor[StrEnum]):
        regex = "|".join(words)

        def convert(self, value: str) -> StrEnum:
            return words(value)

        def to_string(self, value: StrEnum) -> str:
            return value.value

    register_url_convertor(name, WordInPath())
