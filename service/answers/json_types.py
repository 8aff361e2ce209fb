"""The JSON answers of the service, as types: mypy checks the routes, OpenAPI describes the answers.

The schemas in OpenAPI have the names and docstrings of these types. Further members may be added to
any of them.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field

# Pydantic needs these rather than those of `typing` before Python 3.12.
from typing_extensions import TypeAliasType, TypedDict

from kg.describe.vocabulary import TermKind

# Texts by language tag; several texts in one language are an array.
LanguageMap = TypeAliasType("LanguageMap", dict[str, str | list[str]])
Texts = TypeAliasType("Texts", dict[str, str])


class Interfaces(TypedDict):
    """The release that is served, its version, and a text about each path."""

    release: str
    version: str
    interfaces: dict[str, str]


class ServiceState(TypedDict):
    """The state of the service; `switches` and `refused` count releases since its start."""

    status: Literal["ok", "ready"]
    release: str
    version: str
    switches: int
    refused: int
    engine: str


class ProblemType(TypedDict):
    """A kind of failure, and what a client can do about it."""

    type: str
    status: int
    advice: str


class ProblemTypes(TypedDict):
    """All kinds of failure."""

    problems: list[ProblemType]


class NearRule(TypedDict):
    """A rule that lacks only one premise to derive a triple."""

    rule: str
    sentence: Texts
    missing: str
    present: list[str]


class NamedThing(TypedDict):
    """One of several things with the same name: its IRI, CURIE, labels and path."""

    id: str
    name: str
    label: Texts
    href: str


class Problem(TypedDict):
    """A problem document (RFC 9457): what failed, why, and what was expected."""

    type: Annotated[str, Field(description="The path of the kind of failure, see `/problems`.")]
    title: str
    status: int
    detail: str
    request_id: NotRequired[str]
    line: NotRequired[Annotated[int, Field(description="In the text sent, counted from 1.")]]
    column: NotRequired[Annotated[int, Field(description="In characters, counted from 1.")]]
    parameter: NotRequired[str]
    near: NotRequired[Annotated[list[str], Field(description="Similar names that are known.")]]
    nearest: NotRequired[list[NearRule]]
    elsewhere: NotRequired[Annotated[str, Field(description="The view that shows the triple.")]]
    caveat: NotRequired[Annotated[str, Field(description="Whose it is, if it holds in no view.")]]
    candidates: NotRequired[list[NamedThing]]
    offered: NotRequired[Annotated[list[str], Field(description="Media types of answers.")]]
    accepted: NotRequired[Annotated[list[str], Field(description="Media types of bodies.")]]


class SavedQuestion(TypedDict):
    """A saved query: its question by language, and a text about each parameter."""

    name: str
    question: Texts
    parameters: Texts
    view: str
    world: NotRequired[str]
    answer: str
    form: Annotated[str, Field(description="SELECT, ASK or CONSTRUCT.")]
    href: str
    template: str


class SavedQuestions(TypedDict):
    """All saved queries."""

    queries: list[SavedQuestion]


FrameEntry = TypedDict("FrameEntry", {"name": str, "href": str, "class": str})
FrameEntry.__doc__ = "A frame, its address, and the class whose members it frames."


class Frames(TypedDict):
    """All frames."""

    frames: list[FrameEntry]


class LinkFile(TypedDict):
    """A file of links in SSSOM, and the number of its mappings."""

    name: str
    href: str
    mappings: int


class LinkFiles(TypedDict):
    """All files of links."""

    links: list[LinkFile]


class Dump(TypedDict):
    """A file with a release; the size and hash are those of the compressed file."""

    name: str
    href: str
    title: Texts
    mediaType: str
    bytes: int
    sha256: str


class Dumps(TypedDict):
    """All dumps of the release."""

    dumps: list[Dump]


class LookupChoice(TypedDict):
    """A resource that may be meant, and how it is related to what was looked up."""

    id: str
    href: str
    relation: str
    label: Texts


class LookupChoices(TypedDict):
    """The resources that may be meant."""

    choices: list[LookupChoice]


class VocabularyTerm(TypedDict):
    """A term as a query writes it, with its labels and other names by language, labels first.

    `uses` is the number of members of a class, the number of triples of a property or a graph, and
    for others the number of triples that refer to it.
    """

    curie: Annotated[str, Field(description="A CURIE, or an IRI in angle brackets without one.")]
    kind: TermKind
    labels: dict[str, list[str]]
    uses: int
    definitions: NotRequired[
        Annotated[dict[str, str], Field(description="By language, of a class or property.")]
    ]
    of: NotRequired[Annotated[list[str], Field(description="The classes that use a property.")]]


class TermsForCompletion(TypedDict):
    """The prefixes and terms that a query may use, the most used terms first."""

    prefixes: dict[str, str]
    terms: list[VocabularyTerm]


class LinkTarget(TypedDict):
    """The target of a typed link (RFC 9264)."""

    href: str
    type: NotRequired[str]
    hreflang: NotRequired[list[str]]


class LinkContext(TypedDict):
    """The typed links from one document; each other member is a relation with its targets."""

    anchor: str
    license: NotRequired[list[LinkTarget]]


class LinkSet(TypedDict):
    """The typed links of some documents (RFC 9264)."""

    linkset: list[LinkContext]


class TripleTerm(TypedDict):
    """A triple term of SPARQL 1.2."""

    subject: "ResultTerm"
    predicate: "ResultTerm"
    object: "ResultTerm"


_TaggedTerm = TypedDict("_TaggedTerm", {"xml:lang": NotRequired[str]})


class ResultTerm(_TaggedTerm):
    """An RDF term in SPARQL results; only a triple term has no text as its value."""

    type: Literal["uri", "literal", "bnode", "triple"]
    value: str | TripleTerm
    datatype: NotRequired[str]


ResultRow = TypeAliasType("ResultRow", dict[str, ResultTerm])


class ResultRows(TypedDict):
    """The rows of a SELECT query; a row has no member for a variable without a value."""

    bindings: list[ResultRow]


class ResultHead(TypedDict):
    """The variables of a SELECT query, in order."""

    vars: NotRequired[list[str]]


class SparqlResults(TypedDict):
    """SPARQL results in JSON: `results` of a SELECT query, `boolean` of an ASK query."""

    head: ResultHead
    results: NotRequired[ResultRows]
    boolean: NotRequired[bool]


class SupportQuestion(TypedDict):
    """A SELECT query and rows of its answer, whose triples are asked for.

    `limit` is the most matches of the query to trace for each row.
    """

    query: str
    rows: list[ResultRow]
    view: NotRequired[str]
    world: NotRequired[str]
    limit: NotRequired[int]


class Ground(TypedDict):
    """A graph that says a statement, with its status, who holds it, and where it was read."""

    graph: str
    status: str
    derived: bool
    holders: list[str]
    followsFromClaimsOf: list[str]
    passages: list[str]
    sources: list[str]
    rules: list[str]


class SupportingTriple(TypedDict):
    """A triple that matched a pattern of a query, with its grounds, strongest first.

    `graph` is the named graph in which the query looked for it. Names, types and links may have no
    ground, and then no status.
    """

    subject: ResultTerm
    predicate: ResultTerm
    object: ResultTerm
    graph: NotRequired[str]
    status: NotRequired[str]
    derived: NotRequired[bool]
    grounds: list[Ground]
    explanation: NotRequired[Annotated[str, Field(description="The path of its proof.")]]


class RowStatus(TypedDict):
    """The status of a triple that decides how strong a row is, and whether it is derived."""

    status: str
    derived: bool


class SupportedRow(TypedDict):
    """A row, the number of matches behind it, and the triples of the first `traced` of these.

    `found` is whether the row is in the answer; it is missing if not all matches could be read. A
    match is as strong as its weakest triple, a row as its strongest match, and what is computed of
    many matches as the weakest of them all. `weakest` is the status that the row has by that. It is
    there only if all is known; instead, `atMost` or `atLeast` may be. `complete` is whether all
    matches were read and examined, and all that could make the row weaker was traced.
    """

    row: ResultRow
    found: NotRequired[bool]
    weakest: NotRequired[RowStatus]
    atMost: NotRequired[RowStatus]
    atLeast: NotRequired[RowStatus]
    solutions: int
    traced: int
    examined: int
    complete: bool
    triples: list[SupportingTriple]


class UntracedPattern(TypedDict):
    """A kind of pattern in the query that is not traced, and why."""

    kind: str
    reason: Texts


class RowsSupport(TypedDict):
    """The triples behind rows of an answer, and what in the query is not traced."""

    rows: list[SupportedRow]
    untraced: list[UntracedPattern]


class JsonRpcAnswer(TypedDict):
    """An answer of JSON-RPC 2.0: a result or an error, with the id of the message."""

    jsonrpc: Literal["2.0"]
    id: NotRequired[str | int | None]
    result: NotRequired[dict[str, Any]]
    error: NotRequired[dict[str, Any]]
