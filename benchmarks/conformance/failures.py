"""Why a test is not passed, by its name."""

from collections.abc import Mapping
from typing import Final

_COUNTING: Final = "at most one child is female: needs counting over all children there may be"
_RIF: Final = "the rules are in RIF, which is not read (the suite lacks their files, too)"

# Of entailment; none of them is RDF, RDFS, D or OWL 2 RL.
REASONS: Final[Mapping[str, str]] = {
    "paper-sparqldl-Q3": "published at some unnamed conference, hence at no workshop: needs an "
    "existential and a complement",
    "parent4": "a parent has a child that is not named, and so at least one: OWL 2 RL has no "
    "lower cardinalities",
    "parent7": _COUNTING,
    "parent8": _COUNTING,
    "rif01": _RIF,
    "rif03": _RIF,
    "rif04": _RIF,
    "rif06": _RIF,
    "simple6": "all values are in a class since a functional property has no other: OWL 2 RL "
    "does not conclude that something is in a universal restriction",
    "sparqldl-11": "the domain of a property is the range of its inverse: OWL 2 RL/RDF has no "
    "rule that makes this axiom, only what follows of it for individuals",
}

_TAGGED: Final = "the engine keeps the language tag that all parts have; 1.1 says a plain literal"
_ZERO: Final = "the engine has no zero-length path at a term that is not in the graph"
_SUBJECT: Final = "the engine lets an expression's triple term have such a subject"

# Of the query language; by the folders of version and suite, and the test's name. All of them are
# the engine's.
QUERY_REASONS: Final[Mapping[str, str]] = {
    "sparql11/aggregates/agg-groupconcat-04": _TAGGED,
    "sparql11/aggregates/agg-groupconcat-06": _TAGGED,
    "sparql11/aggregates/agg-empty-group-count-graph": "the engine evaluates a subquery inside "
    "GRAPH ?g once over all graphs, not once for each",
    "sparql11/bindings/graph": "the engine does not join VALUES inside GRAPH ?g with the graphs' "
    "names",
    "sparql11/functions/bnode01": "the engine's BNODE of a string is the same node in every row",
    "sparql11/negation/graph-minus": "the engine takes the ?g of GRAPH for a variable that both "
    "sides of MINUS share",
    "sparql11/property-path/zero_or_more_set_start": _ZERO,
    "sparql11/property-path/zero_or_more_set_end": _ZERO,
    "sparql11/property-path/zero_or_one_set_start": _ZERO,
    "sparql11/property-path/zero_or_one_set_end": _ZERO,
    "sparql12/grouping/group01": "the engine keeps numbers by their value, so that 001 and 1 are "
    "one; the test asks for a store that does not",
    "sparql12/grouping/select-variable-reuse": "the engine takes a variable that an aggregate has "
    "just been given to for unbound",
    "sparql12/syntax-triple-terms-negative/tripleterm-subject-03": _SUBJECT,
    "sparql12/syntax-triple-terms-negative/tripleterm-subject-06": _SUBJECT,
    "sparql12/syntax/nested-aggregate-functions": "the engine accepts an aggregate inside an "
    "aggregate",
}

# Of Update.
UPDATE_REASONS: Final[Mapping[str, str]] = {}

# Of JSON-LD.
JSON_LD_REASONS: Final[Mapping[str, str]] = {
    "toRdf/te075": "expects blank nodes as predicates, which are no RDF, and no store holds them",
    "fromRdf/t0027": 'the engine keeps booleans by their value, so that "1" is written as true',
}
