"""What a filter says of terms, with SPARQL's errors: true, false, or neither."""

from kg.rules.filters.evaluation import COMPARISONS, CONNECTIVES, FUNCTIONS, passes
from kg.rules.filters.values import are_equal, number

__all__ = [
    "COMPARISONS",
    "CONNECTIVES",
    "FUNCTIONS",
    "are_equal",
    "number",
    "passes",
]
