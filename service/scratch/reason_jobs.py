"""The jobs about what follows in a scratch store: proofs, contradictions, what-ifs.

They run in its query processes, which have the facts and the rules. Modules of reasoning are
imported late: the HTTP process makes jobs, but never reasons.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyoxigraph import Triple

from kg.errors import NotDerived
from kg.sources.prefixes import PrefixTable
from kg.store.quad_store import Store
from service.answers.formats import JSON_LD, MERMAID, TURTLE
from service.queries.messages import SentBody, StoreJob

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import AnyProof
    from kg.reasoning.proofs.words import Wording
    from kg.reasoning.upkeep.entailed_store import EntailedStore
    from kg.reasoning.upkeep.explanation import ClosedExplainer


@dataclass(frozen=True, kw_only=True)
class _ReasonsJob(StoreJob):
    """Reasons as JSON-LD, Turtle or text, with these prefixes; text is in one language.

    With `full_iris`, JSON-LD has no CURIEs.
    """

    prefixes: PrefixTable = field(default_factory=PrefixTable)
    language: str = ""
    full_iris: bool = False

    def _form(self, store: "EntailedStore", proofs: "Iterable[AnyProof]") -> dict[str, Any]:
        """Return the options of a document with these proofs."""
        from kg.reasoning.upkeep.documents import NO_PREFIXES
        from kg.reasoning.upkeep.wording import read_classes

        return {
            "as_turtle": self.choice.format == TURTLE,
            "prefixes": NO_PREFIXES if self.full_iris else self.prefixes,
            "nodes": read_classes(store, proofs),
        }

    def _wording(self, store: "EntailedStore") -> "Wording":
        from kg.reasoning.upkeep.wording import word_data

        return word_data(store, self.prefixes, self.language)


@dataclass(frozen=True, kw_only=True)
class _ProofsJob(_ReasonsJob):
    """Proofs in one of the formats, or as a diagram."""

    @abstractmethod
    def proofs(self, explainer: "ClosedExplainer") -> "Sequence[AnyProof]":
        """Return the proofs."""

    def answer(self, store: Store) -> bytes:
        """Return the proofs in the chosen format."""
        from kg.reasoning.proofs import words
        from kg.reasoning.upkeep.documents import write_proofs
        from kg.reasoning.upkeep.explanation import ClosedExplainer

        entailed = _entailed(store)
        wording = self._wording(entailed)
        proofs = self.proofs(ClosedExplainer(entailed, wording=wording))
        if self.choice.format in (JSON_LD, TURTLE):
            return write_proofs(proofs, **self._form(entailed, proofs))
        write = words.render_mermaid if self.choice.format == MERMAID else words.render_text
        return (write(proofs, wording) or "No contradictions.\n").encode()


@dataclass(frozen=True, kw_only=True)
class ExplanationJob(_ProofsJob):
    """At most `limit` proofs of a triple; see `ClosedExplainer.prove`."""

    triple: Triple
    limit: int

    def proofs(self, explainer: "ClosedExplainer") -> "Sequence[AnyProof]":
        """Return the proofs of the triple."""
        return explainer.prove(self.triple, self.limit)

    def answer(self, store: Store) -> bytes:
        """Return the proofs; with `full_iris`, without any, what is missing (`write_gaps`)."""
        try:
            return super().answer(store)
        except NotDerived:
            if not self.full_iris:
                raise
        from kg.reasoning.upkeep.documents import write_gaps
        from kg.reasoning.upkeep.explanation import ClosedExplainer
        from kg.reasoning.upkeep.wording import read_classes_among

        entailed = _entailed(store)
        explainer = ClosedExplainer(entailed)
        gaps = explainer.find_gaps(self.triple)
        mentioned = [*self.triple, *(term for gap in gaps for term in gap.missing)]
        mentioned += (term for gap in gaps for triple in gap.present for term in triple)
        nodes = read_classes_among(entailed, mentioned)
        return write_gaps(gaps, explainer.find_rules(self.triple), nodes)


@dataclass(frozen=True, kw_only=True)
class ContradictionsJob(_ProofsJob):
    """The contradictions of a page, each with its premises and their proofs."""

    offset: int
    limit: int

    def proofs(self, explainer: "ClosedExplainer") -> "Sequence[AnyProof]":
        """Return the contradictions of the page."""
        return explainer.prove_clashes(slice(self.offset, self.offset + self.limit))


@dataclass(frozen=True, kw_only=True)
class SuppositionJob(_ReasonsJob):
    """The changes that a patch, as sent, would make; see `evaluate_patch`.

    With `proofs`, each change has its whole proof, otherwise its last rule. The patch may use the
    prefixes without declaring them.
    """

    patch: SentBody
    offset: int
    limit: int
    proofs: bool

    def answer(self, store: Store) -> bytes:
        """Return the outcome in the chosen format."""
        from kg.reasoning.upkeep.documents import write_outcome
        from kg.reasoning.upkeep.suppositions import evaluate_patch, render_outcome
        from kg.reasoning.whatif.patches import parse_patch

        content, media_type = bytes(self.patch.content), self.patch.media_type
        patch = parse_patch(content, media_type, prefixes=self.prefixes.namespaces)
        page, entailed = slice(self.offset, self.offset + self.limit), _entailed(store)
        outcome = evaluate_patch(entailed, patch, page)
        if self.choice.format in (JSON_LD, TURTLE):
            changes: list[AnyProof] = [*outcome.gained, *outcome.lost, *outcome.contradictions]
            form = self._form(entailed, changes)
            return write_outcome(outcome, with_proofs=self.proofs, **form)
        wording = self._wording(entailed)
        return render_outcome(outcome, with_proofs=self.proofs, wording=wording).encode()


def _entailed(store: Store) -> "EntailedStore":
    from kg.reasoning.upkeep.entailed_store import EntailedStore

    if not isinstance(store, EntailedStore):
        raise TypeError(f"expected a store that reasons, got a {type(store).__name__}")
    return store
