"""A JSON-LD document that holds its context -> the same with those names alone that it uses."""

import json
from collections.abc import Iterator
from typing import Any, Final

_CONTEXT: Final = "@context"


def trimmed(text: bytes) -> bytes:
    """The same document, of whose context a person sees what matters here.

    >>> json.loads(trimmed(b'{"@context": {"a": "http://x/a", "b": "http://x/b"}, "a": 1}'))
    {'@context': {'a': 'http://x/a'}, 'a': 1}
    """
    document = json.loads(text)
    context = document.get(_CONTEXT) if isinstance(document, dict) else None
    if not isinstance(context, dict):
        return text
    content = {name: value for name, value in document.items() if name != _CONTEXT}
    words = set(_words(content))
    terms = {name: value for name, value in context.items() if name in words or name[0] == "@"}
    # Names that begin with a prefix stand in the document and in the meanings of its terms.
    prefixes = {word.partition(":")[0] for word in (*words, *_words(terms)) if ":" in word}
    used = {name: value for name, value in context.items() if name in terms or name in prefixes}
    return json.dumps({_CONTEXT: used, **content}, ensure_ascii=False, indent=1).encode()


def _words(value: Any) -> Iterator[str]:
    """All names and texts in it."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _words(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)
    elif isinstance(value, str):
        yield value
