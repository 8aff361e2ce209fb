"""Where on this host the things that are ours are shown, and the files in which rules stand.

What has no label -> a name in the words of a page, made from what the data say of it.

Terms of RDF -> HTML in one language: names as links, literals with their language.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from html import escape
from typing import Final
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import BASE, DCTERMS, GLOCAL, RDF, RDFS, shorten
from kg.store.quad_store import Store
from service.http.negotiation import LANGUAGES, Language
from service.pages.words import words


def address(iri: NamedNode) -> str:
    """The path on this host of what is ours, else the IRI."""
    is_ours = iri.value.startswith(BASE)
    return f"/{iri.value.removeprefix(BASE)}" if is_ours else iri.value


def place_link(place: str, documents: Container[str]) -> str:
    """Where a rule is written, as a link to that document if it is here."""
    name = place.partition(":")[0].removesuffix(".ttl")
    text = f"<code>{escape(place)}</code>" if place else ""
    return f'<a href="/ontology/{escape(name)}">{text}</a>' if name in documents else text


# By which properties a graph is told from others of its class.
_GRAPHS: Final[Mapping[NamedNode, Sequence[NamedNode]]] = {
    GLOCAL[name]: tuple(GLOCAL[one] for one in properties)
    for name, properties in {
        "Evidence": ("hasStatus", "heldBy", "fromPassage"),
        "DerivedGraph": ("hasStatus", "heldBy", "byRule"),
    }.items()
}
_YEAR: Final = GLOCAL["year"]
# Of one property; more would make a name too long.
_MOST_ENDS: Final = 3


class MadeNames:
    """Makes names in one language."""

    def __init__(
        self,
        store: Store,
        words: Mapping[str, str],
        given: Callable[[NamedNode], Literal | None],
    ) -> None:
        """Names by the words of a page; `given` is the name that a thing has already.

        That of another thing is never made for it: the data may lead round in a circle.
        """
        self._store, self._words, self._given = store, words, given

    def of(self, thing: NamedNode) -> str | None:
        """The class of a graph or a statement node, and what tells it from others of that class.

        Of a statement node these are the things that it describes, and its year.
        """
        said = self._said_of(thing)
        types = [one for one in said[RDF["type"]] if isinstance(one, NamedNode)]
        classes = [one for one in types if one in self._telling]
        if not classes:
            return None
        first = min(classes, key=str)
        ends = [end for one in self._telling[first] for end in self._ends(said[one])]
        name = self._named(first)
        return f"{name}{self._words['colon']}{self._words['comma'].join(ends)}" if ends else name

    def place(self, passage: NamedNode) -> str | None:
        """The page of a passage, and which paragraph, note or other block it is there."""
        page, paragraph = (
            next((one.value for one in self._texts(passage, GLOCAL[name])), "")
            for name in ("page", "paragraph")
        )
        if not page:
            return None
        key = "passage-mark" if paragraph else "passage-page"
        if paragraph.isdigit():
            key = "passage"
        elif any(True for _ in self._store.matching(passage, GLOCAL["noteTo"])):
            key = "passage-note"
        return self._words[key].format(page=page, paragraph=paragraph)

    @cached_property
    def _telling(self) -> Mapping[NamedNode, Sequence[NamedNode]]:
        """By class, the properties by which one of its members is told from another."""
        nodes: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
        for triple in self._store.matching(predicate=GLOCAL["describesThrough"]):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
                nodes[triple.subject].append(triple.object)
        return {**_GRAPHS, **{one: (*sorted(ways, key=str), _YEAR) for one, ways in nodes.items()}}

    def _said_of(self, thing: NamedNode) -> Mapping[NamedNode, Collection[object]]:
        """What holds of a thing, or else what is said of it anywhere, by property."""
        triples = set(self._store.matching(thing)) or {
            Triple(quad.subject, quad.predicate, quad.object)
            for quad in self._store.quads_about(subject=thing)
        }
        found: defaultdict[NamedNode, list[object]] = defaultdict(list)
        for triple in triples:
            found[triple.predicate].append(triple.object)
        return found

    def _ends(self, terms: Collection[object]) -> Sequence[str]:
        """The names of the first ends of a property, with an ellipsis for more."""
        names = sorted(
            self._named(one) if isinstance(one, NamedNode) else one.value
            for one in terms
            if isinstance(one, NamedNode | Literal)
        )
        return [*names[:_MOST_ENDS], *(["…"] if len(names) > _MOST_ENDS else [])]

    def _named(self, thing: NamedNode) -> str:
        given = self._given(thing)
        return shorten(thing.value) if given is None else given.value

    def _texts(self, term: NamedNode, predicate: NamedNode) -> Iterator[Literal]:
        triples = self._store.matching(term, predicate)
        return (one.object for one in triples if isinstance(one.object, Literal))


Term = NamedNode | BlankNode | Literal | Triple
_NAMES: Final = (RDFS["label"], DCTERMS["title"], GLOCAL["ruleSentence"])
_MOST_REMEMBERED: Final = 65_536
# Where the other end of a relation stands in its Chinese label, if not after it.
_PLACE: Final = "……"


class Writer:
    """Writes pages of one release; remembers the names and links that it has written.

    Where the address of a page asked for its language, links to other pages of this host do
    too. What it returns is HTML.
    """

    def __init__(self, store: Store, language: Language) -> None:
        self._store = store
        self.language = language.tag
        self._is_asked = language.is_asked
        self._order = _Order(language.tag)
        self._words = words(language.tag)
        self._made = MadeNames(store, self._words, self._given_label)
        self.label = lru_cache(_MOST_REMEMBERED)(self._read_label)
        self._link_to = lru_cache(_MOST_REMEMBERED)(self._written_link)

    def say(self, key: str, **parts: str) -> str:
        """The words of this key, with these parts, which are HTML."""
        return self._words[key].format(colon=self._words["colon"], **parts)

    def word(self, curie: str) -> str:
        """The word of a page for a term of another vocabulary, or else its CURIE."""
        return self._words.get(curie) or f"<code>{escape(curie)}</code>"

    def labels(self, term: NamedNode) -> list[Literal]:
        """All labels of a thing, those in the language of the page first."""
        return sorted(self._texts(term, RDFS["label"]), key=self._order)

    def text(self, literal: Literal) -> str:
        """What a literal says, marked with its language where that is not the page's."""
        text = escape(literal.value)
        if not literal.language or literal.language == self.language:
            return text
        # A language that there are no pages in may be written from right to left.
        direction = "" if literal.language in LANGUAGES else ' dir="auto"'
        return f'<span lang="{escape(literal.language)}"{direction}>{text}</span>'

    def name(self, term: NamedNode) -> str:
        """The name of a thing."""
        return self.text(self.label(term))

    def link(self, term: Term, text: str | None = None) -> str:
        """A link to a thing, on this host where it is ours; anything else as text."""
        if isinstance(term, Literal):
            return self.text(term)
        if not isinstance(term, NamedNode):
            return "<i>_</i>"
        return self._link_to(term, text)

    def links(self, terms: Iterable[Term]) -> str:
        """Links to several things, in one line."""
        return self.say("comma").join(self.link(one) for one in terms)

    def with_end(self, predicate: NamedNode, end: str) -> str:
        """The name of a relation with that of its other end, as text.

        The name of a term that has no label here is no part of a sentence.
        """
        name = self.label(predicate).value
        if _PLACE in name:
            return name.replace(_PLACE, end)
        has_label = bool(self._texts(predicate, RDFS["label"]))
        return f"{name}{self._words['space' if has_label else 'colon']}{end}"

    def relation(self, predicate: NamedNode, end: str) -> str:
        """A relation as a link, and its other end, which is HTML, where the label has its place."""
        before, _, after = self.label(predicate).value.partition(_PLACE)
        halves = [self.link(predicate, escape(half)) if half else "" for half in (before, after)]
        return " ".join(filter(None, (halves[0], end, halves[1])))

    def address(self, iri: NamedNode) -> str:
        """Where a thing is shown; a path on this host if it is ours."""
        found = address(iri)
        return self.local(found) if iri.value.startswith(BASE) else found

    def local(self, path: str, **parameters: str) -> str:
        """A path on this host with these parameters, and the language if it was asked for.

        The path may have parameters of its own, and a fragment.
        """
        if self._is_asked:
            parameters["lang"] = self.language
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in parameters.items())
        path, mark, fragment = quote(path, safe="%/?#:@!$&'()*+,;=~").partition("#")
        between = ("&" if "?" in path else "?") if query else ""
        return f"{path}{between}{query}{mark}{fragment}"

    def _written_link(self, term: NamedNode, text: str | None) -> str:
        said = self.name(term) if text is None else text
        # An IRI of another scheme, such as javascript:, is shown and leads nowhere.
        if not term.value.startswith(("http:", "https:")):
            return said
        return f'<a href="{escape(self.address(term))}">{said}</a>'

    def sorted_texts(self, literals: Iterable[Literal]) -> list[Literal]:
        """Literals, those in the language of the page first."""
        return sorted(literals, key=self._order)

    def _read_label(self, term: NamedNode) -> Literal:
        """The name of a thing: the one that it has, else one that is made, else its CURIE."""
        given = self._given_label(term)
        if given is not None:
            return given
        made = self._made.of(term)
        return Literal(made, language=self.language) if made else Literal(shorten(term.value))

    def _given_label(self, term: NamedNode) -> Literal | None:
        """The name that a thing has, in the language of the pages if there is one in it.

        Common terms of other vocabularies have their names in the words of the pages, passages by
        their place, rules by what they say.
        """
        for name in _NAMES:
            found = self.sorted_texts(self._texts(term, name))
            if found:
                return found[0]
        text = self._words.get(shorten(term.value)) or self._made.place(term)
        return Literal(text, language=self.language) if text else None

    def _texts(self, term: NamedNode, predicate: NamedNode) -> list[Literal]:
        triples = self._store.matching(term, predicate)
        return [one.object for one in triples if isinstance(one.object, Literal)]


class _Order:
    """Sorts literals: those of the page's language first, then by language and text."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __call__(self, literal: Literal) -> tuple[bool, str, str]:
        return literal.language != self._language, literal.language or "", literal.value
