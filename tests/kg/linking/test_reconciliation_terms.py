import pytest

from kg.errors import UnknownName
from kg.linking.reconciler import Reconciler
from kg.linking.reconciliation_terms import search_terms


def test_classes_and_properties_are_those_of_entities_the_most_used_first(
    reconciler: Reconciler,
) -> None:
    vocabulary = reconciler.vocabulary

    assert list(vocabulary.types) == ["Agent", "City"]
    assert list(vocabulary.properties)[:3] == ["rdfs:label", "cityOf", "share"]
    city = vocabulary.types["City"]
    assert (city.name, city.definition, city.count, city.broader) == (
        "city",
        "A large settlement.",
        2,
        ("Agent",),
    )


@pytest.mark.parametrize("name", ["City", "glocal:City", "https://w3id.org/glocal/ontology#City"])
def test_a_class_is_named_in_three_ways(reconciler: Reconciler, name: str) -> None:
    assert reconciler.vocabulary.type(name).identifier == "City"


@pytest.mark.parametrize("name", ["Citty", "glocal:Citty", "nowhere:City", "", "skos:Concept"])
def test_an_unknown_class_is_refused(reconciler: Reconciler, name: str) -> None:
    with pytest.raises(UnknownName, match="Unknown type"):
        reconciler.vocabulary.type(name)


@pytest.mark.parametrize(
    "name",
    [
        "exactMatch",
        "skos:exactMatch",
        "http://www.w3.org/2004/02/skos/core#exactMatch",
        "<http://www.w3.org/2004/02/skos/core#exactMatch>",
    ],
)
def test_a_property_of_another_vocabulary_may_do_without_prefix(
    reconciler: Reconciler, name: str
) -> None:
    assert reconciler.vocabulary.property(name).identifier == "skos:exactMatch"


def test_a_class_has_the_properties_of_its_members(reconciler: Reconciler) -> None:
    vocabulary = reconciler.vocabulary

    of_cities = [one.identifier for one in vocabulary.properties_of(vocabulary.types["City"])]

    assert of_cities[:3] == ["rdfs:label", "cityOf", "share"]
    of_all = [one.identifier for one in vocabulary.properties_of(None)]
    assert of_all[:3] == ["rdfs:label", "cityOf", "share"]
    assert "rdf:type" not in of_cities


def test_suggestions_go_by_label_in_any_language_or_name(reconciler: Reconciler) -> None:
    def found(prefix: str) -> list[str]:
        terms = reconciler.vocabulary.properties.values()
        return [one.identifier for one in search_terms(terms, prefix)]

    assert found("a city") == ["cityOf"]
    assert found("CITYOF") == ["cityOf"]
    assert found("nothing") == []
    types = search_terms(reconciler.vocabulary.types.values(), "城市")
    assert [one.identifier for one in types] == ["City"]
