"""Statements about a thing that do not hold in the view: claims, hopes, judgements."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from pyoxigraph import NamedNode, Triple

from kg.describe.description import Description
from kg.statuses import VIEWS, Status, status_of
from service.pages.terms import Term
from service.pages.things.statement_groups import Statement, StatementGroups
from service.pages.things.statements import Graphs, NodeRows, Row, StatementWriter

# The sections, and the statuses of their statements; others, such
# as theses among the facts, are judged by the text.
_SECTIONS: Final = ("claims", "hypotheses", "plans", "theses", "readings")
_SECTION_OF: Final = {
    Status.CLAIM: "claims",
    Status.HYPOTHESIS: "hypotheses",
    Status.PLAN: "plans",
    Status.RECOMMENDATION: "plans",
    Status.COUNTERFACTUAL: "plans",
    Status.READING: "readings",
}


class Unheld(NamedTuple):
    """The statements that do not hold in the view, by section, with the graphs of each."""

    sections: Mapping[str, Sequence[Statement]]
    graphs: Graphs

    def count_by_view(self, statements: StatementWriter) -> list[int]:
        """Return how many of them hold in each of the views, outside of worlds."""
        grounds = (
            statements.strongest(self.graphs[one.triple])
            for members in self.sections.values()
            for one in members
        )
        bases = [status_of(ground.status).base for ground in grounds if ground]
        return [
            sum(base is not None and base <= shown for base in bases) for shown in VIEWS.values()
        ]

    def write(
        self, statements: StatementWriter, thing: NamedNode
    ) -> dict[str, tuple[Sequence[Row], Sequence[NodeRows]]]:
        """Write each section that is not empty: rows, and an entry for each statement node."""
        return {
            key: self._write_section(statements, thing, members)
            for key, members in self.sections.items()
            if members
        }

    def _write_section(
        self, statements: StatementWriter, thing: NamedNode, members: Sequence[Statement]
    ) -> tuple[Sequence[Row], Sequence[NodeRows]]:
        nodes: dict[Term, list[Statement]] = {
            one.triple.subject: []
            for one in members
            if thing not in (one.triple.subject, one.triple.object)
        }
        plain = []
        for one in members:
            if one.triple.subject in nodes:
                nodes[one.triple.subject].append(Statement(one.triple))
            else:
                plain.append(one)
        return statements.rows(plain, self.graphs, holds=False), [
            statements.node_rows(node, parts, self.graphs, holds=False)
            for node, parts in nodes.items()
        ]


def read_unheld(
    statements: StatementWriter,
    groups: StatementGroups,
    description: Description,
    *,
    leaves_out: Callable[[Statement], bool],
) -> Unheld:
    """Read what a description has that does not hold, each once; some statements are told apart."""
    graphs: defaultdict[Triple, list[NamedNode]] = defaultdict(list)
    for graph, triples in description.not_holding_by_graph.items():
        for triple in triples:
            graphs[triple].append(graph)
    found = (Statement(one, is_incoming=one.object == description.thing) for one in graphs)
    told = groups.leave_out_twins(
        (one for one in found if not leaves_out(one)),
        lambda triple: statements.is_derived(graphs[triple]),
    )
    sections: dict[str, list[Statement]] = {key: [] for key in _SECTIONS}
    for statement in told:
        ground = statements.strongest(graphs[statement.triple])
        status = status_of(ground.status) if ground else Status.CLAIM
        sections[_SECTION_OF.get(status, "theses")].append(statement)
    return Unheld(sections, graphs)
