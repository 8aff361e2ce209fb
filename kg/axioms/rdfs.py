"""The patterns of RDF and RDFS entailment as rules, by their names.

For data whose vocabulary is among the facts, where a question goes by RDFS and not by OWL.
Not among them: rdfD1, which makes a blank node for each literal; and the axiomatic triples of
rdf:_1, rdf:_2 …, of which there is no end.

Source: RDF 1.1 Semantics, sections 8.1.1 (rdfD2), 9.2.1 (rdfs1 to rdfs13) and the axiomatic
triples of sections 8 and 9.
"""

from typing import Final

from kg.axioms.fixed_rules import FixedRule
from kg.reasoning.rules.rule import Rule

_PROPERTIES: Final = "type subject predicate object first rest value"
_ENDS: Final = (
    "rdf:type rdfs:Resource rdfs:Class, rdfs:domain rdf:Property rdfs:Class, "
    "rdfs:range rdf:Property rdfs:Class, rdfs:subPropertyOf rdf:Property rdf:Property, "
    "rdfs:subClassOf rdfs:Class rdfs:Class, rdf:subject rdf:Statement rdfs:Resource, "
    "rdf:predicate rdf:Statement rdfs:Resource, rdf:object rdf:Statement rdfs:Resource, "
    "rdfs:member rdfs:Resource rdfs:Resource, rdf:first rdf:List rdfs:Resource, "
    "rdf:rest rdf:List rdf:List, rdfs:seeAlso rdfs:Resource rdfs:Resource, "
    "rdfs:isDefinedBy rdfs:Resource rdfs:Resource, rdfs:comment rdfs:Resource rdfs:Literal, "
    "rdfs:label rdfs:Resource rdfs:Literal, rdf:value rdfs:Resource rdfs:Resource"
)
_AXIOMS: Final = (
    *(f"rdf:{name} rdf:type rdf:Property" for name in _PROPERTIES.split()),
    "rdf:nil rdf:type rdf:List",
    *(
        f"{name} rdfs:{end} {class_}"
        for name, *classes in map(str.split, _ENDS.split(", "))
        for end, class_ in zip(("domain", "range"), classes, strict=True)
    ),
    "rdf:Alt rdfs:subClassOf rdfs:Container",
    "rdf:Bag rdfs:subClassOf rdfs:Container",
    "rdf:Seq rdfs:subClassOf rdfs:Container",
    "rdfs:ContainerMembershipProperty rdfs:subClassOf rdf:Property",
    "rdfs:isDefinedBy rdfs:subPropertyOf rdfs:seeAlso",
    "rdfs:Datatype rdfs:subClassOf rdfs:Class",
)

_RDFS_RULES: Final = (
    FixedRule(
        "rdfs-axioms",
        " . ".join(_AXIOMS),
        "",
        "The words of RDF and RDFS are used as their specification says.",
        "RDF 与 RDFS 的词语依其规范使用。",
    ),
    FixedRule(
        "rdfD2",
        "?p rdf:type rdf:Property",
        "?x ?p ?y",
        "What relates two things is a property.",
        "凡用以关联两者的，皆为属性。",
    ),
    FixedRule(
        "rdfs1",
        "rdf:langString rdf:type rdfs:Datatype . xsd:string rdf:type rdfs:Datatype",
        "",
        "The datatypes that are always recognised are datatypes.",
        "始终被识别的数据类型是数据类型。",
    ),
    FixedRule(
        "rdfs2",
        "?x rdf:type ?c",
        "?p rdfs:domain ?c . ?x ?p ?y",
        "What has a property is in its domain.",
        "凡具有某属性者，皆属其定义域。",
    ),
    FixedRule(
        "rdfs3",
        "?y rdf:type ?c",
        "?p rdfs:range ?c . ?x ?p ?y",
        "What is a value of a property is in its range.",
        "凡为某属性之值者，皆属其值域。",
    ),
    FixedRule(
        "rdfs4a",
        "?x rdf:type rdfs:Resource",
        "?x ?p ?y",
        "Whatever has a property is a resource.",
        "凡具有属性者，皆为资源。",
    ),
    FixedRule(
        "rdfs4b",
        "?y rdf:type rdfs:Resource",
        "?x ?p ?y",
        "Whatever is a value is a resource.",
        "凡为属性之值者，皆为资源。",
    ),
    FixedRule(
        "rdfs5",
        "?p rdfs:subPropertyOf ?r",
        "?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?r",
        "A subproperty of a subproperty is a subproperty.",
        "子属性的子属性仍为子属性。",
    ),
    FixedRule(
        "rdfs6",
        "?p rdfs:subPropertyOf ?p",
        "?p rdf:type rdf:Property",
        "Every property is a subproperty of itself.",
        "每个属性皆为其自身的子属性。",
    ),
    FixedRule(
        "rdfs7",
        "?x ?q ?y",
        "?p rdfs:subPropertyOf ?q . ?x ?p ?y",
        "What stands in a relation stands in every broader one.",
        "凡具有某关系者，亦具有其上位关系。",
    ),
    FixedRule(
        "rdfs8",
        "?c rdfs:subClassOf rdfs:Resource",
        "?c rdf:type rdfs:Class",
        "Every class is within the class of resources.",
        "每个类皆为资源类的子类。",
    ),
    FixedRule(
        "rdfs9",
        "?x rdf:type ?d",
        "?c rdfs:subClassOf ?d . ?x rdf:type ?c",
        "An instance of a class is one of every class around it.",
        "某类的实例亦为其上位类的实例。",
    ),
    FixedRule(
        "rdfs10",
        "?c rdfs:subClassOf ?c",
        "?c rdf:type rdfs:Class",
        "Every class is within itself.",
        "每个类皆为其自身的子类。",
    ),
    FixedRule(
        "rdfs11",
        "?c rdfs:subClassOf ?e",
        "?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?e",
        "A class within a class is within all that this class is within.",
        "子类的子类仍为子类。",
    ),
    FixedRule(
        "rdfs12",
        "?p rdfs:subPropertyOf rdfs:member",
        "?p rdf:type rdfs:ContainerMembershipProperty",
        "The numbered properties of containers say that something is a member.",
        "容器的编号属性皆表示成员关系。",
    ),
    FixedRule(
        "rdfs13",
        "?d rdfs:subClassOf rdfs:Literal",
        "?d rdf:type rdfs:Datatype",
        "Every datatype is within the class of literals.",
        "每个数据类型皆为字面值类的子类。",
    ),
)


def rdfs_rules() -> list[Rule]:
    """The rules by name; rdfs4a and rdfs4b type everything that is mentioned."""
    return [each.rule("RDF 1.1 Semantics") for each in _RDFS_RULES]
