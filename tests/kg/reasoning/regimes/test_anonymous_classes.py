"""Class expressions without a name have instances."""

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg.reasoning.regimes.anonymous_classes import anonymous_class_rules
from kg.namespaces import ID, OWL, PREFIXES, RDF
from kg.reasoning.derivation.derive import Premise, derive
from kg.statuses import Status

HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
HEAD += f"@prefix : <{PREFIXES['glocal']}> .\n"


def instances(text: str, key: str) -> set[NamedNode]:
    """Return the derived instances of the only node that has this key."""
    quads: list[Quad] = list(parse(HEAD + text, RdfFormat.TURTLE))
    (node,) = {quad.subject for quad in quads if quad.predicate == OWL[key]}
    premises = [Premise(quad.triple, Status.FACT) for quad in quads]
    derived = [each.triple for each in derive(premises, anonymous_class_rules(quads)).derivations]
    return {
        each.subject for each in derived if (each.predicate, each.object) == (RDF["type"], node)
    }


def test_who_fits_an_expression_is_an_instance_of_its_node() -> None:
    text = """[] owl:onProperty :p ; owl:someValuesFrom :B .
        id:a :p id:b . id:b a :B . id:c :p id:d ."""

    assert instances(text, "someValuesFrom") == {ID["a"]}


def test_an_instance_of_a_class_is_one_of_an_expression_that_no_rule_could_say() -> None:
    text = """:A rdfs:subClassOf [ owl:onProperty :p ; owl:someValuesFrom :B ] .
        id:a a :A . id:b a :B ."""

    assert instances(text, "someValuesFrom") == {ID["a"]}


def test_an_instance_of_the_node_fits_the_parts_of_the_expression() -> None:
    text = """:A owl:equivalentClass [ owl:intersectionOf
        ( :B [ owl:onProperty :p ; owl:someValuesFrom :C ] ) ] . id:a a :A ."""

    assert instances(text, "someValuesFrom") == {ID["a"]}
    assert instances(text, "intersectionOf") == {ID["a"]}
