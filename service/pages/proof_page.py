"""Write proofs as a page in one language, in which every name links to its own document."""

from collections.abc import Container, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from kg.namespaces import RULE
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.terms import TermWriter

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import AnyProof
    from kg.reasoning.rules.rule import Rule


class ProofPageWriter:
    """Writes pages of proofs for one release; caches the names that it has written.

    `files` has the paths that exist below `/ontology/`.
    """

    def __init__(
        self, store: Store, files: Container[str] = (), view: Standing = DEFAULT_VIEW
    ) -> None:
        self._files = files
        self._writers = lru_cache(lambda language: TermWriter(store, language, view))

    def page(
        self, proofs: "Sequence[AnyProof]", language: Language, *, title: str, path: str
    ) -> bytes:
        """Write the proofs of triples or of contradictions as nested lists, in their order.

        `title` is the key of the heading; `path` has the parameters except the language.
        """
        # Imported only here: see `Reasoner`.
        from kg.reasoning.proofs.words import format_triple

        terms = self._writers(language)

        def describe(rule: "Rule") -> tuple[NamedNode, list[Literal], Literal | None]:
            """Return the IRI of a rule, its sentence in every language, and its source."""
            texts = (Literal(text, language=tag) for tag, text in rule.sentence.items() if text)
            source = Literal(rule.source, language="en") if rule.source else None
            return RULE[rule.name], terms.sorted_texts(texts), source

        return terms.write_page(
            "proofs.html",
            title=terms.say(title),
            path=path,
            proofs=proofs,
            files=self._files,
            format_triple=format_triple,
            describe=describe,
        )
