"""What a patch says, and what would come of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import Quad, Triple

from kg.reasoning.proofs.proof import ContradictionProof, Proof, Standing
from kg.whatif.dataset import DatasetChange


@dataclass(frozen=True)
class Patch:
    """Quads to add and, before that, to remove.

    In the default graph an added triple is a Fact that nobody has to show, and a removed one
    goes from every evidence graph and from the types in `graph:entities`; in an evidence graph
    either stands, or no longer stands, there, with that graph's status and holder.
    """

    additions: tuple[Quad, ...] = ()
    removals: tuple[Quad, ...] = ()


@dataclass(frozen=True)
class Change:
    """A triple that would stand otherwise than it does.

    Attributes:
        triple: what changes; where several holders claim it, each of their claims is a change.
        before: how it stands now, None where it does not.
        after: how it would stand, None where it would not.
        proof: why it would stand; of a triple that no longer would, why it stands now.
    """

    triple: Triple
    before: Standing | None
    after: Standing | None
    proof: Proof


@dataclass(frozen=True)
class Outcome:
    """All that would be otherwise; strongest first, then by name.

    `holding` changes are those of triples that hold before or after; `beyond` are changes among
    claims, hypotheses and plans; `dataset` is what all this changes in the graphs.
    """

    holding: Sequence[Change]
    beyond: Sequence[Change]
    contradictions: Sequence[ContradictionProof]
    dataset: DatasetChange

    @property
    def gained(self) -> list[Change]:
        """The triples that would newly hold."""
        return [change for change in self.holding if not holds(change.before)]

    @property
    def lost(self) -> list[Change]:
        """The triples that would no longer hold."""
        return [change for change in self.holding if not holds(change.after)]

    @property
    def shifted(self) -> list[Change]:
        """The triples that would hold more or less strongly."""
        return [change for change in self.holding if holds(change.before) and holds(change.after)]


def holds(standing: Standing | None) -> bool:
    """Whether what stands so belongs to what holds."""
    return standing is not None and standing.status.holds
