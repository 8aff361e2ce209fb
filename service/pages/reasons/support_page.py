"""The triples behind rows of an answer: as JSON for programs, and for one row as a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from markupsafe import Markup
from pyoxigraph import NamedNode, Triple

from kg.describe.evidence import GraphProvenance
from kg.namespaces import shorten
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, Standing, view_parameters
from service.answers import json_types
from service.answers.result_terms import write_term
from service.http.negotiation import LANGUAGE_NAMES, Language
from service.pages.reasons.proof_page import ProofWriter
from service.pages.result_page import CELLS
from service.pages.terms import TermWriter, read_words

if TYPE_CHECKING:
    from kg.describe.query_patterns import Untraced
    from kg.describe.supporting_triples import RowSupport, SupportingTriple
    from kg.reasoning.proofs.proof import Proof

Row = Mapping[str, Any]
# The matches that the page lists on request.
_MORE: Final = 200
# Those of an aggregate may be hundreds.
_MAX_PREMISES: Final = 10


@dataclass(frozen=True)
class SupportedStatement:
    """A statement of a row: its sentence, its grounds, and the addresses of what can be asked.

    `why` leads to its explanation, and `without` to what would hold if it were not so; either is
    "" if that cannot be asked.
    """

    words: Markup
    grounds: Sequence[GraphProvenance]
    why: str
    without: str


@dataclass(frozen=True)
class SupportPage:
    """The parts of a request that a page about a row needs.

    `path` is the address of the page without its language, and `result` where the answer is; either
    is empty if it would be too long. `fields` are those that ask for either again by a form.
    """

    language: Language
    path: str
    result: str
    fields: Sequence[tuple[str, str]]


def describe_support(
    rows: Sequence[Row],
    found: "Sequence[RowSupport]",
    untraced: "Sequence[Untraced]",
    view: Standing = DEFAULT_VIEW,
) -> json_types.RowsSupport:
    """Return the support of rows as JSON; the paths of proofs lead to the view."""
    triples: dict[SupportingTriple, json_types.SupportingTriple] = {}
    for support in found:
        for one in support.triples:
            if one not in triples:
                triples[one] = _describe_triple(one, view)
    described = [
        _describe_row(row, support, [triples[one] for one in support.triples])
        for row, support in zip(rows, found, strict=True)
    ]
    reasons = [
        json_types.UntracedPattern(kind=kind, reason=_texts(f"support-untraced-{kind}"))
        for kind in untraced
    ]
    return {"rows": described, "untraced": reasons}


def _describe_row(
    row: Row, support: "RowSupport", triples: list[json_types.SupportingTriple]
) -> json_types.SupportedRow:
    described = json_types.SupportedRow(
        row={name: write_term(term) for name, term in row.items()},
        solutions=support.solutions,
        traced=support.traced,
        examined=support.examined,
        complete=support.is_examined and not support.may_be_weaker,
        triples=triples,
    )
    if support.is_found or support.is_complete:
        described["found"] = support.is_found
    if support.ground is not None:
        status: json_types.RowStatus
        status = {"status": support.ground.status.value, "derived": support.ground.is_derived}
        match support.bound:
            case "exact":
                described["weakest"] = status
            case "at-most":
                described["atMost"] = status
            case "at-least":
                described["atLeast"] = status
    return described


def _describe_triple(one: "SupportingTriple", view: Standing) -> json_types.SupportingTriple:
    subject, predicate, object_ = map(write_term, one.triple)
    described = json_types.SupportingTriple(
        subject=subject,
        predicate=predicate,
        object=object_,
        grounds=[*map(describe_ground, one.grounds)],
    )
    if one.graph is not None:
        described["graph"] = one.graph.value
    if one.strongest is not None:
        described |= {"status": one.strongest.status.value, "derived": one.strongest.is_derived}
        described["explanation"] = explanation_path(one.triple, view)
    return described


def describe_ground(ground: GraphProvenance) -> json_types.Ground:
    """Return the provenance of a statement as JSON."""

    def iris(several: Sequence[NamedNode]) -> list[str]:
        return [one.value for one in several]

    return {
        "graph": ground.graph.value,
        "status": ground.status.value,
        "derived": ground.is_derived,
        "holders": iris(ground.holders),
        "followsFromClaimsOf": iris(ground.follows_from),
        "passages": iris(ground.passages),
        "sources": iris(ground.sources),
        "rules": iris(ground.rules),
    }


def write_support_page(
    terms: TermWriter,
    page: SupportPage,
    query: Query,
    row: Row,
    support: "RowSupport",
    untraced: "Sequence[Untraced]",
    *,
    step: "Proof | None",
    writer: ProofWriter,
) -> bytes:
    """Write the page of one row: its statements with their grounds, and what is not traced.

    `step` is the proof of its only statement, of which the rule and the first premises are shown.
    """
    statements, others = list[SupportedStatement](), list[SupportedStatement]()
    for one in support.triples:
        asserted = [ground for ground in one.grounds if not ground.is_derived]
        derived = [ground for ground in one.grounds if ground.is_derived]
        # One derivation is enough: the link to its explanation leads to the strongest proof.
        shown = [*asserted, *derived[:1]]
        (statements if shown else others).append(
            SupportedStatement(
                terms.statement(one.triple),
                shown,
                terms.local(explanation_path(one.triple)) if shown else "",
                writer.address_without(one.triple, asserted[0]) if asserted else "",
            )
        )
    return terms.write_page(
        "support.html",
        title=terms.say("support-title"),
        path=page.path or "/sparql",
        place="query",
        page=page,
        query=query.text,
        row=row,
        cells=dict(page.fields).get("cells") or CELLS[0],
        support=support,
        statements=statements,
        others=others,
        untraced=untraced,
        step=step,
        premises=[
            (proof, terms.local(explanation_path(proof.triple)))
            for proof in (step.premises[:_MAX_PREMISES] if step else ())
        ],
        writer=writer,
        more=_MORE,
    )


def explanation_path(triple: Triple, view: Standing = DEFAULT_VIEW) -> str:
    """Return the path of the proof of a triple in a view."""
    terms = (shorten(one.value) if isinstance(one, NamedNode) else str(one) for one in triple)
    parameters = dict(zip(("subject", "predicate", "object"), terms, strict=True))
    in_view = {} if view == DEFAULT_VIEW else view_parameters(view)
    return f"/explain?{urlencode(parameters | in_view)}"


def _texts(key: str) -> json_types.Texts:
    return {tag: read_words(tag)[key] for tag in LANGUAGE_NAMES}
