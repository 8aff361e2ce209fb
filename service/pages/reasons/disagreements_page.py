"""The page about who disagrees with whom: each party beside those that it disagrees with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import descriptions
from kg.namespaces import OWL, RDF
from kg.statuses import Status, view_parameters
from service.pages.reasons.proof_page import FORMATS, ProofWriter, own_path
from service.pages.reasons.suppositions import FIELDS, write_term

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import AnyProof, Proof
    from kg.reasoning.whatif.disagreements import Dispute


def write_disagreements(
    writer: ProofWriter,
    path: str,
    contradictions: "Sequence[AnyProof]",
    disputes: "Sequence[Dispute]",
) -> bytes:
    """Write the contradictions with their proofs, then what the text reports by party.

    `path` has the parameters except the language.
    """
    terms = writer.terms
    others = defaultdict[object, list[int]](list)
    for number, dispute in enumerate(disputes, 1):
        for opponent in dispute.opponents:
            others[opponent.term].append(number)
    return terms.write_page(
        "disagreements.html",
        title=terms.words["disagreements-title"],
        path=path,
        writer=writer,
        contradictions=contradictions,
        disputes=disputes,
        disputes_with=others,
        headings={number: _heading(writer, one) for number, one in enumerate(disputes, 1)},
        speaks=_speaks,
        definition=lambda term: _definition(writer, term),
        other_end=_other_end,
        why_address=lambda proof: _why_address(writer, proof),
        own_path=own_path(path, {}),
        formats_of_proofs=FORMATS,
    )


def _speaks(dispute: "Dispute") -> str:
    """Return whose judgement a dispute is: `holder`, `text`, or "" for nobody's but the facts'."""
    attribution = dispute.attribution
    if attribution is None or attribution.status is Status.THESIS:
        return "text" if attribution else ""
    return "holder" if attribution.holder else ""


def _heading(writer: ProofWriter, dispute: "Dispute") -> str:
    words, names = writer.terms.words, [_name(writer, one.term) for one in dispute.opponents]
    one = _name(writer, dispute.party)
    if _speaks(dispute) == "text":
        one = words["dispute-text"]
    elif dispute.attribution and dispute.attribution.holder:
        one = _name(writer, dispute.attribution.holder)
    elif all(_is_mutual(writer, each.report.triple.predicate) for each in dispute.opponents):
        return words["dispute-sides-mutual"].format(one=one, others=words["listed"].join(names))
    return words["dispute-sides"].format(one=one, others=words["listed"].join(names))


def _is_mutual(writer: ProofWriter, predicate: NamedNode) -> bool:
    return any(writer.store.triples(predicate, RDF["type"], OWL["SymmetricProperty"]))


def _name(writer: ProofWriter, term: object) -> str:
    return writer.terms.label(term).value if isinstance(term, NamedNode) else str(term)


def _definition(writer: ProofWriter, term: object) -> Literal | None:
    """Return what a thing is in the language of the page, or else in another one."""
    if not isinstance(term, NamedNode):
        return None
    return next(iter(writer.terms.sorted_texts(descriptions(writer.store, term))), None)


def _other_end(triple: Triple, dispute: "Dispute") -> object:
    return triple.object if triple.subject == dispute.party else triple.subject


def _why_address(writer: ProofWriter, proof: "Proof") -> str:
    """Return the address of a proof, in the view that shows it."""
    asked: Mapping[str, Any] = dict(zip(FIELDS, map(write_term, proof.triple), strict=True))
    shown = view_parameters(proof.standing) if proof.standing else {}
    return writer.terms.in_language(f"/explain?{urlencode({**asked, **shown})}")
