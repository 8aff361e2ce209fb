"""Table 9 of OWL 2 RL/RDF, and what tables 5 and 6 say without a premise, as rules.

They derive axioms from axioms, and so are for data whose ontology is among the facts. The
release of this project leaves them out: nobody asks its derived graph for a closed hierarchy.

Source: OWL 2 Profiles, section 4.3, tables 5 (prp-ap), 6 (cls-thing, cls-nothing1) and 9.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, Quad, Variable

from kg.axioms.index import AxiomIndex, local_name
from kg.axioms.schema_table import GENERIC
from kg.namespaces import OWL, RDFS
from kg.reasoning.rules.patterns import Atom, Term
from kg.reasoning.rules.rule import Rule

_SPECIFICATION: Final = "OWL 2 RL"


def schema_rules(ontology: Iterable[Quad]) -> list[Rule]:
    """The rules by the names of the tables; of scm-int and scm-uni one for each list.

    Args:
        ontology: where the lists are read; the blank nodes in the rules are those of its quads,
            so the facts must be the same quads and not another reading of the file.

    Raises:
        UnsupportedAxiom: a list is not well-formed.
    """
    index = AxiomIndex(ontology)
    listed = [*_of_lists(index, "intersectionOf"), *_of_lists(index, "unionOf")]
    return [*(each.rule(_SPECIFICATION) for each in GENERIC), *listed]


def _of_lists(index: AxiomIndex, key: str) -> Iterator[Rule]:
    """A rule for each list of classes that some class is the intersection or union of."""
    class_ = Variable("c")
    name = "scm-int" if key == "intersectionOf" else "scm-uni"
    ends = (class_, None) if key == "intersectionOf" else (None, class_)
    lists = dict.fromkeys(members for _, members in index.pairs(OWL[key]))
    for number, members in enumerate(lists, start=1):
        parts = [part for part in index.items(members) if not isinstance(part, Literal)]
        head = tuple(Atom(ends[0] or part, RDFS["subClassOf"], ends[1] or part) for part in parts)
        if head:
            yield Rule(
                name=f"{name}-{number}",
                head=head,
                body=(Atom(class_, OWL[key], members),),
                sentence=_sentence(name, parts),
                source=f"{_SPECIFICATION} {name}",
            )


def _sentence(name: str, parts: Sequence[Term]) -> dict[str, str]:
    english, chinese = ", ".join(map(local_name, parts)), "、".join(map(local_name, parts))
    if name == "scm-int":
        return {
            "en": f"The intersection of {english} is within each of them.",
            "zh": f"{chinese}之交是其中每一类的子类。",
        }
    return {
        "en": f"Each of {english} is within their union.",
        "zh": f"{chinese}皆为其并的子类。",
    }
