"""Why a test is not answered rightly, by its name. None of them is RDF, RDFS, D or OWL 2 RL."""

from collections.abc import Mapping
from typing import Final

_COUNTING: Final = "at most one child is female: needs counting over all children there may be"
_RIF: Final = "the rules are in RIF, which is not read (the suite lacks their files, too)"

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
