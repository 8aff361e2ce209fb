"""The JSON answers that list things, such as those of search, as types; see `json_types`."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field

# Pydantic needs these rather than those of `typing` before Python 3.12.
from typing_extensions import TypeAliasType, TypedDict

from service.answers.json_types import Ground, Texts


class FacetValue(TypedDict):
    """A value to filter by; `count` is the number of things that it finds."""

    value: Annotated[str, Field(description="As the parameter is written.")]
    id: str
    label: Texts
    count: int
    selected: bool


class Facet(TypedDict):
    """A way to filter: the name of its parameter, and its values, the commonest first."""

    name: Literal["type", "status", "holder", "pattern", "passage"]
    values: list[FacetValue]


class NameMatch(TypedDict):
    """Why a thing was found: by which name, identifier or text about it, and how it fits."""

    by: Literal["name", "similar", "initials", "words", "identifier", "description"]
    name: Annotated[str, Field(description="Or the description, note or statement.")]
    relation: NotRequired[Annotated[str, Field(description="That of a link, as a CURIE.")]]


class ListedThing(TypedDict):
    """A thing with its labels, descriptions and classes, all and the stated ones.

    `statements` has the number of statements about it by status; see `kg.describe.facets`.
    """

    id: str
    href: str
    kind: Literal["thing", "class", "property", "passage", "rule", "question", "graph"]
    label: Texts
    description: Texts
    type: list[str]
    stated: list[str]
    statements: dict[str, int]
    match: NotRequired[NameMatch]


# Null if the release has more statements than facets are counted of.
Facets = TypeAliasType("Facets", list[Facet] | None)


class SearchResults(TypedDict):
    """A page of what was found, best first, with the facets of all that was found."""

    query: str
    total: int
    page: int
    pages: int
    results: list[ListedThing]
    facets: Facets


class ClassSummary(TypedDict):
    """A class, and the number of its members in the view; `broader` are identifiers.

    `entities` of them are things that the text is about, the others passages, rules and the like.
    """

    id: str
    name: Annotated[str, Field(description="The identifier in addresses.")]
    href: str
    label: Texts
    definition: Texts
    count: int
    entities: int
    broader: list[str]


class Classes(TypedDict):
    """All declared classes, by identifier."""

    classes: list[ClassSummary]


class ClassMembers(TypedDict):
    """A class and a page of its members, by label, with the facets of all of them.

    Without facets, members are sorted by IRI.
    """

    about: ClassSummary
    narrower: list[ClassSummary]
    total: int
    page: int
    pages: int
    members: list[ListedThing]
    facets: Facets


class Edge(TypedDict):
    """A statement between two things, by IRIs, with the label of its property.

    `ground` is the strongest graph that says it. What does not hold is claimed, hoped or planned.
    """

    subject: str
    predicate: str
    object: str
    label: Texts
    patterns: Annotated[list[str], Field(description="The relation patterns of the property.")]
    holds: bool
    ground: NotRequired[Ground]
    explanation: Annotated[str, Field(description="The path of its proof.")]


class Neighbourhood(TypedDict):
    """A thing and its neighbours, the closest first, with the statements about each of these.

    `names` are those of the patterns, statuses and holders of the statements, by IRI.
    """

    things: list[ListedThing]
    edges: list[Edge]
    names: dict[str, Texts]


class FoundThing(TypedDict):
    """A thing that a search found: its IRI, CURIE, first class, path, and names by language."""

    id: str
    curie: str
    names: dict[str, list[str]]
    type: NotRequired[str]
    href: str


class FoundThings(TypedDict):
    """The things of any data that a search found; `more` is whether there are more of them."""

    q: str
    things: list[FoundThing]
    more: bool
