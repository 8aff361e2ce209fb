"""Proofs -> a page for people, in which every name leads to its own document."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import NamedNode

from kg.namespaces import BASE, RULE, shorten

if TYPE_CHECKING:
    from kg.explain import Evidence, Proof

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Why it stands - Glocal</title>
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem;
    margin: 2rem auto; padding: 0 1rem }}
  ul {{ border-left: 1px solid #bbb; list-style: none; padding-left: 1rem }}
  small {{ color: #555; display: block }}
</style>
<h1>Why it stands</h1>
{proofs}
</html>
"""


def page(proofs: "Sequence[Proof]") -> bytes:
    """The trees of the proofs as nested lists."""
    parts = [
        f"<h2>Proof {number}</h2><ul>{_step(proof)}</ul>"
        for number, proof in enumerate(proofs, start=1)
    ]
    return _PAGE.format(proofs="\n".join(parts)).encode()


def _step(proof: "Proof") -> str:
    triple = proof.triple
    statement = " ".join(map(_term, (triple.subject, triple.predicate, triple.object)))
    status = proof.status.value if proof.status else "asserted"
    holder = f" of {_term(proof.holder)}" if proof.holder else ""
    premises = "".join(map(_step, proof.premises))
    below = f"<ul>{premises}</ul>" if premises else ""
    return f"<li>{statement} <b>{status}{holder}</b>{_reason(proof)}{below}</li>"


def _reason(proof: "Proof") -> str:
    if proof.rule is None:
        return "".join(f"<small>in {_evidence(one)}</small>" for one in proof.evidence)
    sentence = proof.rule.sentence
    absent = "".join(f"<small>absent: {escape(str(one))}</small>" for one in proof.absent)
    return (
        f"<small>by {_term(RULE[proof.rule.name])}: {escape(sentence.get('en', ''))} "
        f'<span lang="zh">{escape(sentence.get("zh", ""))}</span> '
        f"{escape(proof.rule.source)}</small>{absent}"
    )


def _evidence(evidence: "Evidence") -> str:
    passages = [
        f"{_term(one.iri)} (page {escape(one.page or '?')}, "
        f"paragraph {escape(one.paragraph or '?')})"
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
    is_ours, is_link = term.value.startswith(BASE), term.value.startswith(("http:", "https:"))
    address = f"/{term.value.removeprefix(BASE)}" if is_ours else term.value
    text = escape(shorten(term.value))
    return f'<a href="{escape(address)}">{text}</a>' if is_link else text
