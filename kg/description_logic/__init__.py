"""OWL DL beside the rules: consistency, classification, explanation, difference; by HermiT."""

from kg.description_logic.axioms import Axiom
from kg.description_logic.classification import Verdict, check_ontology, entail
from kg.description_logic.difference import Difference, compare
from kg.description_logic.explanation import Clash, Shrinker
from kg.description_logic.hermit import Allowance
from kg.description_logic.unsatisfiable import EmptyClass, explain_classes
from kg.description_logic.wording import Wording

__all__ = [
    "Allowance",
    "Axiom",
    "Clash",
    "Difference",
    "EmptyClass",
    "Shrinker",
    "Verdict",
    "Wording",
    "check_ontology",
    "compare",
    "entail",
    "explain_classes",
]
