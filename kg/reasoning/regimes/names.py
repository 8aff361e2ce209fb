"""The names of the entailment regimes, and the IRIs that the W3C gives to them."""

from typing import Final, Literal

from pyoxigraph import NamedNode

RegimeName = Literal["rdfs", "owl-rl"]

_ENTAILMENT: Final = "http://www.w3.org/ns/entailment/"
REGIME_IRIS: Final[dict[RegimeName, NamedNode]] = {
    "rdfs": NamedNode(f"{_ENTAILMENT}RDFS"),
    "owl-rl": NamedNode(f"{_ENTAILMENT}OWL-RDF-Based"),
}
# The profile of OWL 2 to which a regime is restricted.
PROFILE_IRIS: Final[dict[RegimeName, NamedNode]] = {
    "owl-rl": NamedNode("http://www.w3.org/ns/owl-profile/RL"),
}
