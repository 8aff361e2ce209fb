"""The answers of tools: their fields are the schemas of structured output that agents read."""

import json
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field

from service.agents.terms import Cell

# Of the JSON of an answer; agents read all of it.
MAX_ANSWER_BYTES: Final = 40_000

Texts = Annotated[dict[str, str], Field(description="Texts by language.")]
Note = Annotated[
    str, Field(description="What is left out, why the answer may be empty, and what to try.")
]
Total = Annotated[int, Field(description="The number of all, also of those that are left out.")]
TotalOrNone = Annotated[
    int | None, Field(description="The number of all; null if a limit of the service cut it off.")
]
Passages = Annotated[list[str], Field(description="The passages it rests on; see the tool `cite`.")]
Caveat = Annotated[
    str, Field(description="Whose it only is, and the page, if it holds in no view.")
]


class Answer(BaseModel):
    """An answer of a tool; all have a note."""

    note: Note = ""


class Match(BaseModel):
    """A thing or term that a name may mean."""

    id: Annotated[str, Field(description="Its CURIE, which all tools take.")]
    kind: Annotated[str, Field(description="entity, class or property")]
    label: str
    description: str = ""
    types: list[str] = []
    score: Annotated[float | None, Field(description="How similar the name is, up to 100.")] = None
    is_exact: Annotated[bool, Field(description="Whether it certainly is what was meant.")] = False


class Matches(Answer):
    """The things and terms that a name may mean, best first."""

    matches: list[Match]
    total: Total


class Statement(BaseModel):
    """A statement as one evidence graph or rule makes it; one made twice is listed twice."""

    subject: str
    predicate: str
    object: Cell
    status: Annotated[
        str, Field(description="How strongly it is made; empty for names, links and definitions.")
    ] = ""
    is_shown: Annotated[bool, Field(description="Whether it holds in the view that was asked.")]
    held_by: Annotated[str, Field(description="Who claims or judges it, if not the text.")] = ""
    graph: Annotated[str, Field(description="The evidence graph, or that of the rule.")] = ""
    rule: Annotated[str, Field(description="The rule that derives it, in words.")] = ""
    passages: Passages = []
    caveat: Caveat = ""


class Statements(Answer):
    """Statements with their evidence, those that hold in the view first."""

    statements: list[Statement]
    total: TotalOrNone


class Description(Statements):
    """A thing with all that is said about it."""

    id: str
    iri: str
    labels: Texts
    other_names: list[str]
    types: list[str]
    description: Texts


class Term(BaseModel):
    """A class or a property."""

    id: str
    label: Texts
    definition: Texts
    broader: list[str]
    uses: Annotated[int, Field(description="Members of a class, or triples with a property.")]


class Schema(Answer):
    """The vocabulary, the most used first."""

    classes: list[Term]
    properties: list[Term]
    total_classes: Total
    total_properties: Total
    prefixes: Annotated[dict[str, str], Field(description="Queries need not declare them.")]
    views: Annotated[dict[str, str], Field(description="What each view shows.")]
    worlds: Annotated[list[str], Field(description="What a view may suppose beyond that.")]


class Question(BaseModel):
    """A saved question."""

    name: str
    question: Texts
    parameters: Annotated[dict[str, str], Field(description="What each value has to be.")]
    answer: Annotated[str, Field(description="What a row of the answer is.")]
    view: Annotated[str, Field(description="The view it is meant for.")]
    world: str = ""


class Questions(Answer):
    """Saved questions."""

    questions: list[Question]
    total: Total


class Table(Answer):
    """Rows of a result; of a CONSTRUCT or DESCRIBE, its triples; of an ASK, its answer."""

    columns: list[str]
    rows: Annotated[list[list[Cell]], Field(description="IRIs as CURIEs, texts in quotes.")]
    total: TotalOrNone
    view: str
    world: str = ""


class Pattern(BaseModel):
    """A part of a query that matters for its emptiness."""

    pattern: str
    finding: str


