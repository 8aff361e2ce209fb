"""Class expressions without a name have instances."""

from pyoxigraph import NamedNode

from kg.namespaces import ID, OWL, RDF, shorten
from kg.reasoning.regimes.anonymous_classes import anonymous_class_rules
from tests.kg.reasoning.given import derived, quads


def instances(text: str, key: str) -> set[NamedNode]:
    """Return the derived instances of the only node that has this key."""
    given = quads(text)
    (node,) = {quad.subject for quad in given if quad.predicate == OWL[key]}
    found = derived(given, anonymous_class_rules(given))
    return {each.subject for each in found if (each.predicate, each.object) == (RDF["type"], node)}


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
    given = quads(text)
    found: dict[str, set[object]] = {}
    for each in derived(given, anonymous_class_rules(given)):
        if isinstance(each.object, NamedNode):
            name = shorten(each.object.value).replace("glocal:", ":")
            found.setdefault(name, set()).add(each.subject)
    return found
