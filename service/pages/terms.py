"""Write RDF terms as HTML in one language: names as links, literals with their language.

A resource without a label gets a name from its data and the words of the page. Links lead to the
paths at which this service shows its own resources and its rule files.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from html import escape
from typing import Any, Final
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.describe.description import literals
from kg.namespaces import BASE, DCTERMS, GLOCAL, RDF, RDFS, is_in, shorten
from kg.store.quad_store import Store
from service.http.negotiation import LANGUAGES, Language
from service.pages.words import texts_of

Term = NamedNode | BlankNode | Literal | Triple
# The properties that name a resource, by preference.
_NAMES: Final = (RDFS["label"], DCTERMS["title"], GLOCAL["ruleSentence"])
_MAX_CACHED: Final = 65_536
# Marks where a Chinese label has the other end of the relation, if not after the label.
_PLACEHOLDER: Final = "……"
# The properties that distinguish a graph from others of its class.
_GRAPH_PROPERTIES: Final[Mapping[NamedNode, Sequence[NamedNode]]] = {
    GLOCAL["Evidence"]: (GLOCAL["hasStatus"], GLOCAL["heldBy"], GLOCAL["fromPassage"]),
    GLOCAL["DerivedGraph"]: (GLOCAL["hasStatus"], GLOCAL["heldBy"], GLOCAL["byRule"]),
}
# Values of one property; more would make a name too long.
_MAX_VALUES: Final = 3


class TermWriter:
    """Writes terms as HTML for the pages of one release; caches the names and links.

    If the URL of the page names its language, links to other pages of this host name it too.
    """

    def __init__(self, store: Store, language: Language) -> None:
        self._store = store
        self.language = language.tag
        self._is_asked = language.is_explicit
        self._words = texts_of(language.tag)
        self._names = _NameGenerator(store, self._words, self._given_label)
        self.label = lru_cache(_MAX_CACHED)(self._read_label)
        self._link_to = lru_cache(_MAX_CACHED)(self._write_link)

    def say(self, key: str, **parts: str) -> str:
        """Return the text with this key, with these parts, which are HTML, filled in."""
        return self._words[key].format(colon=self._words["colon"], **parts)

    def word(self, curie: str) -> str:
        """Return the fixed name of a term of another vocabulary, or else its CURIE."""
        return self._words.get(curie) or f"<code>{escape(curie)}</code>"

    def text(self, literal: Literal) -> str:
        """Write the text of a literal, marked with its language if that is not the page's."""
        text = escape(literal.value)
        if not literal.language or literal.language == self.language:
            return text
        # A language without pages may be written from right to left.
        direction = "" if literal.language in LANGUAGES else ' dir="auto"'
        return f'<span lang="{escape(literal.language)}"{direction}>{text}</span>'

    def texts(self, values: Iterable[Literal]) -> list[str]:
        """Write the texts of literals, those in the language of the page first."""
        return list(map(self.text, self.sorted_texts(values)))

    def sorted_texts(self, values: Iterable[Literal]) -> list[Literal]:
        """Sort literals: those in the language of the page first, then by language and text."""
        return sorted(
            values,
            key=lambda text: (text.language != self.language, text.language or "", text.value),
        )

    def name(self, term: NamedNode) -> str:
        """Write the name of a resource."""
        return self.text(self.label(term))

    def link(self, term: Term, text: str | None = None) -> str:
        """Write a link to a resource, on this host if it is ours; write other terms as text."""
        if isinstance(term, Literal):
            return self.text(term)
        return self._link_to(term, text) if isinstance(term, NamedNode) else "<i>_</i>"

    def code_link(self, term: NamedNode) -> str:
        """Write a link to a resource that shows its CURIE instead of its name."""
        return self.link(term, f"<code>{escape(shorten(term.value))}</code>")

    def links(self, terms: Iterable[Term]) -> str:
        """Write links to several resources, in one line."""
        return self.say("comma").join(self.link(term) for term in terms)

    def relation_text(self, predicate: NamedNode, end: str) -> str:
        """Return the name of a relation followed by that of its other end, as text.

        A colon separates them if the relation has no label, since then they form no sentence.
        """
        name = self.label(predicate).value
        if _PLACEHOLDER in name:
            return name.replace(_PLACEHOLDER, end)
        has_label = literals(self._store, predicate, RDFS["label"])
        return f"{name}{self._words['space' if has_label else 'colon']}{end}"

    def relation_link(self, predicate: NamedNode, end: str) -> str:
        """Write a relation as a link, with its other end (HTML) at the placeholder of its label."""
        before, _, after = self.label(predicate).value.partition(_PLACEHOLDER)
        halves = [self.link(predicate, escape(half)) if half else "" for half in (before, after)]
        return " ".join(filter(None, (halves[0], end, halves[1])))

    def address(self, iri: NamedNode) -> str:
        """Return where a resource is shown: a path on this host if it is ours, or else its IRI."""
        return self.local(path_of(iri)) if is_in(iri, BASE) else iri.value

    def local(self, path: str, **parameters: str) -> str:
        """Return a path on this host with these parameters, and the language if the URL names it.

        The path may already have parameters and a fragment.
        """
        if self._is_asked:
            parameters["lang"] = self.language
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in parameters.items())
        path, hash_sign, fragment = quote(path, safe="%/?#:@!$&'()*+,;=~").partition("#")
        separator = ("&" if "?" in path else "?") if query else ""
        return f"{path}{separator}{query}{hash_sign}{fragment}"

    def _write_link(self, term: NamedNode, text: str | None) -> str:
        content = self.name(term) if text is None else text
        # An IRI of another scheme, such as javascript:, must not become a link.
        if not term.value.startswith(("http:", "https:")):
            return content
        return f'<a href="{escape(self.address(term))}">{content}</a>'

    def _read_label(self, term: NamedNode) -> Literal:
        """Return the name that a resource has, else a generated one, else its CURIE."""
        given = self._given_label(term)
        if given is not None:
            return given
        name = self._names.generate(term)
        return Literal(name, language=self.language) if name else Literal(shorten(term.value))

    def _given_label(self, term: NamedNode) -> Literal | None:
        """Return the name that a resource has, in the language of the page if possible, or None.

        Common terms of other vocabularies are named by the fixed texts of the pages, passages by
        their place, rules by their sentence.
        """
        for predicate in _NAMES:
            if names := self.sorted_texts(literals(self._store, term, predicate)):
                return names[0]
        text = self._words.get(shorten(term.value)) or self._names.place(term)
        return Literal(text, language=self.language) if text else None


