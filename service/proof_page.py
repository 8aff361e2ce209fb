"""Proofs -> a page for people, in which every name leads to its own document."""

from collections.abc import Container, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode

from kg.namespaces import BASE, RULE, shorten
from service.html_page import door_page

if TYPE_CHECKING:
    from kg.explain import AnyProof, Evidence
    from kg.rules import Rule


def page(
    proofs: "Sequence[AnyProof]", documents: Container[str], title: str = "Why it stands"
) -> bytes:
    """The trees of the proofs as nested lists.

    Args:
        proofs: of triples or of contradictions.
        documents: what can follow `/ontology/` in an address here, such as `core`; where a rule
            is written is then a link.
        title: in HTML.
    """
    parts = [
        f'<h2>Proof {number}</h2><ul class="proof">{_step(proof, documents)}</ul>'
        for number, proof in enumerate(proofs, start=1)
    ]
    proofs_or_none = "\n".join(parts) or "<p>None.</p>"
    return door_page(title, f"<h1>{title}</h1>\n{proofs_or_none}")


def _step(proof: "AnyProof", documents: Container[str]) -> str:
    status = proof.status.value if proof.status else "asserted"
    holder = f" of {_term(proof.holder)}" if proof.holder else ""
    premises = "".join(_step(premise, documents) for premise in proof.premises)
    below = f"<ul>{premises}</ul>" if premises else ""
    reason = _rule(proof.rule, documents) if proof.rule else _leaf(proof)
    reason += "".join(f"<small>absent: {escape(str(one))}</small>" for one in proof.absent)
    return f"<li>{_headline(proof)} <b>{status}{holder}</b>{reason}{below}</li>"


def _headline(proof: "AnyProof") -> str:
    # Not at the start: see `Reasons`.
    from kg.explain import ContradictionProof

    if isinstance(proof, ContradictionProof):
        name = "Contradiction"
        return f'<a href="{escape(address(proof.iri))}">{name}</a>' if proof.iri else name
    triple = proof.triple
    return " ".join(map(_term, (triple.subject, triple.predicate, triple.object)))


def _leaf(proof: "AnyProof") -> str:
    from kg.explain import Proof

    evidence = proof.evidence if isinstance(proof, Proof) else ()
    return "".join(f"<small>in {_evidence(one)}</small>" for one in evidence)


def _rule(rule: "Rule", documents: Container[str]) -> str:
    return (
        f"<small>by {_term(RULE[rule.name])}: {escape(rule.sentence.get('en', ''))} "
        f'<span lang="zh">{escape(rule.sentence.get("zh", ""))}</span> '
        f"{escape(rule.source)} {place_link(rule.place, documents)}</small>"
    )


def place_link(place: str, documents: Container[str]) -> str:
    """Where a rule is written, as a link to that document if it is here."""
    name = place.partition(":")[0].removesuffix(".ttl")
    text = f"<code>{escape(place)}</code>" if place else ""
    return f'<a href="/ontology/{escape(name)}">{text}</a>' if name in documents else text


def _evidence(evidence: "Evidence") -> str:
    passages = [
        f"{_term(one.iri)} ({', '.join(map(escape, one.places)) or 'page ?'})"
        for one in evidence.passages
    ]
    sources = [f"source {_term(one)}" for one in evidence.sources]
    cited = [f"cited from {_term(one)}" for one in evidence.cited_from]
    return "; ".join([_term(evidence.graph), *passages, *cited, *sources])


def _term(term: Any) -> str:
    """A link, to this host where the thing is ours; a literal as in Turtle."""
    if not isinstance(term, NamedNode):
        return escape(str(term))
    # An IRI of another scheme, such as javascript:, is shown and leads nowhere.
    is_link = term.value.startswith(("http:", "https:"))
    text = escape(shorten(term.value))
    return f'<a href="{escape(address(term))}">{text}</a>' if is_link else text


def address(iri: NamedNode) -> str:
    """The path on this host of what is ours, else the IRI."""
    is_ours = iri.value.startswith(BASE)
    return f"/{iri.value.removeprefix(BASE)}" if is_ours else iri.value
