"""Search what is written about things: descriptions, definitions, notes, and asserted statements.

A text is found by words that stand in it in any order. A statement is found by the names of its
ends only together with a word of its property: else every name would lead to all that is said of
it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple

from kg.linking.name_index import Name, fold_words, has_ideographs
from kg.namespaces import DCTERMS, EVIDENCE, GLOCAL, ID, RDFS, SKOS, is_in
from kg.store.quad_store import Store

_TEXTS: Final = (
    *(DCTERMS["description"], SKOS["definition"], SKOS["note"], SKOS["scopeNote"]),
    GLOCAL["gloss"],
)
_LANGUAGES: Final = ("en", "zh")
# Words and characters that need not stand in a text.
_JOINING: Final = frozenset(
    "a an and are as at by for from in is of on or that the to with".split()  # noqa: SIM905
)
_IDEOGRAPHS: Final = re.compile("[\u3400-\u9fff]+")
_PARTICLES: Final = frozenset("的了在于是与和对为从被由之其")
# The most words of a search, the longest run of characters to look for, and the fewest letters.
_MAX_WORDS, _MAX_RUN, _MAX_CHARACTERS, _MIN_LETTERS = 12, 8, 32, 3
# The scores of a text with the search as it is, and with its words; a short text has up to
# `_SHARE` more.
_PHRASE, _WORDS, _SHARE = 38.0, 28.0, 9.0
# Where a Chinese label has the other end of its relation.
_PLACEHOLDER: Final = "……"


class FoundText(NamedTuple):
    """A thing, or a graph with a statement, the text that was found, and a score below 50."""

    iri: NamedNode
    text: Name
    score: float


class _Entry(NamedTuple):
    """A text with its words, each between spaces, and those of which the search must have one."""

    iri: NamedNode
    text: Name
    words: str
    is_chinese: bool
    required: str = ""


class TextIndex:
    """The texts about the things of a release, and its asserted statements as sentences."""

    def __init__(self, store: Store) -> None:
        self._entries = [*_read_texts(store), *_read_statements(store)]

    def find(self, asked: str, *, limit: int) -> list[FoundText]:
        """Return the things with a text that has the words of a search, best first, each once."""
        every = _fold(asked).split()
        words = [word for word in every if word not in _JOINING][:_MAX_WORDS]
        if not any(has_ideographs(one) or len(one) >= _MIN_LETTERS for one in words):
            return []
        forms, phrase = [*map(_forms, words)], " ".join(every)
        best: dict[NamedNode, FoundText] = {}
        for entry in self._entries:
            if _has(entry, forms):
                base = _PHRASE if phrase in entry.words else _WORDS
                score = base + _SHARE * min(1.0, len(phrase) / len(entry.words))
                found = FoundText(entry.iri, entry.text, score)
                if score > best.setdefault(entry.iri, found).score:
                    best[entry.iri] = found
        return sorted(best.values(), key=lambda one: (-one.score, one.iri.value))[:limit]


def _read_texts(store: Store) -> Iterator[_Entry]:
    for predicate in _TEXTS:
        for triple in store.triples(predicate=predicate):
            text = triple.object
            if is_in(triple.subject, ID, GLOCAL, EVIDENCE) and isinstance(text, Literal):
                name = Name(text.value, text.language or "", is_label=False)
                words = f" {_fold(text.value)} "
                yield _Entry(triple.subject, name, words, has_ideographs(words))


def _read_statements(store: Store) -> Iterator[_Entry]:
    """Yield the statements of evidence graphs between things, as sentences in each language."""
    names = _read_names(store)
    graphs = (graph for graph in store.named_graphs if is_in(graph, EVIDENCE))
    for quad in store.quads_of_graphs(graphs):
        graph = quad.graph_name
        is_between_things = is_in(quad.predicate, GLOCAL) and isinstance(quad.object, NamedNode)
        if is_between_things and isinstance(graph, NamedNode):
            for language in _LANGUAGES:
                yield from _write_sentence(graph, quad.triple, names[language])


def _read_names(store: Store) -> Mapping[str, Mapping[object, Sequence[str]]]:
    """Return the names of things and terms by language, labels first."""
    names: dict[str, defaultdict[object, list[str]]] = {
        tag: defaultdict(list) for tag in _LANGUAGES
    }
    for predicate in (RDFS["label"], SKOS["altLabel"]):
        for triple in sorted(store.triples(predicate=predicate), key=str):
            name = triple.object
            if isinstance(name, Literal) and name.language in names:
                names[name.language][triple.subject].append(name.value)
    return names


def _write_sentence(
    graph: NamedNode, triple: Triple, names: Mapping[object, Sequence[str]]
) -> Iterator[_Entry]:
    """Yield a statement as a sentence with the main names, found by all names of its property."""
    ends, relations = (triple.subject, triple.object), names.get(triple.predicate)
    subject, object_ = (next(iter(names.get(end, ())), "") for end in ends)
    if not relations or not subject or not object_:
        return
    language = "zh" if has_ideographs(relations[0]) else "en"
    space, relation = "" if language == "zh" else " ", relations[0]
    end = (
        relation.replace(_PLACEHOLDER, object_)
        if _PLACEHOLDER in relation
        else f"{relation}{space}{object_}"
    )
    required = f" {_fold(' '.join(relations))} "
    sentence = f"{subject}{space}{end}"
    words = f" {_fold(sentence)}{required}"
    name = Name(sentence, language, is_label=False)
    yield _Entry(graph, name, words, language == "zh", required)


def _fold(text: str) -> str:
    """Return the words of a text; GB 2312 has simplified characters only."""
    try:
        "".join(_IDEOGRAPHS.findall(text)).encode("gb2312")
    except UnicodeEncodeError:
        return fold_words(text)
    return fold_words(text, is_simplified=True)


def _forms(word: str) -> Sequence[str]:
    """Return what stands in a text if a word does: Chinese characters, or forms of the word.

    An English word is found at the beginning of others, and in the other number as a whole word.

    >>> _forms("cities"), _forms("city"), _forms("states")
    ([' cities', ' city '], [' city', ' cities '], [' states', ' state '])
    """
    if has_ideographs(word):
        return [word[:_MAX_CHARACTERS]]
    if len(word) > 4 and word.endswith("ies"):
        return [f" {word}", f" {word[:-3]}y "]
    if len(word) > 3 and word.endswith("y"):
        return [f" {word}", f" {word[:-1]}ies "]
    if len(word) > 4 and word.endswith("s") and word[-2] != "s":
        return [f" {word}", f" {word[:-1]} "]
    return [f" {word}"]


def _has(entry: _Entry, words: Sequence[Sequence[str]]) -> bool:
    """Return whether a text has all words, and the property of a statement one of them."""
    if not all(_stands_in(entry, forms) for forms in words):
        return False
    return not entry.required or any(_overlaps(entry.required, forms) for forms in words)


def _stands_in(entry: _Entry, forms: Sequence[str]) -> bool:
    """Return whether a word stands in a text, or all runs of its Chinese characters do."""
    if not has_ideographs(forms[0]):
        # In Chinese, a name in Latin letters stands between characters.
        return any((one.strip() if entry.is_chinese else one) in entry.words for one in forms)
    return entry.is_chinese and not any(
        len(run) == 1 and run not in _PARTICLES for run in _runs(entry.words, forms[0])
    )


def _overlaps(words: str, forms: Sequence[str]) -> bool:
    if not has_ideographs(forms[0]):
        return any(one in words for one in forms)
    return any(len(run) > 1 for run in _runs(words, forms[0]))


def _runs(words: str, text: str) -> Iterator[str]:
    """Yield the parts of a text that stand in the words, as long as possible, or one character."""
    while text:
        lengths = range(min(len(text), _MAX_RUN), 1, -1)
        length = next((one for one in lengths if text[:one] in words), 1)
        yield text[:length]
        text = text[length:]
