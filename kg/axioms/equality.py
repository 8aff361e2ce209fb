"""What it means to be the same: table 4 of OWL 2 RL/RDF as rules.

Two ways to be right. A reasoner may take these rules as they stand: every triple is then said of
every name of its terms. Or it leaves out eq-sym, eq-trans and eq-rep-* and merges the names that
`owl:sameAs` joins, keeping one representative: `a owl:sameAs b` becomes `r owl:sameAs r`, which
is there only of merged names. All other rules are right in both ways:

- `eq-diff1` and the contradictions made of owl:differentFrom and owl:AllDifferent (body
  `a owl:sameAs b`, two constants) become `r owl:sameAs r` where a and b are merged, and two
  representatives that nothing joins where they are not;
- what derives `owl:sameAs` (functional properties, keys, at most one) asks that its two names
  differ, which two names of one representative do not.

eq-ref (everything is the same as itself) is not materialised: three triples per triple that
nobody asks for. The rules that need it say so themselves, as `eq-diff1-self`.

Source: OWL 2 Profiles, section 4.3, table 4.
"""

from typing import Final

from kg.axioms.fixed_rules import FixedRule
from kg.reasoning.rules.rule import Rule

_SAME: Final = "?x owl:sameAs ?y"
_EQUALITY_RULES: Final = (
    FixedRule(
        "eq-sym",
        "?y owl:sameAs ?x",
        _SAME,
        "If X is the same as Y, then Y is the same as X.",
        "若甲与乙为同一者，则乙与甲为同一者。",
    ),
    FixedRule(
        "eq-trans",
        "?x owl:sameAs ?z",
        f"{_SAME} . ?y owl:sameAs ?z",
        "If X is the same as Y and Y is the same as Z, then X is the same as Z.",
        "若甲与乙为同一者，且乙与丙为同一者，则甲与丙为同一者。",
    ),
    FixedRule(
        "eq-rep-s",
        "?y ?p ?o",
        f"{_SAME} . ?x ?p ?o",
        "What holds of X holds of all that is the same as X.",
        "凡对某者成立的，对与其同一者亦成立。",
    ),
    FixedRule(
        "eq-rep-p",
        "?s ?y ?o",
        f"{_SAME} . ?s ?x ?o",
        "Who stands in a relation also stands in every relation that is the same.",
        "凡具有某关系者，亦具有与该关系同一的关系。",
    ),
    FixedRule(
        "eq-rep-o",
        "?s ?p ?y",
        f"{_SAME} . ?s ?p ?x",
        "Who stands in a relation to X also stands in it to all that is the same as X.",
        "凡与某者有某关系者，与该者的同一者亦有此关系。",
    ),
    FixedRule(
        "eq-diff1",
        "",
        f"{_SAME} . ?x owl:differentFrom ?y",
        "It cannot be that X is the same as Y and differs from Y.",
        "甲与乙不可能既为同一者，又为不同者。",
    ),
    FixedRule(
        "eq-diff1-self",
        "",
        "?x owl:differentFrom ?x",
        "It cannot be that X differs from itself.",
        "甲不可能不同于自身。",
    ),
)


def equality_rules() -> list[Rule]:
    """The rules of table 4, by their names; neutral."""
    return [each.rule("OWL 2 RL") for each in _EQUALITY_RULES]
