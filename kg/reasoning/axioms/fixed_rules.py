"""Rules that are the same for every ontology: equality, datatypes, axioms and RDFS.

A reasoner can apply the rules of table 4 as they stand, which repeats every triple for every name
of its terms. Or it can leave out eq-sym, eq-trans and eq-rep-*, and merge the names that
`owl:sameAs` connects into one representative r. Then `a owl:sameAs b` becomes `r owl:sameAs r`, a
triple that exists only for merged names. All other rules are correct either way:

- A contradiction of different things has a body `a owl:sameAs b`. If a and b are merged, it becomes
  `r owl:sameAs r` and matches; otherwise it names two representatives that no triple connects.
- A rule that derives `owl:sameAs` (functional properties, keys, at-most-one restrictions) has a
  filter that its two names differ. It fails for two names of one representative.

eq-ref (everything is the same as itself) is not materialised: it would add up to three triples per
triple that nobody queries. Rules that depend on it state it themselves, like `eq-diff1-self`.

dt-type2, dt-eq and dt-diff give types and equalities to literals, which cannot be subjects of
triples. They are therefore tests in the filters that ranges, restrictions and functional
properties compile to (see `kg.reasoning.rules.datatypes`). Two spellings of one value remain two
terms, so a pattern joins a literal only with the same spelling; a value that an axiom names
matches any spelling.

The rules of table 9 derive axioms, so they need the ontology among the facts. The project's release
leaves them out, because nobody queries its derived graph for the complete hierarchy.

The rules of RDFS are for queries under RDFS instead of OWL, over data whose vocabulary is among
the facts. Two parts are left out: rdfD1, which creates a blank node for each literal, and the
axiomatic triples of rdf:_1, rdf:_2 and so on, which are infinitely many.

Source: OWL 2 Profiles, sections 4.3 (tables 4 to 6, 8 and 9) and 4.2.2 (the profile's datatypes);
RDF 1.1 Semantics, sections 8.1.1 (rdfD2), 9.2.1 (rdfs1 to rdfs13), and 8 and 9 (axiomatic triples).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Variable

from kg.namespaces import OWL, RDFS, expand
from kg.reasoning.axioms.ontology_graph import OntologyGraph, rule_name_part
from kg.reasoning.rules.patterns import Atom, Expression, Term
from kg.reasoning.rules.rule import Rule

_OWL_2_RL: Final = "OWL 2 RL"


def parse_rules(specification: str, text: str) -> list[Rule]:
    """Parse rules of three lines each: `name: body -> head`, and a sentence in both languages.

    Body and head are triples of CURIEs and `?x`, separated by ` . `. The body of axiomatic triples
    is `true`; the head of a contradiction is `false`. All rules are neutral. The source of each is
    the specification with its name.
    """
    lines = map(str.strip, text.strip().splitlines())
    rules = []
    for statement, english, chinese in zip(lines, lines, lines, strict=True):
        name, _, logic = statement.partition(": ")
        body, head = map(_parse_atoms, logic.split(" -> "))
        sentence, source = {"en": english, "zh": chinese}, f"{specification} {name}"
        rules.append(Rule(name, head, body, sentence=sentence, source=source))
    return rules


def typed(names: str, class_: str) -> str:
    """Return triples, as in `parse_rules`, that give each of the names this type."""
    return " . ".join(f"{name} rdf:type {class_}" for name in names.split())


def _parse_atoms(text: str) -> tuple[Atom, ...]:
    triples = () if text in {"true", "false"} else text.split(" . ")
    return tuple(Atom(*map(_parse_term, triple.split())) for triple in triples)


def _parse_term(text: str) -> NamedNode | Variable:
    return Variable(text[1:]) if text.startswith("?") else expand(text)


_EQUALITY_RULES: Final = """
eq-sym: ?x owl:sameAs ?y -> ?y owl:sameAs ?x
    If X is the same as Y, then Y is the same as X.
    若甲与乙为同一者，则乙与甲为同一者。
eq-trans: ?x owl:sameAs ?y . ?y owl:sameAs ?z -> ?x owl:sameAs ?z
    If X is the same as Y and Y is the same as Z, then X is the same as Z.
    若甲与乙为同一者，且乙与丙为同一者，则甲与丙为同一者。
