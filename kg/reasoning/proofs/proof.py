"""What a proof is: a tree of triples, its leaves with who says so and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import NamedNode, Triple

from kg.reasoning.rules.patterns import Negation
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status


@dataclass(frozen=True)
class Standing:
    """How a triple stands in reasoning: the status of its level, and the holder of a claim."""

    status: Status
    holder: NamedNode | None = None

    @property
    def order(self) -> tuple[int, str]:
        """Strongest first."""
        return list(Status).index(self.status), self.holder.value if self.holder else ""


# What holds, strongest first: the place in the list is the level.
HOLDING = (Standing(Status.FACT), Standing(Status.BACKGROUND), Standing(Status.THESIS))
# The level of what does not hold: it stands on all that do.
BEYOND = len(HOLDING)


@dataclass(frozen=True)
class Passage:
    """Where in the source; the numbers are None where the release does not give them."""

    iri: NamedNode
    page: str | None = None
    paragraph: str | None = None

    @property
    def places(self) -> list[str]:
        """Page and paragraph in words; a block of text that has no number by its mark alone.

        >>> [Passage(NamedNode("urn:x"), "10", block).places for block in ("2", "n2")]
        [['page 10', 'paragraph 2'], ['page 10', 'n2']]
        """
        page, block = self.page, self.paragraph
        named = f"paragraph {block}" if block and block.isdigit() else block
        return [one for one in (page and f"page {page}", named) if one]


@dataclass(frozen=True)
class Evidence:
    """A graph in which a triple is asserted, with what the release says of that graph.

    The status is None in graphs that are no evidence, such as the ontology.
    """

    graph: NamedNode
    status: Status | None = None
    holder: NamedNode | None = None
    passages: tuple[Passage, ...] = ()
    cited_from: tuple[NamedNode, ...] = ()
    sources: tuple[NamedNode, ...] = ()

    @property
    def standing(self) -> Standing | None:
        """The level at which reasoning takes it in; None where it is no evidence."""
        if self.status is None:
            return None
        if self.status.holds:
            return HOLDING[self.status.level]
        return Standing(self.status, self.holder if self.status is Status.CLAIM else None)


@dataclass(frozen=True)
class Proof:
    """A triple and why it stands: evidence, or a rule and the proofs of its premises.

    `status` is the weakest of rule and premises, `Fact` standing for all that is as strong; of a
    leaf it is the strongest status among its evidence, None where that is no evidence.
    `absent` is what the rule negates, its variables replaced by their values; what is still a
    variable there has none. Of an aggregate, the premises are all that its group has.
    """

    triple: Triple
    status: Status | None
    holder: NamedNode | None = None
    rule: Rule | None = None
    premises: tuple["Proof", ...] = ()
    evidence: tuple[Evidence, ...] = ()
    absent: tuple[Negation, ...] = ()

    def steps(self) -> Iterator["Proof"]:
        """This proof and all that it rests on, from the top."""
        yield self
        for premise in self.premises:
            yield from premise.steps()

    @cached_property
    def leaves(self) -> frozenset[tuple[Triple, Status | None, NamedNode | None]]:
        """What is asserted: each triple with its status and holder."""
        found = (step for step in self.steps() if step.rule is None)
        return frozenset((leaf.triple, leaf.status, leaf.holder) for leaf in found)

    @cached_property
    def size(self) -> int:
        """How many triples the tree shows."""
        return sum(1 for _ in self.steps())


@dataclass(frozen=True)
class ContradictionProof:
    """A rule whose body cannot hold, and why each triple of that body stands all the same.

    `premises` are the proofs of the body's triples, in its order. `status` is the weakest of rule
    and premises, the holder that of the claims among these. `iri` is what a release calls it.
    """

    rule: Rule
    premises: tuple[Proof, ...]
    status: Status
    holder: NamedNode | None = None
    iri: NamedNode | None = None

    @property
    def absent(self) -> tuple[Negation, ...]:
        """Nothing: contradictions come from axioms, which negate nothing."""
        return ()

    @property
    def triples(self) -> tuple[Triple, ...]:
        """Those that clash."""
        return tuple(premise.triple for premise in self.premises)

    def steps(self) -> Iterator[Proof]:
        """The proofs of the premises and all that they rest on, from the top."""
        for premise in self.premises:
            yield from premise.steps()


AnyProof = Proof | ContradictionProof
