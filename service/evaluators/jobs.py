"""The jobs of an evaluator process: what is asked, and how the answer is written.

The HTTP process makes a job from a request. It goes pickled to the evaluator process, whose output
is the body of the response.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pyoxigraph import NamedNode, Triple

from kg.describe.json_ld_frames import FramePattern, write_framed
from kg.errors import LimitExceeded, MalformedParameter, NotDerived, UnknownName
from kg.linking.reconciliation_batches import BatchLimits, parse_batch, parse_extension, parse_query
from kg.namespaces import PREFIXES
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, Standing
from service.answers.formats import HTML, JSON_LD, MERMAID, TURTLE, Choice
from service.errors import ContentTooLarge, ResultTooLarge
from service.http.negotiation import Language
from service.pages.reasons.disagreements_page import write_disagreements
from service.pages.reasons.proof_page import ALL_PROOFS, ProofPageWriter, ProofWriter
from service.pages.reasons.support_page import SupportPage, describe_support, write_support_page
from service.pages.reasons.suppositions import Supposition
from service.pages.reasons.whatif_page import Part, write_outcome
from service.queries.messages import HELD_BACK_BYTES, SentBody

if TYPE_CHECKING:
    from kg.describe.supporting_triples import RowSupport
    from kg.reasoning.proofs.proof import AnyProof, Proof
    from kg.reasoning.whatif.outcome import Answers
    from service.evaluators.evaluator import Evaluator

# Modules of reasoning are imported late: the HTTP process makes jobs, but never reasons.


@dataclass(frozen=True, kw_only=True)
class EvaluatorJob(ABC):
    """A job with the format of its answer."""

    choice: Choice

    @abstractmethod
    def answer(self, evaluator: "Evaluator") -> bytes:
        """Return the answer in the chosen format; raise KgError if there is none."""


@dataclass(frozen=True, kw_only=True)
class ReasonPage:
    """The rest that a page of proofs needs: see `ProofPageWriter`."""

    language: Language
    files: tuple[str, ...]
    release: str

    def writer(self, evaluator: "Evaluator", view: Standing) -> ProofPageWriter:
        """Return the writer of pages in a view."""
        return evaluator.proof_pages(view, self.files, self.release)


@dataclass(frozen=True, kw_only=True)
class ProofPage(ReasonPage):
    """The rest of a page of proofs."""

    title: str
    path: str
    triple: Triple | None = None
    cited: tuple[Triple, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProofJob(EvaluatorJob):
    """Proofs in one of the formats; `page` is set for HTML, in the view that links lead to."""

    page: ProofPage | None = None
    page_view: Standing = DEFAULT_VIEW
    # Whether the page lists the rules that say what would be a contradiction.
    shows_constraints: ClassVar[bool] = False

    @abstractmethod
    def proofs(self, evaluator: "Evaluator") -> "Sequence[AnyProof]":
        """Return the proofs."""

    def suppositions(self, evaluator: "Evaluator") -> "Sequence[Proof]":  # noqa: ARG002
        """Return what is only supposed in them, see `Explainer.suppositions`."""
        return ()

    def answer(self, evaluator: "Evaluator") -> bytes:
        """Return the proofs as a page, as RDF, or as text."""
        from kg.reasoning.proofs import linked_data, words

        proofs, supposed = self.proofs(evaluator), self.suppositions(evaluator)
        caveat = words.format_caveat(supposed)
        if self.choice.format == HTML and self.page is not None:
            rules = evaluator.explainer.rules if self.shows_constraints else ()
            return self.page.writer(evaluator, self.page_view).page(
                proofs,
                self.page.language,
                title=self.page.title,
                path=self.page.path,
                triple=self.page.triple,
                has_more=isinstance(self, ExplainJob) and self.count_all(evaluator) > len(proofs),
                constraints=[rule for rule in rules if not rule.head],
                cited=self.page.cited,
                supposed=supposed,
            )
        if self.choice.format == JSON_LD:
            context = evaluator.context_for(self.choice)
            return linked_data.to_json_ld(proofs, context, caveat=caveat)
        if self.choice.format == TURTLE:
            return linked_data.to_turtle(proofs, caveat=caveat)
        if self.choice.format == MERMAID:
            return words.render_mermaid(proofs).encode()
        return words.render_answer(proofs, caveat).encode()


@dataclass(frozen=True, kw_only=True)
class ExplainJob(ProofJob):
    """The proofs of a triple: see `Explainer.explain`."""

    triple: Triple
    limit: int
    view: Standing | None

    def proofs(self, evaluator: "Evaluator") -> "Sequence[AnyProof]":
        """Return up to `limit` proofs of the triple."""
        return evaluator.explainer.explain(self.triple, limit=self.limit, view=self.view)

    def suppositions(self, evaluator: "Evaluator") -> "Sequence[Proof]":
        """Return a proof of each world or status, if the triple holds in no view."""
        return evaluator.explainer.suppositions(self.triple)

    def count_all(self, evaluator: "Evaluator") -> int:
        """Return how many proofs the link to all of them shows."""
        return len(evaluator.explainer.explain(self.triple, limit=ALL_PROOFS, view=self.view))


@dataclass(frozen=True, kw_only=True)
class ContradictionsJob(ProofJob):
    """The proofs of all contradictions: see `Explainer.explain_contradictions`."""

    shows_constraints = True

    def proofs(self, evaluator: "Evaluator") -> "Sequence[AnyProof]":
        """Return a proof of each contradiction."""
        return evaluator.explainer.explain_contradictions()


@dataclass(frozen=True, kw_only=True)
class DisagreementsJob(ProofJob):
    """Who disagrees with whom: see `find_disagreements`."""

    def proofs(self, evaluator: "Evaluator") -> "Sequence[AnyProof]":
        """Return the contradictions and the reported disagreements."""
        from kg.reasoning.whatif.disagreements import find_disagreements

        return find_disagreements(evaluator.whatif)

    def answer(self, evaluator: "Evaluator") -> bytes:
        """Return them as a page by party, or as a list."""
        from kg.reasoning.whatif.disagreements import find_contradictions, find_disputes

        if self.page is None:
            return super().answer(evaluator)
        return write_disagreements(
            self.page.writer(evaluator, self.page_view).writer(self.page.language),
            self.page.path,
            find_contradictions(evaluator.whatif),
            find_disputes(evaluator.explainer),
        )


@dataclass(frozen=True, kw_only=True)
class WhatIfPage(ReasonPage):
    """The rest of a page of an outcome: see `write_outcome`."""

    form: Supposition
    max_address: int


@dataclass(frozen=True, kw_only=True)
class WhatIfJob(EvaluatorJob):
    """The outcome of a patch as sent, or a page of it, with the answers to a query if there is one.

    For `patch` see `parse_patch`; with `proofs`, every change has its proof. `page` is set for
    HTML, which always has the proofs.
    """

    patch: SentBody
    query: Query | None
    view: Standing
    offset: int
    limit: int
    proofs: bool
    page: WhatIfPage | None = None

    def answer(self, evaluator: "Evaluator") -> bytes:
        """Return the outcome as a page, as RDF or as text."""
        from kg.reasoning.whatif import linked_data, words
        from kg.reasoning.whatif.patches import parse_patch

        content, media_type = bytes(self.patch.content), self.patch.media_type
        patch = parse_patch(content, media_type, prefixes=PREFIXES)
        page = slice(self.offset, self.offset + self.limit)
        outcome = evaluator.whatif.evaluate(patch, self.view, page)
        answers: Answers | None = None
        if self.query is not None:
            answers = evaluator.answers.compare(outcome.dataset, self.query, self.view)
            if len(answers.before) + len(answers.after) > HELD_BACK_BYTES:
                raise ResultTooLarge("bytes", HELD_BACK_BYTES)
        if self.choice.format == HTML and self.page is not None:
            return write_outcome(
                self.page.writer(evaluator, self.view).writer(self.page.language),
                self.page.form,
                patch,
                outcome,
                answers,
                part=Part(self.offset, self.limit),
                max_address=self.page.max_address,
            )
        if self.choice.format == JSON_LD:
            context = evaluator.context_for(self.choice)
            return linked_data.json_ld(outcome, answers, proofs=self.proofs, context=context)
        if self.choice.format == TURTLE:
            return linked_data.turtle(outcome, proofs=self.proofs)
        return words.plain_text(outcome, answers, proofs=self.proofs).encode()


@dataclass(frozen=True, kw_only=True)
class ReconcileJob(EvaluatorJob):
    """A batch of names to reconcile, or of entities to extend: JSON of the reconciliation API.

    A query with a mistake has no result but an error, and the other queries are answered.
    """

    text: str
    extends: bool
    limits: BatchLimits

    def answer(self, evaluator: "Evaluator") -> bytes:
        """Return the candidates for each name, or the property values of each entity."""
        reconciler = evaluator.reconciler
        try:
            if self.extends:
                asked = parse_extension(self.text, reconciler.vocabulary, self.limits)
                return _encode(reconciler.extend(asked))
            batch = parse_batch(self.text, self.limits)
        except LimitExceeded as error:
            raise ContentTooLarge(int(error.allowed), error.limit) from error
        return _encode({name: self._reconcile(evaluator, name, batch[name]) for name in batch})

    def _reconcile(self, evaluator: "Evaluator", name: str, asked: object) -> dict[str, object]:
        reconciler = evaluator.reconciler
        try:
            query = parse_query(asked, f"queries.{name}", reconciler.vocabulary, self.limits)
        except MalformedParameter as error:
            # The schema of the specification demands a result, and OpenRefine looks for one.
            return {"result": [], "error": str(error)}
        return {"result": reconciler.reconcile(query)}


@dataclass(frozen=True, kw_only=True)
class FrameJob(EvaluatorJob):
    """The framed description of a resource in a view."""

    resource: NamedNode
    pattern: FramePattern
    view: Standing

    def answer(self, evaluator: "Evaluator") -> bytes:
        """Return the framed document."""
        triples = evaluator.describer(self.view).describe(self.resource).triples
        address = self.choice.context
        return write_framed(
            evaluator.context, triples, self.resource, self.pattern, address=address
        )


@dataclass(frozen=True, kw_only=True)
class SupportJob(EvaluatorJob):
    """The triples behind rows of an answer: as JSON, or for one row as a page.

    Of each row, at most `limit` of the solutions behind it are traced.
    """

    query: Query
    rows: Sequence[Mapping[str, Any]]
    view: Standing
    limit: int
    page: SupportPage | None = None

    def answer(self, evaluator: "Evaluator") -> bytes:
        """Return the support of the rows."""
        from kg.describe.row_support import RowTracer

        with evaluator.showing(self.view) as store:
            tracer = RowTracer(store, self.query, evaluator.provenance)
            found = tracer.trace(self.rows, self.limit)
        if self.page is None:
            return _encode(describe_support(self.rows, found, tracer.untraced, self.view))
        terms = evaluator.page_terms(self.view, self.page.language)
        [row], [support] = self.rows, found
        step, writer = self._first_step(evaluator, support), ProofWriter(terms, evaluator.store)
        return write_support_page(
            terms, self.page, self.query, row, support, tracer.untraced, step=step, writer=writer
        )

    def _first_step(self, evaluator: "Evaluator", support: "RowSupport") -> "Proof | None":
        """Return the proof of the only statement of a row, if it is derived."""
        statements = [one for one in support.triples if one.grounds]
        if len(statements) != 1 or not statements[0].grounds[0].is_derived:
            return None
        # The statement of a graph that was asked may not be in the view, or have too many proofs.
        with suppress(NotDerived, LimitExceeded, UnknownName):
            [proof] = evaluator.explainer.explain(statements[0].triple, view=self.view)
            return proof if proof.rule else None
        return None


def _encode(content: object) -> bytes:
    # On one line, which is four times as fast to write; only programs read it.
    return json.dumps(content, ensure_ascii=False).encode()
