"""What a filter says of terms, with SPARQL's errors: true, false, or neither."""

from kg.rules.filters.evaluation import COMPARISONS, CONNECTIVES, FUNCTIONS, are_equal, passes
from kg.rules.filters.reading import operands_of

__all__ = ["COMPARISONS", "CONNECTIVES", "FUNCTIONS", "are_equal", "operands_of", "passes"]
