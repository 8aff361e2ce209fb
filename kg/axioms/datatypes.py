"""Table 8 of OWL 2 RL/RDF, as far as it speaks of triples.

dt-type2, dt-eq and dt-diff give types and equalities to literals, which are no subjects of
triples: they are tests of the filters that ranges, restrictions and functional properties
compile to (see `kg.reasoning.rules.datatypes`). Two spellings of one value remain two terms, so
that a pattern joins a literal with itself only; where an axiom names a value, any spelling fits.

Source: OWL 2 Profiles, sections 4.3, table 8, and 4.2.2 (the datatypes of the profile).
"""

from typing import Final

from pyoxigraph import Variable

from kg.axioms.fixed_rules import FixedRule
from kg.reasoning.rules.patterns import Filter
from kg.reasoning.rules.rule import Rule

_DATATYPES: Final = (
    "rdf:PlainLiteral rdf:XMLLiteral rdfs:Literal xsd:decimal xsd:integer xsd:nonNegativeInteger "
    "xsd:nonPositiveInteger xsd:positiveInteger xsd:negativeInteger xsd:long xsd:int xsd:short "
    "xsd:byte xsd:unsignedLong xsd:unsignedInt xsd:unsignedShort xsd:unsignedByte xsd:float "
    "xsd:double xsd:string xsd:normalizedString xsd:token xsd:language xsd:Name xsd:NCName "
    "xsd:NMTOKEN xsd:boolean xsd:hexBinary xsd:base64Binary xsd:anyURI xsd:dateTime "
    "xsd:dateTimeStamp"
)
_DATATYPE_RULES: Final = (
    FixedRule(
        "dt-type1",
        " . ".join(f"{name} rdf:type rdfs:Datatype" for name in _DATATYPES.split()),
        "",
        "The datatypes of OWL 2 RL are datatypes.",
        "OWL 2 RL 的数据类型是数据类型。",
    ),
    FixedRule(
        "dt-not-type",
        "",
        "?x ?p ?y",
        "A literal is spelled as its datatype demands.",
        "字面值的写法须符合其数据类型。",
        (Filter("dt-not-type", (Variable("y"),)),),
    ),
)


def datatype_rules() -> list[Rule]:
    """dt-type1 and dt-not-type, which looks at every triple."""
    return [each.rule("OWL 2 RL") for each in _DATATYPE_RULES]
