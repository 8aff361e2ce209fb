"""Class expressions without a name have instances."""

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg.namespaces import ID, OWL, PREFIXES, RDF, shorten
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.regimes.anonymous_classes import anonymous_class_rules
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


def test_a_class_within_another_by_an_expression_has_its_instances() -> None:
    text = """:R owl:onProperty :p ; owl:someValuesFrom :A . :A rdfs:subClassOf :B .
        :S owl:onProperty :p ; owl:someValuesFrom :B . :R rdfs:subClassOf :S . id:a a :R ."""

    assert ID["a"] in types_of(text)[":S"]


def test_what_has_an_axiom_of_its_own_is_not_derived_twice() -> None:
    text = """:A rdfs:subClassOf :B . :B owl:disjointWith :C . :p rdfs:domain :A .
        id:a a :A , :C ; :p id:b . :A rdfs:subClassOf owl:Thing ."""

    assert types_of(text) == {"owl:Thing": {ID["a"]}}


def types_of(text: str) -> dict[str, set[object]]:
    """Return what is derived to be an instance, by class."""
    quads: list[Quad] = list(parse(HEAD + text, RdfFormat.TURTLE))
    premises = [Premise(quad.triple, Status.FACT) for quad in quads]
    found: dict[str, set[object]] = {}
    for each in derive(premises, anonymous_class_rules(quads)).derivations:
        if isinstance(each.triple.object, NamedNode):
            name = shorten(each.triple.object.value).replace("glocal:", ":")
            found.setdefault(name, set()).add(each.triple.subject)
    return found
