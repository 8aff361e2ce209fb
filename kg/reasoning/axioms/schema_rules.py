"""The rules of OWL 2 RL/RDF that derive axioms: all of table 9, and those that have no premise.

They need the ontology among the facts. The project's release leaves them out, because nobody
queries its derived graph for the complete hierarchy.

Source: OWL 2 Profiles, section 4.3, tables 5 (prp-ap), 6 (cls-thing, cls-nothing1) and 9.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, Quad, Variable

from kg.namespaces import OWL, RDFS
from kg.reasoning.axioms.fixed_rules import parse_rules, typed
from kg.reasoning.axioms.ontology_graph import OntologyGraph, rule_name_part
from kg.reasoning.rules.patterns import Atom, Term
from kg.reasoning.rules.rule import Rule

_SPECIFICATION: Final = "OWL 2 RL"
_ANNOTATION_PROPERTIES: Final = (
    "rdfs:label rdfs:comment rdfs:seeAlso rdfs:isDefinedBy owl:deprecated owl:versionInfo "
    "owl:priorVersion owl:backwardCompatibleWith owl:incompatibleWith"
)
# {0} is hasValue, someValuesFrom or allValuesFrom.
_SAME_FILLER: Final = (
    "?c owl:{0} ?i . ?c owl:onProperty ?p . ?d owl:{0} ?i . ?d owl:onProperty ?q . "
    "?p rdfs:subPropertyOf ?q"
)
_SAME_PROPERTY: Final = (
    "?c owl:{0} ?y . ?c owl:onProperty ?p . ?d owl:{0} ?z . ?d owl:onProperty ?p . "
    "?y rdfs:subClassOf ?z"
)
_RULES: Final = f"""
prp-ap: true -> {typed(_ANNOTATION_PROPERTIES, "owl:AnnotationProperty")}
    Labels, comments and version notes are annotations.
    标签、注释与版本说明均为标注属性。
cls-thing: true -> owl:Thing rdf:type owl:Class
    The class of all things is a class.
    万物之类是一个类。
cls-nothing1: true -> owl:Nothing rdf:type owl:Class
    The class of nothing is a class.
    空类是一个类。
scm-cls: ?c rdf:type owl:Class -> ?c rdfs:subClassOf ?c . ?c owl:equivalentClass ?c . \
    ?c rdfs:subClassOf owl:Thing . owl:Nothing rdfs:subClassOf ?c
    Every class is within itself and the class of all things, and contains the empty class.
    每个类皆为其自身与万物之类的子类，并以空类为子类。
scm-sco: ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?e -> ?c rdfs:subClassOf ?e
    A class within a class is within all that this class is within.
    子类的子类仍为子类。
scm-eqc1: ?c owl:equivalentClass ?d -> ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?c
    Equivalent classes are within one another.
    等价的类互为子类。
scm-eqc2: ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?c -> ?c owl:equivalentClass ?d
    Classes within one another are equivalent.
    互为子类的类等价。
scm-op: ?p rdf:type owl:ObjectProperty -> ?p rdfs:subPropertyOf ?p . ?p owl:equivalentProperty ?p
    Every object property is a subproperty of itself.
    每个对象属性皆为其自身的子属性。
scm-dp: ?p rdf:type owl:DatatypeProperty -> ?p rdfs:subPropertyOf ?p . ?p owl:equivalentProperty ?p
    Every data property is a subproperty of itself.
    每个数据属性皆为其自身的子属性。
scm-spo: ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?r -> ?p rdfs:subPropertyOf ?r
    A subproperty of a subproperty is a subproperty.
    子属性的子属性仍为子属性。
scm-eqp1: ?p owl:equivalentProperty ?q -> ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?p
    Equivalent properties are subproperties of one another.
    等价的属性互为子属性。
scm-eqp2: ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?p -> ?p owl:equivalentProperty ?q
    Subproperties of one another are equivalent.
    互为子属性的属性等价。
scm-dom1: ?p rdfs:domain ?c . ?c rdfs:subClassOf ?d -> ?p rdfs:domain ?d
    A property's domain may be widened to any class around it.
    属性的定义域可扩大为其任一上位类。
scm-dom2: ?q rdfs:domain ?c . ?p rdfs:subPropertyOf ?q -> ?p rdfs:domain ?c
    A subproperty has the domains of its superproperties.
    子属性具有上位属性的定义域。
scm-rng1: ?p rdfs:range ?c . ?c rdfs:subClassOf ?d -> ?p rdfs:range ?d
    A property's range may be widened to any class around it.
    属性的值域可扩大为其任一上位类。
scm-rng2: ?q rdfs:range ?c . ?p rdfs:subPropertyOf ?q -> ?p rdfs:range ?c
    A subproperty has the ranges of its superproperties.
    子属性具有上位属性的值域。
scm-hv: {_SAME_FILLER.format("hasValue")} -> ?c rdfs:subClassOf ?d
    What has a value by a subproperty has it by the superproperty.
    以子属性取某值者，亦以上位属性取该值。
scm-svf1: {_SAME_PROPERTY.format("someValuesFrom")} -> ?c rdfs:subClassOf ?d
    What has a value of a class has one of every class around it.
    有某类之值者，亦有其上位类之值。
scm-svf2: {_SAME_FILLER.format("someValuesFrom")} -> ?c rdfs:subClassOf ?d
    What has a value by a subproperty has one by the superproperty.
    以子属性有值者，亦以上位属性有值。
scm-avf1: {_SAME_PROPERTY.format("allValuesFrom")} -> ?c rdfs:subClassOf ?d
    What has only values of a class has only values of every class around it.
    只有某类之值者，亦只有其上位类之值。
scm-avf2: {_SAME_FILLER.format("allValuesFrom")} -> ?d rdfs:subClassOf ?c
    What has only values of a class by the superproperty has only such by a subproperty.
    以上位属性只取某类之值者，以子属性亦只取该类之值。
"""


def schema_rules(ontology: Iterable[Quad]) -> list[Rule]:
    """Return the rules, named as in the tables; scm-int and scm-uni once for each list.

    Args:
        ontology: its quads, with the lists. The rules contain their blank nodes, so the facts
            must include the same quads and not a second parse of the file.

    Raises:
        UnsupportedAxiom: a list is not well-formed, or an expression is part of itself.
    """
    graph = OntologyGraph(ontology)
    list_rules = [*_list_rules(graph, "intersectionOf"), *_list_rules(graph, "unionOf")]
    return [*parse_rules(_SPECIFICATION, _RULES), *list_rules]


def _list_rules(graph: OntologyGraph, key: str) -> Iterator[Rule]:
    """Yield a rule for each list of classes whose intersection or union is some class."""
    class_ = Variable("c")
    name = "scm-int" if key == "intersectionOf" else "scm-uni"
    ends = (class_, None) if key == "intersectionOf" else (None, class_)
    lists = dict.fromkeys(members for _, members in graph.subjects_and_objects(OWL[key]))
    for number, members in enumerate(lists, start=1):
        parts = [part for part in graph.list_members(members) if not isinstance(part, Literal)]
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
    english, chinese = ", ".join(map(rule_name_part, parts)), "、".join(map(rule_name_part, parts))
    if name == "scm-int":
        return {
            "en": f"The intersection of {english} is within each of them.",
            "zh": f"{chinese}之交是其中每一类的子类。",
        }
    return {
        "en": f"Each of {english} is within their union.",
        "zh": f"{chinese}皆为其并的子类。",
    }
