"""The entailment regimes of SPARQL: which rules each has, and classes that a query describes."""
