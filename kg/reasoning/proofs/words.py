"""Format proofs as plain text, terminal trees and diagrams."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from pyoxigraph import NamedNode, Triple
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from kg.caveats import name_supposition, write_caveat
from kg.content import english
from kg.controls import show_controls
from kg.namespaces import RULE, shorten
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, EvidenceGraph, Passage, Proof
from kg.reasoning.rules.patterns import Term
from kg.reasoning.rules.rule import Rule
from kg.statuses import TIMES, Standing

# An entity may be mentioned in dozens of passages; only the first ones are shown.
_MAX_PASSAGES: Final = 3
_TIME_WORDS: Final = dict(zip(TIMES, ("in", "from", "until"), strict=True))
NO_CONTRADICTIONS: Final = "No contradictions in any world.\n"


def format_term(term: Term | Triple) -> str:
    """Return an IRI as a CURIE, and any other term as in N-Triples."""
    return shorten(term.value) if isinstance(term, NamedNode) else str(term)


def format_triple(triple: Triple) -> str:
    """Return the triple with CURIEs for IRIs."""
    return USUAL.triple(triple)


@dataclass(frozen=True)
class Wording:
    """How proofs are worded: the writers of terms and of texts that name IRIs, and the language.

    Without a language, rules are said in every language.
    """

    term: Callable[[Any], str] = format_term
    text: Callable[[str], str] = str
    language: str = ""

    def triple(self, triple: Triple) -> str:
        """Return a triple with its terms as this wording writes them."""
        return " ".join(map(self.term, (triple.subject, triple.predicate, triple.object)))

    def sentences(self, rule: Rule) -> list[str]:
        """Return what a rule says, in the one language or in all; with "" if it says nothing."""
        said = rule.sentence
        chosen = [said[self.language]] if self.language in said else said.values()
        return [*map(self.text, chosen)] or [""]


# The project's own prefixes and all languages.
USUAL: Final = Wording()


def format_headline(proof: AnyProof, wording: Wording = USUAL) -> str:
    """Return what is proved: the triple in CURIEs, or the word "Contradiction"."""
    if isinstance(proof, ContradictionProof):
        return "Contradiction"
    return wording.triple(proof.triple)


def format_attribution(proof: AnyProof) -> str:
    """Return the status of what is proved, who holds it, and from whose claim it follows."""
    without_status = "derived" if proof.rule else "asserted"
    text = proof.status.value if proof.status else without_status
    text += f" of {shorten(proof.holder.value)}" if proof.holder else ""
    by = proof.follows_from
    return f"{text}, by a claim of {shorten(by.value)}" if by else text


def format_standing(standing: Standing) -> str:
    """Return the base and the world of a standing."""
    base, world = standing.base.status.value, standing.world
    return f"{base} in the world {world.name}" if world else base


def format_reasons(proof: AnyProof, wording: Wording = USUAL) -> Iterator[str]:
    """Yield the lines under a headline: the rule with its sentences and origin, or the evidence."""
    if proof.rule is not None:
        name = shorten(RULE[proof.rule.name].value)
        origin = ", ".join(filter(None, (proof.rule.source, proof.rule.location)))
        first, *others = wording.sentences(proof.rule)
        yield f"by {name}: {first}"
        yield f"   {' '.join([*others, f'({wording.text(origin)})'])}"
        if proof.qualifiers:
            yield f"qualified by {_names(proof.qualifiers)}, as its premises are"
    yield from (f"absent: {negation}" for negation in proof.absent)
    for evidence in proof.evidence if isinstance(proof, Proof) else ():
        yield f"in {shorten(evidence.graph.value)}{_origin(evidence)}"


def format_caveat(suppositions: Sequence[Proof], wording: Wording = USUAL) -> str:
    """Return the words about a triple of `Explainer.suppositions`; "" if there are none."""
    return write_caveat(
        name_supposition(
            proof.supposed,
            [*map(wording.term, _supposers(proof))],
            proof.pages[:_MAX_PASSAGES],
            is_derived=proof.rule is not None,
        )
        for proof in suppositions
        if proof.supposed
    )


def _supposers(proof: Proof) -> Sequence[NamedNode]:
    """Return whose claims a proof supposes."""
    world = proof.standing.world if proof.standing else None
    return world.holders if world else [proof.holder] if proof.holder else []


def format_near_miss(miss: Mapping[str, Any]) -> str:
    """Format one of the `nearest` of `NotDerived` as a few lines."""
    present = "".join(f"\n   present: {premise}" for premise in miss["present"])
    return f"{miss['rule']}: {english(miss['sentence'])}{present}\n   missing: {miss['missing']}"


def build_tree(proof: AnyProof, wording: Wording = USUAL) -> Tree:
    """Return the proof as a tree for a terminal."""
    branch = Tree(build_label(proof, wording))
    branch.children = [build_tree(premise, wording) for premise in proof.premises]
    return branch


def build_label(proof: AnyProof, wording: Wording = USUAL) -> Text:
    """Return the label of a branch of the tree: headline, standing and reasons."""
    text = Text(show_controls(format_headline(proof, wording)), style="bold")
    text.append(f"  [{format_attribution(proof)}]", style="cyan")
    for reason in format_reasons(proof, wording):
        text.append(show_controls(f"\n{reason}"), style="not bold dim")
    return text


def render_text(proofs: Sequence[AnyProof], wording: Wording = USUAL) -> str:
    """Return the trees of the proofs as text without colours or line wrapping; "" for none."""
    return render_trees(build_tree(proof, wording) for proof in proofs)


def render_answer(proofs: Sequence[AnyProof], caveat: str) -> str:
    """Return the trees of the proofs as text, below a caveat if there is one."""
    return (f"{caveat}\n" if caveat else "") + (render_text(proofs) or NO_CONTRADICTIONS)


def render_trees(trees: Iterable[Tree]) -> str:
    """Return trees as text without colours or line wrapping."""
    console = Console(file=StringIO(), width=10_000, color_system=None, force_terminal=False)
    with console.capture() as captured:
        for tree in trees:
            console.print(tree)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def render_mermaid(proofs: Sequence[AnyProof], wording: Wording = USUAL) -> str:
    """Return a Mermaid flowchart from asserted to proved triples; equal steps share a node."""
    names: dict[object, str] = {}
    lines = ["flowchart BT"]
    for proof in proofs:
        if isinstance(proof, ContradictionProof):
            lines += _diagram_lines(proof, names, wording)
        for step in proof.steps():
            lines += _diagram_lines(step, names, wording)
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _diagram_lines(step: AnyProof, names: dict[object, str], wording: Wording) -> Iterator[str]:
    """Yield the nodes and edges of one step; `names` has the node names given so far."""

    def name(key: object, letter: str) -> str:
        return names.setdefault(key, f"{letter}{len(names)}")

    def name_of(proof: AnyProof) -> str:
        if isinstance(proof, ContradictionProof):
            return name((proof.rule.name, proof.triples, proof.standing), "c")
        return name((proof.triple, proof.standing, proof.attribution), "s")

    conclusion = name_of(step)
    label = f"{_escape(format_headline(step, wording))}<br>{_escape(format_attribution(step))}"
    yield f'    {conclusion}["{label}"]'
    for evidence in step.evidence if isinstance(step, Proof) else ():
        graph = name(evidence.graph, "e")
        yield f'    {graph}[("{_escape(shorten(evidence.graph.value) + _origin(evidence))}")]'
        yield f"    {graph} --> {conclusion}"
    if step.rule is not None:
        premises = [name_of(premise) for premise in step.premises]
        rule = name((step.rule.name, conclusion, *premises), "r")
        texts = filter(None, (shorten(RULE[step.rule.name].value), step.rule.location))
        lines = [*texts, *(f"absent: {negation}" for negation in step.absent)]
        yield f'    {rule}{{{{"{"<br>".join(map(_escape, lines))}"}}}}'
        yield from (f"    {premise} --> {rule}" for premise in premises)
        yield f"    {rule} --> {conclusion}"


def _escape(text: str) -> str:
    """Replace the characters that have a meaning in Mermaid labels."""
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;")


def _origin(evidence: EvidenceGraph) -> str:
    """Return passages, cited works, other sources and what qualifies a graph, after a colon."""
    parts = [*filter(None, map(_passage, evidence.passages[:_MAX_PASSAGES]))]
    more = len(evidence.passages) - _MAX_PASSAGES
    parts += [f"and {more} more"] if more > 0 else []
    parts += [f"cited from {shorten(work.value)}" for work in evidence.cited_from]
    parts += [f"source {shorten(source.value)}" for source in evidence.sources]
    parts += [f"qualified by {_names(evidence.qualifiers)}"] if evidence.qualifiers else []
    parts += [f"in order to reach {_names(evidence.purposes)}"] if evidence.purposes else []
    parts += [f"{_TIME_WORDS[name]} {time.value}" for name, time in evidence.times]
    return f": {'; '.join(parts)}" if parts else ""


def _names(iris: Iterable[NamedNode]) -> str:
    return ", ".join(shorten(iri.value) for iri in iris)


def _passage(passage: Passage) -> str:
    places = ", ".join(passage.places)
    return f"{shorten(passage.iri.value)} ({places})" if places else ""
