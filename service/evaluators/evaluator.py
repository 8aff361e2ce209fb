"""The evaluator of one release: what its jobs are answered from, in a process of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Final

from kg.content import Content
from kg.describe.description import Describer
from kg.describe.evidence import ProvenanceReader
from kg.describe.json_ld_context import Context
from kg.linking.name_index import NameIndex
from kg.linking.reconciler import Reconciler
from kg.namespaces import ID
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.rules.compiled_rules import rules_of_content
from kg.reasoning.whatif.engine import WhatIf
from kg.reasoning.whatif.outcome import AnswerComparison
from kg.sparql.dataset import ENTAILMENTS
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Store
from kg.store.viewed_store import ShownView, in_view
from service.answers.formats import Choice
from service.http.negotiation import Language
from service.pages.reasons.proof_page import ProofPageWriter
from service.pages.terms import TermWriter

# Releases in views, with what is computed of them, that a process keeps.
_MAX_VIEWS: Final = 16


class Evaluator:
    """Proves, supposes, reconciles and frames for one release, one job at a time."""

    def __init__(self, store: Store, content: Content, context: Context) -> None:
        self.store, self.content, self.context = store, content, context

    @cached_property
    def explainer(self) -> Explainer:
        """The explainer, whose facts the what-ifs use too; for errors see `Explainer`."""
        rules, curators = rules_of_content(self.content), ID[self.content.curators]
        return Explainer(self.store, rules, curators)

    @cached_property
    def whatif(self) -> WhatIf:
        """The what-ifs; for errors see `WhatIf`."""
        return WhatIf(self.explainer)

    @cached_property
    def reconciler(self) -> Reconciler:
        """The reconciler of names and entities."""
        return Reconciler(self.store, NameIndex.from_store(self.store))

    @cached_property
    def answers(self) -> AnswerComparison:
        """The answers of queries before and after a patch."""
        return AnswerComparison(self.store)

    @cached_property
    def provenance(self) -> ProvenanceReader:
        """The reader of the provenance of graphs, which is the same in all views."""
        return ProvenanceReader(self.store)

    @cached_property
    def in_view(self) -> Callable[[Standing], Store]:
        """Return the release with the default graph of a view."""
        return lru_cache(maxsize=_MAX_VIEWS)(lambda view: in_view(self.store, view))

    @contextmanager
    def showing(self, view: Standing) -> Iterator[Store]:
        """Provide the release in a view for one job, whose queries then need no copy of it.

        A release on disk is not changed, but has what `in_view` returns.
        """
        if self.store.folder is not None:
            yield self.in_view(view)
            return
        shown = ShownView(self.store)
        shown.show(view, ENTAILMENTS[0])
        try:
            yield self.store
        finally:
            shown.show(DEFAULT_VIEW, ENTAILMENTS[0])

    @cached_property
    def proof_pages(self) -> Callable[[Standing, tuple[str, ...], str], ProofPageWriter]:
        """Return the writer of pages in a view; for the rest see `ProofPageWriter`."""
        return lru_cache(maxsize=_MAX_VIEWS)(
            lambda view, files, release: ProofPageWriter(self.in_view(view), files, view, release)
        )

    @cached_property
    def describer(self) -> Callable[[Standing], Describer]:
        """Return the describer of resources in a view."""
        return lru_cache(maxsize=_MAX_VIEWS)(lambda view: Describer(self.in_view(view)))

    @cached_property
    def page_terms(self) -> Callable[[Standing, Language], TermWriter]:
        """Return the writer of terms on pages in a view and a language."""
        return lru_cache(maxsize=_MAX_VIEWS)(
            lambda view, language: TermWriter(self.in_view(view), language, view)
        )

    def context_for(self, choice: Choice) -> object:
        """Return the value of `@context` in JSON-LD: an address, or the context itself."""
        return choice.context or self.context.document["@context"]