eq-rep-s: ?x owl:sameAs ?y . ?x ?p ?o -> ?y ?p ?o
    What holds of X holds of all that is the same as X.
    凡对某者成立的，对与其同一者亦成立。
eq-rep-p: ?x owl:sameAs ?y . ?s ?x ?o -> ?s ?y ?o
    Who stands in a relation also stands in every relation that is the same.
    凡具有某关系者，亦具有与该关系同一的关系。
eq-rep-o: ?x owl:sameAs ?y . ?s ?p ?x -> ?s ?p ?y
    Who stands in a relation to X also stands in it to all that is the same as X.
    凡与某者有某关系者，与该者的同一者亦有此关系。
eq-diff1: ?x owl:sameAs ?y . ?x owl:differentFrom ?y -> false
    It cannot be that X is the same as Y and differs from Y.
    甲与乙不可能既为同一者，又为不同者。
eq-diff1-self: ?x owl:differentFrom ?x -> false
    It cannot be that X differs from itself.
    甲不可能不同于自身。
"""


def equality_rules() -> list[Rule]:
    """Return the rules of table 4, named as there."""
    return parse_rules(_OWL_2_RL, _EQUALITY_RULES)


_DATATYPES: Final = (
    "rdf:PlainLiteral rdf:XMLLiteral rdfs:Literal xsd:decimal xsd:integer xsd:nonNegativeInteger "
    "xsd:nonPositiveInteger xsd:positiveInteger xsd:negativeInteger xsd:long xsd:int xsd:short "
    "xsd:byte xsd:unsignedLong xsd:unsignedInt xsd:unsignedShort xsd:unsignedByte xsd:float "
    "xsd:double xsd:string xsd:normalizedString xsd:token xsd:language xsd:Name xsd:NCName "
    "xsd:NMTOKEN xsd:boolean xsd:hexBinary xsd:base64Binary xsd:anyURI xsd:dateTime "
    "xsd:dateTimeStamp"
)
_DATATYPE_RULES: Final = f"""
dt-type1: true -> {typed(_DATATYPES, "rdfs:Datatype")}
    The datatypes of OWL 2 RL are datatypes.
    OWL 2 RL 的数据类型是数据类型。
dt-not-type: ?x ?p ?y -> false
    A literal is spelled as its datatype demands.
    字面值的写法须符合其数据类型。
"""


def datatype_rules() -> list[Rule]:
    """Return dt-type1, and dt-not-type, which checks every triple."""
    types, ill_typed = parse_rules(_OWL_2_RL, _DATATYPE_RULES)
    return [types, replace(ill_typed, filters=(Expression("dt-not-type", (Variable("y"),)),))]


_PROPERTIES: Final = "rdf:type rdf:subject rdf:predicate rdf:object rdf:first rdf:rest rdf:value"
# Property, domain and range.
_DOMAINS_AND_RANGES: Final = (
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
    typed(_PROPERTIES, "rdf:Property"),
    "rdf:nil rdf:type rdf:List",
    *(
        f"{name} rdfs:{end} {class_}"
        for name, *classes in map(str.split, _DOMAINS_AND_RANGES.split(", "))
        for end, class_ in zip(("domain", "range"), classes, strict=True)
    ),
    *(f"rdf:{name} rdfs:subClassOf rdfs:Container" for name in ("Alt", "Bag", "Seq")),
    "rdfs:ContainerMembershipProperty rdfs:subClassOf rdf:Property",
    "rdfs:isDefinedBy rdfs:subPropertyOf rdfs:seeAlso",
    "rdfs:Datatype rdfs:subClassOf rdfs:Class",
)
_RDFS_RULES: Final = f"""
rdfs-axioms: true -> {" . ".join(_AXIOMS)}
    The words of RDF and RDFS are used as their specification says.
    RDF 与 RDFS 的词语依其规范使用。
rdfD2: ?x ?p ?y -> ?p rdf:type rdf:Property
    What relates two things is a property.
    凡用以关联两者的，皆为属性。
rdfs1: true -> rdf:langString rdf:type rdfs:Datatype . xsd:string rdf:type rdfs:Datatype
    The datatypes that are always recognised are datatypes.
    始终被识别的数据类型是数据类型。
rdfs2: ?p rdfs:domain ?c . ?x ?p ?y -> ?x rdf:type ?c
    What has a property is in its domain.
    凡具有某属性者，皆属其定义域。
