"""The top of a page about a resource: its names, what it is, what is noted of it."""

from collections.abc import Container, Iterable, Iterator, Sequence
from html import escape
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import Description
from kg.namespaces import DCTERMS, GLOCAL, RDF, RDFS, SKOS, shorten
from service.pages.frame import breadcrumb
from service.pages.paths import place_link
from service.pages.statements import StatementWriter, listed_terms
from service.pages.writer import Writer

_SKOS_NOTES: Final = [SKOS[name] for name in ("note", "scopeNote", "editorialNote", "changeNote")]
_TEXTS: Final = (
    SKOS["definition"],
    DCTERMS["description"],
    GLOCAL["ruleSentence"],
    GLOCAL["gloss"],
)
_PLACE: Final = GLOCAL["definedAt"]
_FEW: Final = 3
# What the top tells of a thing.
TOLD: Final[frozenset[NamedNode]] = frozenset(
    {RDF["type"], RDFS["label"], SKOS["altLabel"], _PLACE, *_SKOS_NOTES, *_TEXTS}
)


def heading(
    writer: Writer, statements: StatementWriter, description: Description, files: Container[str]
) -> str:
    """The way to the page, its heading with the names in the other language, and what it is.

    Args:
        writer: in the language of the page.
        statements: of the same writer.
        description: of what the page is about.
        files: what can follow `/ontology/` in an address here, such as `rules/co-hosts.rq`.
    """
    thing = description.thing
    types = [
        _Type(one.object, one, description)
        for one in description.outgoing
        if one.predicate == RDF["type"] and isinstance(one.object, NamedNode)
    ]
    types.sort(key=lambda one: (one.is_derived(statements), writer.label(one.iri).value))
    way = breadcrumb(writer, [*_way(writer, statements, types), writer.name(thing)])
    labels = writer.labels(thing)
    others = [writer.text(one) for one in labels[1:]]
    # A name that was made for the thing may fit another one too.
    curie = shorten(thing.value)
    if not labels and writer.label(thing).value != curie:
        others.append(f"<code>{escape(curie)}</code>")
    names = "".join(f'<p class="names">{one}</p>' for one in others)
    rows = [
        (writer.say("also-known-as"), _texts(writer, description, SKOS["altLabel"])),
        (writer.say("type"), _said_types(writer, statements, types)),
        *((_named(writer, one), _texts(writer, description, one)) for one in _TEXTS),
        (writer.link(_PLACE), [place_link(one, files) for one in _places(description)]),
        (writer.say("notes"), _texts(writer, description, *_SKOS_NOTES)),
    ]
    listed = listed_terms((name, values) for name, values in rows if values)
    return f"{way}<h1>{writer.name(thing)}</h1>\n{names}{listed}"


def _way(writer: Writer, statements: StatementWriter, types: Sequence["_Type"]) -> Iterator[str]:
    """The way to the thing: by the same class whatever the language of the page."""
    yield f'<a href="{escape(writer.local("/"))}">Glocal</a>'
    if types:
        first = min(types, key=lambda one: (one.is_derived(statements), one.iri.value))
        yield writer.link(first.iri)


def _said_types(
    writer: Writer, statements: StatementWriter, types: Sequence["_Type"]
) -> Sequence[str]:
    """The classes of a thing; those that are derived where they can be opened, if they are many."""
    said = [
        (f"{writer.link(one.iri)} {statements.grounds(one.graphs, one.triple)}", one)
        for one in types
    ]
    asserted = [text for text, one in said if not one.is_derived(statements)]
    derived = [text for text, one in said if one.is_derived(statements)]
    if len(derived) <= _FEW:
        return [*asserted, *derived]
    summary = f"{writer.say('derived')}{writer.say('colon')}{len(derived)}"
    items = "".join(f"<li>{text}</li>" for text in derived)
    return [*asserted, f"<details><summary>{summary}</summary><ul>{items}</ul></details>"]


def _named(writer: Writer, predicate: NamedNode) -> str:
    """A property of our own by its label, another by a word of the page."""
    words = {SKOS["definition"]: "definition", DCTERMS["description"]: "description"}
    key = words.get(predicate)
    return writer.say(key) if key else writer.link(predicate)


def _places(description: Description) -> list[str]:
    """Where the thing, a rule, is written."""
    ends = [one.object for one in description.outgoing if one.predicate == _PLACE]
    return [one.value for one in ends if isinstance(one, Literal)]


class _Type:
    """One class of the thing, and where that is said."""

    def __init__(self, iri: NamedNode, triple: Triple, description: Description) -> None:
        self.iri, self.triple = iri, triple
        self.graphs = description.said_in.get(triple, ())

    def is_derived(self, statements: StatementWriter) -> bool:
        return statements.is_derived(self.graphs)


def _texts(writer: Writer, description: Description, *predicates: NamedNode) -> Sequence[str]:
    found: Iterable[Literal] = (
        one.object
        for one in description.outgoing
        if one.predicate in predicates and isinstance(one.object, Literal)
    )
    return [writer.text(one) for one in writer.sorted_texts(found)]
