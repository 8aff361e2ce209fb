"""Who disagrees with whom about what, as far as it concerns one thing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from pyoxigraph import NamedNode, Triple

from kg.namespaces import EVIDENCE, GLOCAL, is_in
from kg.statuses import Status, status_of
from kg.store.quad_store import Store
from service.pages.things.property_roles import PropertyRoles
from service.pages.things.statements import Graphs, Row, StatementWriter


class Disagreement(NamedTuple):
    """A disagreement of one party, and how it concerns the thing of the page.

    `claims` are what the thing claims of that, and `reached` what follows about the thing by our
    readings.
    """

    reports: Sequence[Row]
    claims: Sequence[Row]
    reached: Sequence[Row]


class DisagreementReader:
    """Reads the disagreements that evidence graphs report, in every view.

    A property with `glocal:reportsDisagreement true` reports one: `/disagreements` has them all.
    """

    def __init__(self, store: Store, roles: PropertyRoles) -> None:
        self._store, self._roles = store, roles

    def read(
        self, statements: StatementWriter, thing: NamedNode, about: Graphs
    ) -> list[Disagreement]:
        """Return what concerns a thing, of which `about` has all statements, in any view."""
        held: set[object] = {t.subject for t in self._store.triples(None, GLOCAL["heldBy"], thing)}
        claimed = _by_triple(self._asserted(held))
        read = {
            triple: graphs
            for triple, graphs in about.items()
            if (ground := statements.strongest(graphs))
            and ground.is_derived
            and status_of(ground.status) is Status.READING
        }
        found = []
        for party, reports in self._reports.items():
            ends: set[object] = {report.object for report in reports}
            claims = _with_end(claimed, ends - {thing})
            reached = _with_end(read, {party, *ends} - {thing})
            own = {
                report: graphs
                for report, graphs in reports.items()
                if thing in (party, report.object) or not held.isdisjoint(graphs)
            }
            if own or claims or reached:
                told = (own or reports, claims, reached)
                found.append(Disagreement(*map(statements.sentences, told)))
        return found

    def build(self) -> None:
        """Read all statements that report disagreements."""
        _ = self._reports

    @cached_property
    def _reports(self) -> Mapping[object, Graphs]:
        """The statements that report a disagreement, by the party that disagrees."""
        found = (
            (quad.triple, quad.graph_name)
            for predicate in sorted(self._roles.disagreement, key=str)
            for quad in self._store.quads(None, predicate)
            if isinstance(quad.graph_name, NamedNode) and is_in(quad.graph_name, EVIDENCE)
        )
        by_party: defaultdict[object, dict[Triple, Sequence[NamedNode]]] = defaultdict(dict)
        for triple, graphs in _by_triple(found).items():
            by_party[triple.subject][triple] = graphs
        return by_party

    def _asserted(self, graphs: set[object]) -> Iterator[tuple[Triple, NamedNode]]:
        for graph in graphs:
            if isinstance(graph, NamedNode) and is_in(graph, EVIDENCE):
                for triple in self._store.triples(graph=graph):
                    yield triple, graph


def _with_end(statements: Graphs, ends: set[object]) -> Graphs:
    """Return the statements that begin or end with one of these terms."""
    return {
        triple: graphs
        for triple, graphs in statements.items()
        if not ends.isdisjoint((triple.subject, triple.object))
    }


def _by_triple(found: Iterator[tuple[Triple, NamedNode]]) -> Graphs:
    """Return the graphs of each triple, in an order that does not depend on that of the store."""
    graphs: defaultdict[Triple, list[NamedNode]] = defaultdict(list)
    for triple, graph in sorted(found, key=str):
        graphs[triple].append(graph)
    return graphs
