"""Terms of RDF -> HTML in one language: names as links, literals with their language."""

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import BASE, DCTERMS, GLOCAL, RDFS, shorten
from kg.store.quad_store import Store
from service.http.negotiation import LANGUAGES, Language
from service.pages.made_names import MadeNames
from service.pages.paths import address
from service.pages.words import words

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
