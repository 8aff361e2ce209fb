"""Give queries what OWL adds beside derived triples: equality with itself, described classes."""

from pyoxigraph import Triple

from kg.reasoning.regimes.described_classes import take_out_classes
from kg.reasoning.regimes.reflexive_equality import with_reflexive_equality
from kg.reasoning.upkeep.closed_graph import ClosedGraph
from kg.reasoning.upkeep.described_members import DescribedMembers
from kg.sparql.query import Query


def prepare_owl_query(query: Query, closed: ClosedGraph) -> tuple[Query, list[Triple]]:
    """Return a query with the answers that OWL gives, and the triples that it needs beside others.

    These triples hold only for this query; their predicates and objects are names of its own.

    Raises:
        MalformedQuery: an IRI is malformed, or a prefix is not declared.
        LimitExceeded: the classes that the query describes have too many instances.
        UnsupportedAxiom: such a class is part of itself, or has an ill-formed list.
    """
    query = with_reflexive_equality(query)
    classes = take_out_classes(query)
    if classes is None:
        return query, []
    regime = closed.regime
    members = DescribedMembers(closed.facts, closed.vocabulary, regime.rules, hidden=regime.hidden)
    return classes.query, members.triples(classes)
