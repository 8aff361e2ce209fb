"""The jobs about what follows in a scratch store: proofs, contradictions, what-ifs.

They run in its query processes, which have the facts and the rules. Modules of reasoning are
imported late: the HTTP process makes jobs, but never reasons.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Triple

from kg.store.quad_store import Store
from service.answers.formats import JSON_LD, MERMAID, TURTLE
from service.queries.messages import SentBody, StoreJob
from service.scratch.term_texts import PREFIXES

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import AnyProof
    from kg.reasoning.upkeep.entailed_store import EntailedStore
    from kg.reasoning.upkeep.explanation import ClosedExplainer


@dataclass(frozen=True, kw_only=True)
class _ProofsJob(StoreJob):
    """Proofs as JSON-LD, Turtle, a diagram or text."""

    @abstractmethod
    def proofs(self, explainer: "ClosedExplainer") -> "Sequence[AnyProof]":
        """Return the proofs."""

    def answer(self, store: Store) -> bytes:
        """Return the proofs in the chosen format."""
        from kg.reasoning.proofs import words
        from kg.reasoning.upkeep.documents import write_proofs
        from kg.reasoning.upkeep.explanation import ClosedExplainer

        proofs = self.proofs(ClosedExplainer(_entailed(store)))
        if self.choice.format in (JSON_LD, TURTLE):
            return write_proofs(proofs, as_turtle=self.choice.format == TURTLE)
        write = words.render_mermaid if self.choice.format == MERMAID else words.render_text
        return (write(proofs) or "No contradictions.\n").encode()


@dataclass(frozen=True, kw_only=True)
class ExplanationJob(_ProofsJob):
    """At most `limit` proofs of a triple; see `ClosedExplainer.prove`."""

    triple: Triple
    limit: int

    def proofs(self, explainer: "ClosedExplainer") -> "Sequence[AnyProof]":
        """Return the proofs of the triple."""
        return explainer.prove(self.triple, self.limit)


@dataclass(frozen=True, kw_only=True)
class ContradictionsJob(_ProofsJob):
    """The contradictions of a page, each with its premises and their proofs."""

    offset: int
    limit: int

    def proofs(self, explainer: "ClosedExplainer") -> "Sequence[AnyProof]":
        """Return the contradictions of the page."""
        return explainer.prove_clashes(slice(self.offset, self.offset + self.limit))


@dataclass(frozen=True, kw_only=True)
class SuppositionJob(StoreJob):
    """The changes that a patch, as sent, would make; see `evaluate_patch`.

    With `proofs`, each change has its whole proof, otherwise its last rule. The patch may use
    `prefixes` without declaring them.
    """

    patch: SentBody
    offset: int
    limit: int
    proofs: bool
    prefixes: Mapping[str, str] = field(default_factory=lambda: PREFIXES)

    def answer(self, store: Store) -> bytes:
        """Return the outcome in the chosen format."""
        from kg.reasoning.upkeep.documents import write_outcome
        from kg.reasoning.upkeep.suppositions import evaluate_patch, render_outcome
        from kg.reasoning.whatif.patches import parse_patch

        content, media_type = bytes(self.patch.content), self.patch.media_type
        patch = parse_patch(content, media_type, prefixes=self.prefixes)
        page = slice(self.offset, self.offset + self.limit)
        outcome = evaluate_patch(_entailed(store), patch, page)
        if self.choice.format in (JSON_LD, TURTLE):
            as_turtle = self.choice.format == TURTLE
            return write_outcome(outcome, with_proofs=self.proofs, as_turtle=as_turtle)
        return render_outcome(outcome, with_proofs=self.proofs).encode()


def _entailed(store: Store) -> "EntailedStore":
    from kg.reasoning.upkeep.entailed_store import EntailedStore

    if not isinstance(store, EntailedStore):
        raise TypeError(f"expected a store that reasons, got a {type(store).__name__}")
    return store
