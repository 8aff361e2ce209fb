import json
from typing import Any

from kg.linking.reconciler import Reconciler
from kg.linking.reconciliation_batches import BatchLimits, parse_extension, parse_queries


def ask(reconciler: Reconciler, **query: Any) -> list[tuple[str, float, bool]]:
    """The candidates of one query: identifier, score, match."""
    batch = parse_queries(json.dumps({"q": query}), reconciler.vocabulary, BatchLimits())
    return [(one["id"], one["score"], one["match"]) for one in reconciler.reconcile(batch["q"])]


def by(pid: str, value: Any) -> list[dict[str, Any]]:
    """One property of a query."""
    return [{"pid": pid, "v": value}]


def test_numbers_are_compared_as_numbers(reconciler: Reconciler) -> None:
    assert ask(reconciler, properties=by("share", 1.4)) == [("London", 100, True)]
    assert ask(reconciler, properties=by("share", "14.0")) == [("Leeds", 100, True)]
    assert ask(reconciler, properties=by("share", 41)) == []


def test_an_entity_is_its_identifier_or_any_of_its_names(reconciler: Reconciler) -> None:
    for value in ({"id": "UnitedKingdom"}, "英國", "United Kingdom", "id:UnitedKingdom"):
        found = ask(reconciler, properties=by("cityOf", value))
        assert found == [("Leeds", 100, False), ("London", 100, False)]
    assert ask(reconciler, properties=by("cityOf", {"id": "Britain"})) == []


def test_an_outside_identifier_finds_its_entity(reconciler: Reconciler) -> None:
    for value in ("Q84", "wd:Q84", "http://www.wikidata.org/entity/Q84"):
        assert ask(reconciler, properties=by("skos:exactMatch", value)) == [("London", 100, True)]


def test_of_two_properties_one_is_half(reconciler: Reconciler) -> None:
    both = [*by("cityOf", "英国"), *by("share", 1.4)]

    assert ask(reconciler, properties=both) == [("London", 100, True), ("Leeds", 50, False)]


def test_a_name_and_a_property_share_the_score(reconciler: Reconciler) -> None:
    assert ask(reconciler, query="London", properties=by("share", 14)) == [("London", 70, False)]
    assert ask(reconciler, query="London", properties=by("share", 1.4)) == [("London", 100, True)]


def test_values_are_extended_by_their_datatype(reconciler: Reconciler) -> None:
    names = ("cityOf", "share", "rank", "seen", "count", "skos:exactMatch")
    query = {"ids": ["London"], "properties": [{"id": name} for name in names]}

    extension = parse_extension(json.dumps(query), reconciler.vocabulary, BatchLimits())

    assert reconciler.extend(extension)["rows"]["London"] == {
        "cityOf": [{"id": "UnitedKingdom", "name": "United Kingdom"}],
        "share": [{"float": 1.4}],
        "rank": [{"int": 2}],
        "seen": [{"date": "2019-01-01T00:00:00Z"}],
        "count": [{"str": "many"}],
        "skos:exactMatch": [{"str": "http://www.wikidata.org/entity/Q84"}],
    }


def test_a_candidate_has_the_types_that_are_stated(reconciler: Reconciler) -> None:
    batch = parse_queries('{"q": {"query": "伦敦"}}', reconciler.vocabulary, BatchLimits())
    (london,) = reconciler.reconcile(batch["q"])

    assert london["type"] == [{"id": "City", "name": "city"}]
    assert (london["name"], london["description"]) == ("伦敦", "London; label '伦敦'")


def test_what_somebody_types_finds_the_shortest_name_first(reconciler: Reconciler) -> None:
    assert [one.local_name for one in reconciler.suggest_entities("l")] == ["Leeds", "London"]
    assert [one.local_name for one in reconciler.suggest_entities("Londno")] == ["London"]
    assert reconciler.suggest_entities("") == []
