"""The JSON-LD answers of the service, as types: things, proofs and the outcome of a what-if.

They have the members that are always there; all others are terms of the context.
"""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from service.answers.json_types import LanguageMap, SparqlResults, Texts

JsonLdContext = TypeAliasType("JsonLdContext", str | dict[str, Any] | list[str | dict[str, Any]])
_InContext = TypedDict("_InContext", {"@context": JsonLdContext})


class ContextDocument(_InContext):
    """A JSON-LD context; its members are terms and prefixes."""


class Frame(_InContext):
    """A JSON-LD frame; its other members are keywords and terms of its context."""


class JsonLdDocument(_InContext):
    """A compacted JSON-LD document: either one node with its properties, or several as `graph`.

    `included` describes other things, such as the document. A client that asks for the profile
    `expanded` gets an array.
    """

    id: NotRequired[str]
    type: NotRequired[list[str]]
    graph: NotRequired[list[dict[str, Any]]]
    included: NotRequired[list[dict[str, Any]]]


class Thing(_InContext):
    """A resource with its properties as compacted JSON-LD; each is a term of the context."""

    id: str
    type: NotRequired[list[str]]
    label: NotRequired[LanguageMap]
    description: NotRequired[LanguageMap]
    included: NotRequired[list[dict[str, Any]]]


class CollectionPageReference(TypedDict):
    """A page of a collection, and the addresses of others."""

    id: str
    first: NotRequired[str]
    previous: NotRequired[str]
    next: NotRequired[str]
    last: NotRequired[str]


class ResourceCollection(_InContext):
    """A page of the resources of a kind or class, with the number of all."""

    id: str
    totalItems: int  # noqa: N815
    view: CollectionPageReference
    items: list[dict[str, Any]]


_ExpandedId = TypedDict("_ExpandedId", {"@id": NotRequired[str], "@type": NotRequired[list[str]]})


class ExpandedNode(_ExpandedId):
    """A node of an expanded JSON-LD document; its other members are IRIs of properties."""


LiteralValue = TypedDict(
    "LiteralValue", {"@value": str, "@type": NotRequired[str], "@language": NotRequired[str]}
)
LiteralValue.__doc__ = "A literal with its datatype or language."


class ThingId(TypedDict):
    """A thing by its name."""

    id: str


class ProofRule(TypedDict):
    """A rule with its sentence by language."""

    id: str
    type: list[str]
    ruleSentence: Texts
    definedAt: NotRequired[str]
    hasStatus: NotRequired[str]
    description: NotRequired[Texts]
    fromPassage: NotRequired[list[ThingId]]


class ProofAssociation(TypedDict):
    """The part of a rule in a derivation."""

    type: list[str]
    plan: ProofRule


class ProofDerivation(TypedDict):
    """The step that derived a statement; `absent` says what had to be absent."""

    type: list[str]
    association: ProofAssociation
    absent: NotRequired[list[str]]


class PassageReference(TypedDict):
    """A passage, with its page and paragraph if they are known."""

    id: str
    type: list[str]
    page: NotRequired[int | str]
    paragraph: NotRequired[str]


class EvidenceReference(TypedDict):
    """A graph that asserts a statement, with its status, holder, passages and sources."""

    id: str
    type: NotRequired[list[str]]
    hasStatus: NotRequired[str]
    heldBy: NotRequired[list[str]]
    fromPassage: NotRequired[list[PassageReference]]
    citedFrom: NotRequired[list[str]]
    source: NotRequired[list[str]]
    qualifiers: NotRequired[list[str]]
    hasPurpose: NotRequired[list[str]]


class _Proved(TypedDict):
    type: list[str]
    position: NotRequired[int]
    hasStatus: NotRequired[str]
    hasBase: NotRequired[str]
    heldBy: NotRequired[list[str]]
    followsFromClaimOf: NotRequired[list[str]]
    qualifiers: NotRequired[list[str]]
    derivation: NotRequired[ProofDerivation]
    premises: NotRequired[list["Statement"]]


class Statement(_Proved):
    """A statement with its proof: the rule and its premises, or the evidence that asserts it."""

    subject: str
    predicate: str
    object: ThingId | LiteralValue
    evidence: NotRequired[list[EvidenceReference]]
    primarySource: NotRequired[list[PassageReference]]


class Contradiction(_Proved):
    """A contradiction: the rule that forbids it, and the statements that contradict each other."""

    id: NotRequired[str]


class Explanation(_InContext):
    """The proofs of a statement, the strongest first and among these the smallest.

    `caveat` says whose it is if it holds in no view: only a claim, a hypothesis, a plan.
    """

    type: list[str]
    caveat: NotRequired[str]
    proofs: list[Statement]


class Contradictions(_InContext):
    """Contradictions with their proofs."""

    type: list[str]
    proofs: list[Contradiction]


class Disagreements(_InContext):
    """Contradictions, then statements by which the text reports that somebody disagrees."""

    type: list[str]
    proofs: list[Statement | Contradiction]


class WhereItStands(TypedDict):
    """The base and the world of a statement."""

    hasBase: str
    world: NotRequired[str]


class Change(Statement):
    """A statement that changes: where it stands before and after, and its proof."""

    before: WhereItStands | None
    after: WhereItStands | None


class ChangeCounts(TypedDict):
    """The length of each list on all pages together."""

    gained: int
    lost: int
    shifted: int
    beyond: int
    contradictions: int


class AnswersCompared(TypedDict):
    """The answers to a query before and after the change."""

    before: SparqlResults
    after: SparqlResults


class Outcome(_InContext):
    """The changes that there would be if some facts were different."""

    type: list[str]
    counts: ChangeCounts
    gained: Annotated[list[Change], Field(description="What the view would show then, not now.")]
    lost: Annotated[list[Change], Field(description="What the view shows now, and not then.")]
    shifted: Annotated[list[Change], Field(description="What would stand at another base.")]
    beyond: Annotated[list[Change], Field(description="What would change outside of the view.")]
    contradictions: Annotated[list[Contradiction], Field(description="Those that would arise.")]
    answers: NotRequired[AnswersCompared]
