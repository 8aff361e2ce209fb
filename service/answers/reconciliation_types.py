"""The JSON answers of the reconciliation service, as types.

Source: Reconciliation Service API 0.2, W3C Entity Reconciliation Community Group.
"""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict


class NamedId(TypedDict):
    """An entity, class or property with its name."""

    id: str
    name: str


class Template(TypedDict):
    """An address in which a client replaces the identifier."""

    url: str


class PreviewTemplate(Template):
    """The address of a preview, and its size in pixels."""

    width: int
    height: int


class SuggestService(TypedDict):
    """Where suggestions and their descriptions are."""

    service_url: str
    service_path: str
    flyout_service_url: NotRequired[str]
    flyout_service_path: NotRequired[str]


class SuggestServices(TypedDict):
    """Where suggestions of each kind are."""

    entity: SuggestService
    type: SuggestService
    property: SuggestService


class ReconciliationManifest(TypedDict):
    """The description of the reconciliation service that a client reads first."""

    versions: list[str]
    name: str
    identifierSpace: str
    schemaSpace: str
    defaultTypes: list[NamedId]
    documentation: NotRequired[str]
    serviceVersion: NotRequired[str]
    batchSize: Annotated[int, Field(description="The maximum number of queries in a batch.")]
    view: Template
    preview: PreviewTemplate
    suggest: SuggestServices
    extend: dict[str, Any]


class Feature(TypedDict):
    """A part of a score."""

    id: str
    value: float | bool | str


class Candidate(NamedId):
    """An entity that may be meant; `score` is from 0 to 100."""

    description: NotRequired[str]
    type: list[NamedId]
    score: float
    match: bool
    features: NotRequired[list[Feature]]


class Candidates(TypedDict):
    """The candidates for one query, the best first."""

    result: list[Candidate]
    error: NotRequired[str]


ReconciledBatch = TypeAliasType("ReconciledBatch", dict[str, Candidates])


# Not as a class, in which `str` would be the member.
ExtensionValue = TypedDict(  # noqa: UP013
    "ExtensionValue",
    {
        "id": NotRequired[str],
        "name": NotRequired[str],
        "str": NotRequired[str],
        "float": NotRequired[float],
        "int": NotRequired[int],
        "bool": NotRequired[bool],
        "date": NotRequired[str],
    },
)
ExtensionValue.__doc__ = "A value of a property: an entity or a literal."

ExtendedRow = TypeAliasType("ExtendedRow", dict[str, list[ExtensionValue]])


class ExtendedProperty(NamedId):
    """A property of the table, and why it has no values if it is not one."""

    error: NotRequired[str]


class Extension(TypedDict):
    """Values of properties, by entity and property."""

    meta: list[ExtendedProperty]
    rows: dict[str, ExtendedRow]


class Suggestion(NamedId):
    """A suggested entity, class or property."""

    description: NotRequired[str]
    notable: NotRequired[list[NamedId]]
    broader: NotRequired[list[NamedId]]


class Suggestions(TypedDict):
    """Suggestions, the best first."""

    result: list[Suggestion]
    cursor: NotRequired[int]


class Flyout(TypedDict):
    """A fragment of HTML about a suggestion."""

    id: str
    html: str


class PropertyProposals(TypedDict):
    """Properties that data extension may ask for, the commonest first."""

    type: NotRequired[str]
    limit: NotRequired[int]
    properties: list[Suggestion]
