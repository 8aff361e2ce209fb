"""The page about one resource: its names and what it is, then what is stated about it.

What matters first: a sentence, key facts and drawings; then the statements by pattern, what others
claim of it, and what belongs to its kind: a passage, a holder, a graph or a rule.
"""

from collections.abc import Callable, Container, Mapping
from functools import cached_property, lru_cache, partial
from itertools import count
from typing import Any

from pyoxigraph import NamedNode

from kg.describe.description import Describer, sorted_iris
from kg.describe.evidence import ProvenanceReader
from kg.describe.glossary import RelationPatterns
from kg.namespaces import (
    GLOCAL,
    is_in,
)
from kg.store.quad_store import Store
from service.answers.formats import HTML, JSON_LD, TURTLE
from service.http.documents import Documents
from service.http.negotiation import Language
from service.pages.dataset_summary import PropertyUse
from service.pages.terms import TermWriter
from service.pages.things.disagreements import DisagreementReader
from service.pages.things.figures import FigureWriter
from service.pages.things.graph_contents import GraphReader
from service.pages.things.neighbourhood import Sentence
from service.pages.things.property_roles import PropertyRoles
from service.pages.things.resource import Resource
from service.pages.things.statement_groups import StatementGroups
from service.pages.things.statements import (
    StatementWriter,
)
from service.pages.things.term_axioms import TermAxioms
from service.pages.things.term_use import TermUse, TermUses
from service.pages.things.units import Units


class ResourcePageWriter:
    """Writes the pages about the resources of one release; caches what many of them share.

    `axioms` returns those of the ontology, which only pages about terms need; `files` has the paths
    that exist below `/ontology/`, such as `rules/co-hosts.rq`; `uses` returns how each property is
    used.
    """

    def __init__(
        self,
        store: Store,
        describer: Describer,
        terms: Callable[[Language], TermWriter],
        axioms: Callable[[], TermAxioms],
        files: Container[str] = (),
        uses: Callable[[], Mapping[NamedNode, PropertyUse]] = dict,
    ) -> None:
        self._store, self._describer, self._files = store, describer, files
        self._axioms, self._uses = axioms, uses
        self._roles, self._units = PropertyRoles(store), Units(store)
        provenance = ProvenanceReader(store)
        self._graphs = GraphReader(store, provenance)
        self._patterns = RelationPatterns(store)
        self._groups = StatementGroups(self._patterns)
        self._disagreements = DisagreementReader(store, self._roles)
        self._statement_writers = lru_cache(
            lambda language: StatementWriter(terms(language), provenance)
        )

    def page(self, about: Documents, iri: NamedNode, language: Language, host: str = "/") -> bytes:
        """Write the page about a resource in this language; `host` is the URL of `/`."""
        statements = self._statement_writers(language)
        axioms = self._axioms().rows(statements.terms, iri) if is_in(iri, GLOCAL) else []
        use = self._term_uses.write(statements, iri) if axioms else TermUse((), ())
        resource = self._resource(iri, statements, bool(axioms))
        return statements.terms.write_page(
            "resource.html",
            title=statements.terms.label(iri).value,
            path=statements.terms.viewed(about.path(HTML)),
            own_path=about.path(HTML),
            links=about.links_from(HTML),
            documents=about,
            for_programs=[f"{host.rstrip('/')}{about.path(form)}" for form in (JSON_LD, TURTLE)],
            files=self._files,
            next_number=partial(next, count(1)),
            patterns_of=self.patterns_of,
            axioms=axioms,
            use=use,
            disagreements=self._disagreements.read(statements, iri, resource.about),
            **resource.heading(),
            **resource.statements(),
            **self._of_graphs(statements, iri),
        )

    def build(self) -> None:
        """Read what every page needs of the whole release."""
        self._roles.build()
        self._graphs.build()
        self._disagreements.build()

    @cached_property
    def _term_uses(self) -> TermUses:
        return TermUses(self._store, self._axioms().glossary, self._uses)

    def neighbours(self, iri: NamedNode, language: Language) -> list[list[Sentence]]:
        """Return the statements that the page relates a thing to others by; see the drawing."""
        return self._resource(iri, self._statement_writers(language), False).neighbours()

    def patterns_of(self, predicate: NamedNode) -> list[NamedNode]:
        """Return the patterns of a relation."""
        return sorted_iris(self._patterns.patterns.get(predicate, ()))

    def _resource(
        self, iri: NamedNode, statements: StatementWriter, has_axioms: bool
    ) -> "Resource":
        description = self._describer.describe(iri)
        figures = FigureWriter(self._roles, self._units, statements)
        return Resource(self._roles, figures, statements, self._groups, description, has_axioms)

    def _of_graphs(self, statements: StatementWriter, iri: NamedNode) -> dict[str, Any]:
        """Return what the graphs say that belong to a passage, holder, graph or rule."""
        graphs = self._graphs
        is_graph = self._store.has_graph(iri)
        return {
            "read_here": graphs.read_from_passage(statements, iri),
            "before_and_after": graphs.find_neighbours(iri),
            "held": graphs.read_of_holder(statements, iri),
            "consequences": graphs.read_consequences(statements, iri),
            "derivations": graphs.read_of_rule(statements, iri),
            "contents_here": graphs.read_graph(statements, iri) if is_graph else None,
        }