def path_of(iri: NamedNode, root: str = "") -> str:
    """Return the path of one of our own resources below this root, or else the IRI unchanged."""
    return f"{root}/{iri.value.removeprefix(BASE)}" if is_in(iri, BASE) else iri.value


def place_link(place: str, documents: Container[str]) -> str:
    """Write the place where a rule is defined, as a link if the service has that document."""
    name = place.partition(":")[0].removesuffix(".ttl")
    text = f"<code>{escape(place)}</code>" if place else ""
    return f'<a href="/ontology/{escape(name)}">{text}</a>' if name in documents else text


class _NameGenerator:
    """Generates names with the words of a page; `given` returns the name that a resource has.

    Names of other resources are only looked up, never generated, since the data may be cyclic.
    """

    def __init__(
        self,
        store: Store,
        words: Mapping[str, str],
        given: Callable[[NamedNode], Literal | None],
    ) -> None:
        self._store, self._words, self._given = store, words, given

    def generate(self, thing: NamedNode) -> str | None:
        """Return the class of a graph or statement node, and what distinguishes it in that class.

        For a statement node, these are the resources that it describes, and its year. None for
        anything else.
        """
        values = self._values_of(thing)
        classes = [type_ for type_ in values[RDF["type"]] if type_ in self._distinguishing]
        if not classes:
            return None
        class_ = min(classes, key=str)
        properties = self._distinguishing[class_]
        parts = [part for predicate in properties for part in self._names(values[predicate])]
        name = self._name(class_)
        return f"{name}{self._words['colon']}{self._words['comma'].join(parts)}" if parts else name

    def place(self, passage: NamedNode) -> str | None:
        """Return the page of a passage and its paragraph, note or other block there, or None."""
        page, paragraph = (
            next((text.value for text in literals(self._store, passage, GLOCAL[name])), "")
            for name in ("page", "paragraph")
        )
        if not page:
            return None
        key = "passage-mark" if paragraph else "passage-page"
        if paragraph.isdigit():
            key = "passage"
        elif any(self._store.triples(passage, GLOCAL["noteTo"])):
            key = "passage-note"
        return self._words[key].format(page=page, paragraph=paragraph)

    @cached_property
    def _distinguishing(self) -> Mapping[NamedNode, Sequence[NamedNode]]:
        """The properties that distinguish the members of a class from each other, by class."""
        roles: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
        for triple in self._store.triples(predicate=GLOCAL["describesThrough"]):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
                roles[triple.subject].append(triple.object)
        return {
            **_GRAPH_PROPERTIES,
            **{
                name: (*sorted(several, key=str), GLOCAL["year"]) for name, several in roles.items()
            },
        }

    def _values_of(self, thing: NamedNode) -> Mapping[NamedNode, Collection[Any]]:
        """Return the values of a resource by property: those that hold, or else any."""
        values: defaultdict[NamedNode, list[Any]] = defaultdict(list)
        triples = set(self._store.triples(thing))
        for triple in triples or {quad.triple for quad in self._store.quads(thing)}:
            values[triple.predicate].append(triple.object)
        return values

    def _names(self, terms: Collection[Any]) -> Sequence[str]:
        """Return the names of the first values of a property, and an ellipsis if there are more."""
        names = sorted(
            self._name(term) if isinstance(term, NamedNode) else term.value
            for term in terms
            if isinstance(term, NamedNode | Literal)
        )
        return [*names[:_MAX_VALUES], *(["…"] if len(names) > _MAX_VALUES else [])]

    def _name(self, thing: NamedNode) -> str:
        given = self._given(thing)
        return shorten(thing.value) if given is None else given.value
