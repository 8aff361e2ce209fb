"""The known failures of the W3C's tests: the reason for each, by the name of the test."""

from collections.abc import Mapping
from typing import Final

_RIF: Final = "the rules are in RIF, which is not supported (and the suite lacks the files)"

# Entailment.
REASONS: Final[Mapping[str, str]] = dict.fromkeys(("rif01", "rif03", "rif04", "rif06"), _RIF)

_TAGGED: Final = (
    "the engine keeps the language tag shared by all parts; 1.1 expects a plain literal"
)
_ZERO: Final = "the engine has no zero-length path for a term that is not in the graph"
_SUBJECT: Final = "the engine allows such a subject in the triple term of an expression"

# The query language, by version folder, suite folder and test name. All of these failures are in
# the engine.
QUERY_REASONS: Final[Mapping[str, str]] = {
    "sparql11/aggregates/agg-groupconcat-04": _TAGGED,
    "sparql11/aggregates/agg-groupconcat-06": _TAGGED,
    "sparql11/aggregates/agg-empty-group-count-graph": "the engine evaluates a subquery inside "
    "GRAPH ?g once over all graphs, not once for each",
    "sparql11/bindings/graph": "the engine does not join VALUES inside GRAPH ?g with the graphs' "
    "names",
    "sparql11/functions/bnode01": "the engine's BNODE of a string is the same node in every row",
    "sparql11/negation/graph-minus": "the engine treats the ?g of GRAPH as a variable shared by "
    "both sides of MINUS",
    "sparql11/property-path/zero_or_more_set_start": _ZERO,
    "sparql11/property-path/zero_or_more_set_end": _ZERO,
    "sparql11/property-path/zero_or_one_set_start": _ZERO,
    "sparql11/property-path/zero_or_one_set_end": _ZERO,
    "sparql12/grouping/group01": "the engine stores numbers by value, so 001 and 1 are the same; "
    "the test expects a store that distinguishes them",
    "sparql12/grouping/select-variable-reuse": "the engine treats a variable that was just bound "
    "to an aggregate as unbound",
    "sparql12/syntax-triple-terms-negative/tripleterm-subject-03": _SUBJECT,
    "sparql12/syntax-triple-terms-negative/tripleterm-subject-06": _SUBJECT,
    "sparql12/syntax/nested-aggregate-functions": "the engine accepts an aggregate inside an "
    "aggregate",
}

# Update.
UPDATE_REASONS: Final[Mapping[str, str]] = {}

# JSON-LD.
JSON_LD_REASONS: Final[Mapping[str, str]] = {
    "toRdf/te075": "expects blank nodes as predicates, which RDF does not allow",
    "fromRdf/t0027": 'the engine stores booleans by value, so "1" is written as true',
}
