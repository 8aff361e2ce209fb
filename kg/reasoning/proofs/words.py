"""A proof in words: what is asked, the lines of its tree, the text of a tree, a diagram."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from kg.errors import MalformedParameter
from kg.namespaces import RULE, shorten
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, Evidence, Passage, Proof
from kg.store.saved_queries import read_term

# An entity may be mentioned in dozens of passages: a tree shows the first ones.
_MOST_PASSAGES: Final = 3
_WIDE: Final = 10_000

NO_CONTRADICTIONS: Final = "No contradictions among what does not hold.\n"


def read_triple(subject: str, predicate: str, object_: str) -> Triple:
    """The triple of three IRIs or CURIEs; the object may be a literal in quotation marks.

    Raises:
        MalformedParameter: a term is none of these.
    """
    first = read_term("subject", subject, "an IRI")
    second = read_term("predicate", predicate, "an IRI")
    what = "a literal" if object_.startswith('"') else "an IRI, or a literal in quotation marks"
    third = read_term("object", object_, what)
    if isinstance(first, Literal) or isinstance(second, Literal):
        raise MalformedParameter("subject", "right would be an IRI")
    if isinstance(third, Literal) and third.value == object_:
        raise MalformedParameter("object", f'{object_} is no literal; right would be "text"@en')
    return Triple(first, second, third)


def statement(triple: Triple) -> str:
    """The triple in CURIEs."""
    terms = (triple.subject, triple.predicate, triple.object)
    return " ".join(
        shorten(term.value) if isinstance(term, NamedNode) else str(term) for term in terms
    )


def headline(proof: AnyProof) -> str:
    """What is proved: the triple in CURIEs, or that there is a contradiction."""
    return "Contradiction" if isinstance(proof, ContradictionProof) else statement(proof.triple)


def standing(proof: AnyProof) -> str:
    """How it stands: its status, and of a claim the holder."""
    status = proof.status.value if proof.status else "asserted"
    return f"{status} of {shorten(proof.holder.value)}" if proof.holder else status


def reasons(proof: AnyProof) -> Iterator[str]:
    """What stands under it: its rule with sentence, source and place, or its evidence."""
    if proof.rule is not None:
        name = shorten(RULE[proof.rule.name].value)
        origin = ", ".join(filter(None, (proof.rule.source, proof.rule.place)))
        yield f"by {name}: {proof.rule.sentence.get('en', '')}"
        yield f"   {proof.rule.sentence.get('zh', '')} ({origin})"
    yield from (f"absent: {one}" for one in proof.absent)
    for one in proof.evidence if isinstance(proof, Proof) else ():
        yield f"in {shorten(one.graph.value)}{_where(one)}"


def near_miss(miss: Mapping[str, Any]) -> str:
    """One of the `nearest` of `NotDerived`, as a few lines."""
    present = "".join(f"\n   there is: {premise}" for premise in miss["present"])
    return f"{miss['rule']}: {miss['sentence']['en']}{present}\n   missing: {miss['missing']}"


def tree(proof: AnyProof) -> Tree:
    """The proof for a terminal."""
    branch = Tree(label(proof))
    branch.children = [tree(premise) for premise in proof.premises]
    return branch


def label(proof: AnyProof) -> Text:
    """What stands at a branch of the tree: what is proved, how it stands, and its reasons."""
    found = Text(headline(proof), style="bold")
    found.append(f"  [{standing(proof)}]", style="cyan")
    for reason in reasons(proof):
        found.append(f"\n{reason}", style="not bold dim")
    return found


def plain_text(proofs: Sequence[AnyProof]) -> str:
    """The trees of the proofs without colours; no line is broken. Nothing where there are none."""
    return printed(map(tree, proofs))


def printed(trees: Iterable[Tree]) -> str:
    """Trees as text without colours; no line is broken."""
    console = Console(file=StringIO(), width=_WIDE, color_system=None, force_terminal=False)
    with console.capture() as captured:
        for one in trees:
            console.print(one)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def mermaid(proofs: Sequence[AnyProof]) -> str:
    """A flowchart from what is asserted to what is proved; equal triples are one."""
    names: dict[object, str] = {}
    lines = ["flowchart BT"]
    for proof in proofs:
        if isinstance(proof, ContradictionProof):
            lines += _diagram_lines(proof, names)
        for step in proof.steps():
            lines += _diagram_lines(step, names)
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _diagram_lines(step: AnyProof, names: dict[object, str]) -> Iterator[str]:
    def name(key: object, letter: str) -> str:
        return names.setdefault(key, f"{letter}{len(names)}")

    def name_of(proof: AnyProof) -> str:
        if isinstance(proof, ContradictionProof):
            return name((proof.rule.name, proof.triples, proof.status, proof.holder), "c")
        return name((proof.triple, proof.status, proof.holder), "s")

    own = name_of(step)
    yield f'    {own}["{_escaped(headline(step))}<br>{_escaped(standing(step))}"]'
    for one in step.evidence if isinstance(step, Proof) else ():
        graph = name(one.graph, "e")
        where = f"{shorten(one.graph.value)}{_where(one)}"
        yield f'    {graph}[("{_escaped(where)}")]'
        yield f"    {graph} --> {own}"
    if step.rule is not None:
        premises = [name_of(premise) for premise in step.premises]
        rule = name((step.rule.name, own, *premises), "r")
        texts = filter(None, (shorten(RULE[step.rule.name].value), step.rule.place))
        lines = [*texts, *(f"absent: {one}" for one in step.absent)]
        yield f'    {rule}{{{{"{"<br>".join(map(_escaped, lines))}"}}}}'
        yield from (f"    {premise} --> {rule}" for premise in premises)
        yield f"    {rule} --> {own}"


def _escaped(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;")


def _where(evidence: Evidence) -> str:
    """Passages, outside sources and the work that is cited, as far as there are any."""
    parts = [_passage(one) for one in evidence.passages[:_MOST_PASSAGES]]
    more = len(evidence.passages) - _MOST_PASSAGES
    parts += [f"and {more} more"] if more > 0 else []
    parts += [f"cited from {shorten(one.value)}" for one in evidence.cited_from]
    parts += [f"source {shorten(one.value)}" for one in evidence.sources]
    return f": {'; '.join(parts)}" if parts else ""


def _passage(passage: Passage) -> str:
    places = ", ".join(passage.places)
    return f"{shorten(passage.iri.value)} ({places})" if places else ""