rdfs3: ?p rdfs:range ?c . ?x ?p ?y -> ?y rdf:type ?c
    What is a value of a property is in its range.
    凡为某属性之值者，皆属其值域。
rdfs4a: ?x ?p ?y -> ?x rdf:type rdfs:Resource
    Whatever has a property is a resource.
    凡具有属性者，皆为资源。
rdfs4b: ?x ?p ?y -> ?y rdf:type rdfs:Resource
    Whatever is a value is a resource.
    凡为属性之值者，皆为资源。
rdfs5: ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?r -> ?p rdfs:subPropertyOf ?r
    A subproperty of a subproperty is a subproperty.
    子属性的子属性仍为子属性。
rdfs6: ?p rdf:type rdf:Property -> ?p rdfs:subPropertyOf ?p
    Every property is a subproperty of itself.
    每个属性皆为其自身的子属性。
rdfs7: ?p rdfs:subPropertyOf ?q . ?x ?p ?y -> ?x ?q ?y
    What stands in a relation stands in every broader one.
    凡具有某关系者，亦具有其上位关系。
rdfs8: ?c rdf:type rdfs:Class -> ?c rdfs:subClassOf rdfs:Resource
    Every class is within the class of resources.
    每个类皆为资源类的子类。
rdfs9: ?c rdfs:subClassOf ?d . ?x rdf:type ?c -> ?x rdf:type ?d
    An instance of a class is one of every class around it.
    某类的实例亦为其上位类的实例。
rdfs10: ?c rdf:type rdfs:Class -> ?c rdfs:subClassOf ?c
    Every class is within itself.
    每个类皆为其自身的子类。
rdfs11: ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?e -> ?c rdfs:subClassOf ?e
    A class within a class is within all that this class is within.
    子类的子类仍为子类。
rdfs12: ?p rdf:type rdfs:ContainerMembershipProperty -> ?p rdfs:subPropertyOf rdfs:member
    The numbered properties of containers say that something is a member.
    容器的编号属性皆表示成员关系。
rdfs13: ?d rdf:type rdfs:Datatype -> ?d rdfs:subClassOf rdfs:Literal
    Every datatype is within the class of literals.
    每个数据类型皆为字面值类的子类。
"""


def rdfs_rules() -> list[Rule]:
    """Return the rules by name; rdfs4a and rdfs4b give a type to every subject and object."""
    return parse_rules("RDF 1.1 Semantics", _RDFS_RULES)


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
_SCHEMA_RULES: Final = f"""
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
    """Return the rules of table 9 and those that have no premise.

    There is one scm-int or scm-uni for each list. The rules contain the ontology's blank nodes, so
    the facts must include the same quads and not a second parse of the file. An ill-formed list or
    cyclic expression is an `UnsupportedAxiom`.
    """
    graph = OntologyGraph(ontology)
    list_rules = [*_list_rules(graph, "intersectionOf"), *_list_rules(graph, "unionOf")]
    return [*parse_rules(_OWL_2_RL, _SCHEMA_RULES), *list_rules]


def _list_rules(graph: OntologyGraph, key: str) -> Iterator[Rule]:
    """Yield a rule for each list of classes whose intersection or union is some class."""
    class_ = Variable("c")
    name = "scm-int" if key == "intersectionOf" else "scm-uni"
    ends = (class_, None) if key == "intersectionOf" else (None, class_)
    lists = dict.fromkeys(members for _, members in graph.subjects_and_objects(OWL[key]))
    for number, members in enumerate(lists, start=1):
        parts = [part for part in graph.list_members(members) if not isinstance(part, Literal)]
        head = tuple(Atom(ends[0] or part, RDFS["subClassOf"], ends[1] or part) for part in parts)
        body, sentence = (Atom(class_, OWL[key], members),), _sentence(name, parts)
        if head:
            yield Rule(f"{name}-{number}", head, body, sentence=sentence, source=f"OWL 2 RL {name}")


def _sentence(name: str, parts: Sequence[Term]) -> dict[str, str]:
    english, chinese = (mark.join(map(rule_name_part, parts)) for mark in (", ", "、"))
    if name == "scm-uni":
        return {
            "en": f"Each of {english} is within their union.",
            "zh": f"{chinese}皆为其并的子类。",
        }
    return {
        "en": f"The intersection of {english} is within each of them.",
        "zh": f"{chinese}之交是其中每一类的子类。",
    }
