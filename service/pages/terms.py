"""Write RDF terms as HTML in one language: names as links, literals with their language.

A resource without a label gets a name from its data and the words of the page. Links lead to the
paths at which this service shows its own resources.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.describe.description import literals
from kg.namespaces import (
    BASE,
    DCTERMS,
    GLOCAL,
    ID,
    PREFIXES,
    RDF,
    RDFS,
    SKOS,
    expand,
    is_in,
    shorten,
)
from kg.statuses import DEFAULT_VIEW, VIEWS, Standing, view_parameters
from kg.store.quad_store import Store
from service.http.documents import WebLink
from service.http.html import read_macros, read_texts, write_html
from service.http.negotiation import LANGUAGE_NAMES, Language
from service.pages.dataset_summary import DatasetSummary
from service.pages.dates import is_date, write_time
from service.pages.generated_names import NameGenerator
from service.pages.language_parts import mark_languages
from service.pages.name_order import order_of_name

Term = NamedNode | BlankNode | Literal | Triple
# The properties that name a resource, by preference.
_NAMES: Final = (RDFS["label"], DCTERMS["title"], GLOCAL["ruleSentence"])
_MAX_CACHED: Final = 65_536
# Marks where a Chinese label has the other end of the relation, if not after the label.
PLACEHOLDER: Final = "……"
# The parts of the site, by the keys of their names, with their addresses.
PLACES: Final = {
    "explore": "/search",
    "questions": "/queries",
    "query": "/sparql",
    "whatif": "/whatif",
    "ontology": "/ontology",
    "data": "/data",
}
# The macros of `terms.html` whose results are cached.
_CACHED_MACROS: Final = (
    *("say", "name", "link", "titled_link", "code_link", "word", "chip", "world_links"),
    "parts_of_site",
)


class TermWriter:
    """Writes terms by the macros of `terms.html`, for the pages of one release in one language.

    Names, and the links that many pages repeat, are cached. `places` are the parts of the site that
    the header leads to. If the URL of the page names its
    language, links to other pages of this host name it too, and likewise a view.
    """

    # What pages call the site, and whether its statements differ by view.
    site = "Glocal"
    has_views = True
    # Where a page shows a resource by its IRI, if not at a path of the resource's own.
    resource_address = ""
    prefixes: Mapping[str, str] = PREFIXES
    # Numbers that stand beside the names of parts of the site.
    marks: Mapping[str, int] = MappingProxyType({})
    languages = LANGUAGE_NAMES
    is_date, mark_languages = staticmethod(is_date), staticmethod(mark_languages)

    def __init__(
        self,
        store: Store,
        language: Language,
        view: Standing = DEFAULT_VIEW,
        places: Mapping[str, str] = PLACES,
        summarize: Callable[[], DatasetSummary] = lambda: DatasetSummary(()),
    ) -> None:
        self._store, self.places, self._summarize = store, places, summarize
        self.view = view_parameters(view) if view != DEFAULT_VIEW else {}
        self.language = language.tag
        self.release = str(store.manifest.get("hash", ""))
        self._is_asked = language.is_explicit
        self.words = read_words(language.tag)
        # What stands between the words of a sentence; in Chinese nothing.
        self.space = escape(self.words["relation"].format(name="", end=""))
        self._names = NameGenerator(store, self.words, self._given_label)
        keep = lru_cache(_MAX_CACHED)
        self.label, self._relation = keep(self._read_label), keep(self._read_relation)
        self._field = re.compile(self.words["field"])
        self._relation_links = keep(self._write_relation)
        macros = read_macros("terms.html", terms=self)
        self.macros = {**macros, **{name: keep(macros[name]) for name in _CACHED_MACROS}}
        self.say: Callable[..., Markup] = self.macros["say"]
        self.link: Callable[[Term], Markup] = self.macros["link"]
        self.titled_link: Callable[..., Markup] = self.macros["titled_link"]
        self.cell: Callable[..., Markup] = self.macros["cell"]
        self.chip: Callable[..., Markup] = self.macros["chip"]

    def write_page(
        self,
        template: str,
        *,
        title: str,
        path: str,
        place: str = "",
        links: Iterable[WebLink] = (),
        **view: object,
    ) -> bytes:
        """Write a whole page from a template, which can use the macros of `terms.html`.

        `path` has the parameters of the page except the language; `place` is the part of the site
        that it belongs to, a key of `PLACES`; `links` are those for programs.
        """
        names = {**self.macros, "terms": self, "language": self.language, "place": place}
        names |= {"local": self.local, "statement": self.statement}
        return write_html(template, **names, title=title, path=path, web_links=links, **view)

    @property
    def summary(self) -> DatasetSummary:
        """The summary of the release; empty if it has none."""
        return self._summarize()

    @property
    def kept(self) -> Mapping[str, str]:
        """The parameters that links and forms keep: the view, and a language that is asked."""
        return {**self.view, **({"lang": self.language} if self._is_asked else {})}

    def sorted_texts(self, values: Iterable[Any]) -> list[Literal]:
        """Return the literals: those in the language of the page first, then by language, text."""
        return sorted(
            (value for value in values if isinstance(value, Literal)),
            key=lambda text: (text.language != self.language, text.language or "", text.value),
        )

    def own_texts(self, values: Iterable[Any]) -> list[Literal]:
        """Return the literals in the language of the page, or else all of them."""
        texts = self.sorted_texts(values)
        return [text for text in texts if text.language == self.language] or texts

    def is_title(self, thing: NamedNode) -> bool:
        """Return whether a resource is a work, and its name the title that it is published by."""
        label = self.label(thing)
        return (
            bool(label.language)
            and any(self._store.triples(thing, DCTERMS["title"], label))
            and any(self._store.triples(thing, RDF["type"], GLOCAL["Work"]))
        )

    def date(self, time: str) -> str:
        """Write a date or an interval in words: see `write_time`."""
        return write_time(time, self.words)

    def valid(self, time: str) -> str:
        """Say as of when, or within which interval, something holds."""
        written = self.date(time)
        return written if "/" in time else self.words["valid"].format(time=written)

    def relation_text(self, predicate: NamedNode, end: str) -> str:
        """Return the name of a relation together with that of its other end."""
        return self._relation(predicate).replace(PLACEHOLDER, end)

    def field(self, name: str) -> str:
        """Return the name of a property as the head of a field, without the verb of sentences."""
        match = self._field.fullmatch(name)
        return match[1] if match else name

    def statement(self, triple: Triple) -> Markup:
        """Write a triple as a statement, with its three terms as links."""
        relation = self.relation(triple.predicate, triple.object)
        return self.space.join([self.link(triple.subject), relation])

    def unnamed(self, term: BlankNode | Triple) -> Markup:
        """Write what stands for a term without a name."""
        _ = term
        return Markup("<i>_</i>")

    def relation(self, predicate: NamedNode, end: Term | Markup) -> Markup:
        """Write a relation together with its other end, as links; `Markup` is an end as written."""
        before, after = self._relation_links(predicate)
        write = self.macros["words_of" if isinstance(end, Literal) else "link"]
        written = end if isinstance(end, Markup) else write(end)
        return self.space.join(filter(None, (before, written, after)))

    def curie(self, iri: str) -> str:
        """Return the CURIE of an IRI, or the IRI itself if it has none."""
        return shorten(iri)

    def address(self, iri: NamedNode) -> str:
        """Return where a resource is shown: a path on this host if it is ours, or else its IRI.

        Empty for an IRI of another scheme, such as javascript:, which must not become a link; and
        for an entity that does not exist, such as one that is only supposed.
        """
        if is_in(iri, ID) and not self._store.mentions(iri):
            return ""
        if is_in(iri, GLOCAL) and self._store.contains_iri(iri):
            return self.local(f"/data/ontology/{iri.value.removeprefix(GLOCAL)}")
        if is_in(iri, BASE):
            return self.local(path_of(iri))
        return iri.value if iri.value.startswith(("http:", "https:")) else ""

    def local(self, path: str, **parameters: str) -> str:
        """Return a path on this host with these parameters, the view, and a language that is asked.

        The path may already have parameters and a fragment.
        """
        return self._with({**parameters, **self.view}, path)

    def in_language(self, path: str) -> str:
        """Return a path, which may have parameters, in a language that is asked, without a view."""
        return self._with({}, path)

    def _with(self, parameters: Mapping[str, str], path: str) -> str:
        if self._is_asked:
            parameters = {**parameters, "lang": self.language}
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in parameters.items())
        path, hash_sign, fragment = quote(path, safe="%/?#:@!$&'()*+,;=~").partition("#")
        separator = ("&" if "?" in path else "?") if query else ""
        return f"{path}{separator}{query}{hash_sign}{fragment}"

    def near_link(self, name: str) -> str:
        """Return an address that leads to what has a name, CURIE or IRI; a path as it is."""
        if name.startswith("/"):
            return self.local(name)
        prefix, colon, _ = name.partition(":")
        if name.startswith(BASE) or (colon and prefix in PREFIXES):
            return self.address(expand(name))
        return self.local("/lookup", name=name)

    def near_label(self, name: str) -> Literal | None:
        """Return the label of what has a name, CURIE or local name of a term, or else None."""
        prefix, colon, _ = name.partition(":")
        if colon and prefix in PREFIXES:
            return self._given_label(expand(name))
        texts = [Literal(name, language=tag) for tag in self.languages]
        for predicate in (*_NAMES, SKOS["altLabel"]):
            for text in texts:
                for triple in self._store.triples(predicate=predicate, object_=text):
                    if isinstance(triple.subject, NamedNode):
                        return self._given_label(triple.subject)
        return self._given_label(GLOCAL[name]) if re.fullmatch(r"\w+", name) else None

    def viewed(self, path: str) -> str:
        """Return a path with the parameters of the view."""
        return f"{path}?{urlencode(self.view)}" if self.view else path

    def views(self, path: str) -> list[tuple[str, str]]:
        """Return each view's name, and the address there of the page at a path; "" if shown now."""
        shown, *worlds = self.view.items() or view_parameters(DEFAULT_VIEW).items()
        addresses = (
            (name, "" if name == shown[1] else self._with({"view": name, **dict(worlds)}, path))
            for name in VIEWS
        )
        return [(self.words[f"view-{name}"], address) for name, address in addresses]

    @cached_property
    def worlds(self) -> Mapping[NamedNode | str, str]:
        """The address of the page that is shown in each world, by its holder or its name in words.

        It is relative to any page, and "" for the world that is shown.
        """
        view, *_ = self.view.values() or view_parameters(DEFAULT_VIEW).values()
        start = self._with({"view": view}, "")
        worlds = {
            world.holder or self.words[f"world-{name}"]: ""
            if name == self.view.get("world")
            else f"{start}&world={quote(name, safe='')}"
            for name, world in self._store.views.worlds.items()
        }
        # The holders come first.
        names = {one: "" if isinstance(one, str) else self.label(one).value for one in worlds}
        order = {one: (not name, order_of_name(name)) for one, name in names.items()}
        return {one: worlds[one] for one in sorted(worlds, key=lambda one: order[one])}

    def _read_relation(self, predicate: NamedNode) -> str:
        """Return the name of a relation with a placeholder for its other end.

        A colon separates them if the relation has only a CURIE, since then they form no sentence.
        """
        name = self.label(predicate).value
        if PLACEHOLDER in name:
            return name
        is_curie = name == self.curie(predicate.value)
        text = self.words["relation-by-curie" if is_curie else "relation"]
        return text.format(name=name, colon=self.words["colon"], end=PLACEHOLDER)

    def _write_relation(self, predicate: NamedNode) -> list[Any]:
        """Write a relation as two links, one before and one after its other end, if they exist."""
        before, _, after = self.label(predicate).value.partition(PLACEHOLDER)
        return [self.macros["verb"](predicate, half) if half else "" for half in (before, after)]

    def _read_label(self, term: NamedNode) -> Literal:
        """Return the name that a resource has, else a generated one, else its CURIE."""
        given = self._given_label(term)
        if given is not None:
            return given
        name = self._names.generate(term)
        return Literal(name, language=self.language) if name else Literal(self.curie(term.value))

    def _given_label(self, term: NamedNode) -> Literal | None:
        """Return the name that a resource has, in the language of the page if possible, or None.

        The fixed texts of the pages name common terms of other vocabularies; a place, passages.
        """
        for predicate in _NAMES:
            if names := self.sorted_texts(literals(self._store, term, predicate)):
                return names[0]
        text = self.words.get(shorten(term.value)) or self._names.place(term)
        return Literal(text, language=self.language) if text else None


def path_of(iri: NamedNode, root: str = "") -> str:
    """Return the path of one of our own resources below this root, or else the IRI unchanged."""
    return f"{root}/{iri.value.removeprefix(BASE)}" if is_in(iri, BASE) else iri.value


def labels(thing: NamedNode, key: str) -> list[Triple]:
    """Return the labels of a resource in each language: the fixed text with this key."""
    texts = [Literal(read_words(tag)[key], language=tag) for tag in LANGUAGE_NAMES]
    return [Triple(thing, RDFS["label"], text) for text in texts]


@cache
def read_words(language: str) -> Mapping[str, str]:
    """Read the fixed texts of pages, by key: for terms of other vocabularies, a CURIE or IRI."""
    return read_texts(Path(__file__).with_name("words.tsv"), language)