class QueryCheck(Answer):
    """The mistake in a query, or the reason why its answer is empty."""

    is_valid: bool
    error: str = ""
    line: int | None = None
    column: int | None = None
    unknown_terms: Annotated[list[str], Field(description="With similar terms that exist.")] = []
    total: Annotated[int | None, Field(description="The number of rows, if it could run.")] = None
    empty_because: list[Pattern] = []
    other_views: Annotated[
        list[str], Field(description="Where its pattern has solutions, if not in this view.")
    ] = []


class Step(BaseModel):
    """A step of a proof."""

    number: int
    statement: str
    status: str
    held_by: str = ""
    rule: Annotated[str, Field(description="The rule in words; empty for what is asserted.")] = ""
    from_steps: Annotated[list[int], Field(description="The premises of the rule.")] = []
    evidence: Annotated[list[str], Field(description="The evidence of what is asserted.")] = []
    passages: Passages = []


class Proof(BaseModel):
    """A proof; its first step is what it proves."""

    steps: list[Step]
    total_steps: Total


class Explanation(Answer):
    """The proofs of a statement, strongest first."""

    caveat: Caveat = ""
    proofs: list[Proof]
    passages: Passages


class LackingRule(BaseModel):
    """A rule that would derive the statement if one premise held."""

    rule: str
    sentence: str
    missing: str
    present: list[str]


class Reasons(Answer):
    """Why a statement does not hold."""

    reason: str
    caveat: Caveat = ""
    nearest: list[LackingRule]


class Change(BaseModel):
    """A statement that a supposition would change."""

    statement: str
    change: Annotated[str, Field(description="gained, lost, shifted or beyond (the view)")]
    status: str
    before: Annotated[str, Field(description="Where it stands now, or empty.")]
    after: Annotated[str, Field(description="Where it would stand, or empty.")]
    rule: str = ""


class Clash(BaseModel):
    """A contradiction that a supposition would cause."""

    rule: Annotated[str, Field(description="The rule that forbids it, in words.")]
    statements: Annotated[list[str], Field(description="What cannot hold together.")]


class Outcome(Answer):
    """The changes that a supposition would make."""

    counts: Annotated[dict[str, int], Field(description="The true number of each change.")]
    changes: list[Change]
    contradictions: list[Clash]
    answers: Annotated[
        dict[str, Any] | None, Field(description="Answers to the query, before and after.")
    ] = None


class Citation(BaseModel):
    """A passage, and how to cite it."""

    of: Annotated[str, Field(description="What was asked for.")]
    passage: str
    page: Cell = None
    last_page: Annotated[Cell, Field(description="If it runs over a page break.")] = None
    paragraph: Cell = None
    section: str = ""
    about: Annotated[str, Field(description="A description of the passage, not its text.")] = ""
    text: Annotated[str, Field(description="The citation, to be copied.")]
    address: str


class Citations(Answer):
    """Citations of passages, and of the release that they were read in."""

    release: Annotated[str, Field(description="The content hash of the release.")]
    version: str
    citations: list[Citation]
    total: Total
    cite_release_as: str


T = TypeVar("T", bound=Answer)


def fit(answer: Answer, name: str, most_bytes: int = MAX_ANSWER_BYTES) -> int:
    """Shorten the list `name` of an answer until its JSON fits; return how many are left out."""
    items = getattr(answer, name)
    room = most_bytes - len(answer.model_copy(update={name: []}).model_dump_json().encode())
    kept = 0
    for item in items:
        room -= len(_encode(item))
        if room < 0:
            break
        kept += 1
    left_out = len(items) - kept
    setattr(answer, name, items[:kept])
    return left_out


def fit_first(answer: T, name: str, total: int, advice: str) -> T:
    """Return the answer with its list `name` shortened; its note says how many of all are left."""
    fit(answer, name)
    listed = len(getattr(answer, name))
    if listed < total:
        answer.note = f"The first {listed} of {total}. For more: {advice}"
    return answer


def _encode(item: Any) -> bytes:
    if isinstance(item, BaseModel):
        return item.model_dump_json().encode() + b","
    return json.dumps(item, ensure_ascii=False).encode() + b","
