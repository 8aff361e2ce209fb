"""Proofs: trees of triples whose leaves are asserted, with their evidence."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Triple

from kg.reasoning.rules.patterns import Negation
from kg.reasoning.rules.rule import Rule
from kg.statuses import Attribution, Standing, Status, standing_of


@dataclass(frozen=True)
class Passage:
    """A passage of the source; page and paragraph are None if the release does not give them.

    Only one that runs over a page break has a last page.
    """

    iri: NamedNode
    page: str | None = None
    paragraph: str | None = None
    last_page: str | None = None

    @property
    def pages(self) -> str | None:
        """The page, or the first and the last one: `9–10`."""
        return f"{self.page}–{self.last_page}" if self.last_page else self.page

    @property
    def places(self) -> list[str]:
        """Page and paragraph in words; a paragraph whose mark is not a number by its mark alone.

        >>> [Passage(NamedNode("urn:x"), "9", *more).places for more in (("n2",), ("2", "10"))]
        [['page 9', 'n2'], ['pages 9–10', 'paragraph 2']]
        """
        block = self.paragraph
        page_text = self.page and f"page{'s' if self.last_page else ''} {self.pages}"
        block_text = f"paragraph {block}" if block and block.isdigit() else block
        return [text for text in (page_text, block_text) if text]


@dataclass(frozen=True)
class EvidenceGraph:
    """A graph that asserts a triple, with the release's description of that graph.

    The status is None for a graph that is not evidence, such as the ontology. `times` has when its
    statements hold, as pairs of a property (see `kg.statuses.TIMES`) and a day, month or year.
    """

    graph: NamedNode
    status: Status | None = None
    holder: NamedNode | None = None
    passages: tuple[Passage, ...] = ()
    cited_from: tuple[NamedNode, ...] = ()
    sources: tuple[NamedNode, ...] = ()
    qualifiers: tuple[NamedNode, ...] = ()
    purposes: tuple[NamedNode, ...] = ()
    times: tuple[tuple[NamedNode, Literal], ...] = ()

    @property
    def standing(self) -> Standing | None:
        """The standing of the triples in this graph; None if they are not reasoned over."""
        return None if self.status is None else standing_of(self.status, self.holder)


class _Attributed:
    attribution: Attribution | None
    premises: tuple["Proof", ...]

    @property
    def status(self) -> Status | None:
        """The status of what is proved; None if no graph that asserts it is evidence."""
        return self.attribution.status if self.attribution else None

    @property
    def holder(self) -> NamedNode | None:
        """The holder, if it is a claim or a reading."""
        return self.attribution.holder if self.attribution else None

    @property
    def follows_from(self) -> NamedNode | None:
        """The holder of the claim that it follows from."""
        return self.attribution.follows_from if self.attribution else None

    def steps(self) -> Iterator["Proof"]:
        """Yield the proofs of the premises and all proofs they rest on, from the top."""
        for premise in self.premises:
            yield from premise.steps()

    @cached_property
    def qualifiers(self) -> tuple[NamedNode, ...]:
        """The qualifiers of the leaves; none of a leaf that some graph asserts without any."""
        leaves = (step.evidence for step in self.steps() if step.rule is None)
        qualified = (graphs for graphs in leaves if all(graph.qualifiers for graph in graphs))
        found = {one for graphs in qualified for graph in graphs for one in graph.qualifiers}
        return tuple(sorted(found, key=str))


@dataclass(frozen=True)
class Proof(_Attributed):
    """A triple with its reason: evidence, or a rule and the proofs of its premises.

    Attributes:
        standing: the weakest base of the rules and of the premises outside of worlds, and the world
            of the others; None if no graph that asserts a leaf is evidence.
        attribution: of a leaf, with the strongest status of its evidence at this standing.
        rule: the rule that derives the triple; None for a leaf, which has `evidence` instead.
        premises: their proofs; for an aggregate, those of all triples of its group.
        absent: the negations of the rule, with their bound variables replaced by values.
    """

    triple: Triple
    standing: Standing | None = None
    attribution: Attribution | None = None
    rule: Rule | None = None
    premises: tuple["Proof", ...] = ()
    evidence: tuple[EvidenceGraph, ...] = ()
    absent: tuple[Negation, ...] = ()

    def steps(self) -> Iterator["Proof"]:
        """Yield this proof and all proofs it rests on, from the top."""
        yield self
        yield from super().steps()

    @cached_property
    def leaves(self) -> frozenset[tuple[Triple, Attribution | None]]:
        """The asserted triples of the tree, each with its attribution."""
        leaves = (step for step in self.steps() if step.rule is None)
        return frozenset((leaf.triple, leaf.attribution) for leaf in leaves)

    @property
    def supposed(self) -> Status | None:
        """The status of what it supposes; None if it is a proof outside of worlds."""
        if self.standing is None:
            return self.status
        return self.standing.world.status if self.standing.world else None

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The pages of what it supposes, or of all evidence if it supposes nothing."""
        world = self.standing.world if self.standing else None
        graphs = (graph for step in self.steps() for graph in step.evidence)
        passages = (
            passage
            for graph in graphs
            if world is None or world.includes(graph.standing.world if graph.standing else None)
            for passage in graph.passages
        )
        return tuple(dict.fromkeys(passage.pages for passage in passages if passage.pages))

    @cached_property
    def size(self) -> int:
        """The number of triples in the tree, repetitions included."""
        return sum(1 for _ in self.steps())


@dataclass(frozen=True)
class ContradictionProof(_Attributed):
    """A rule whose body must not hold, with proofs of the triples that match it, in its order.

    `iri` is the contradiction's in a release, if it has one; for the rest see `Proof`.
    """

    rule: Rule
    premises: tuple[Proof, ...]
    standing: Standing
    attribution: Attribution | None
    iri: NamedNode | None = None

    @property
    def absent(self) -> tuple[Negation, ...]:
        """Always empty: contradictions come from axioms, which have no negations."""
        return ()

    @property
    def triples(self) -> tuple[Triple, ...]:
        """The triples that contradict each other."""
        return tuple(premise.triple for premise in self.premises)


AnyProof = Proof | ContradictionProof
