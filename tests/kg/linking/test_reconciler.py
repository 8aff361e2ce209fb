import json
from typing import Any

from kg.linking.reconciler import Reconciler
from kg.linking.reconciliation_batches import BatchLimits, parse_extension, parse_query


def ask(reconciler: Reconciler, **query: Any) -> list[tuple[str, float, bool]]:
    """The candidates of one query: identifier, score, match."""
    return [(one["id"], one["score"], one["match"]) for one in answer(reconciler, **query)]


def answer(reconciler: Reconciler, **query: Any) -> list[dict[str, Any]]:
    """The candidates of one query, whole."""
    asked = parse_query(query, "queries.q", reconciler.vocabulary, BatchLimits())
    return reconciler.reconcile(asked)


def extend(reconciler: Reconciler, *ids: str, properties: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer of data extension."""
    text = json.dumps({"ids": ids, "properties": properties})
    return reconciler.extend(parse_extension(text, reconciler.vocabulary, BatchLimits()))


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

    extended = extend(reconciler, "London", properties=[{"id": name} for name in names])

    assert extended["rows"]["London"] == {
        "cityOf": [{"id": "UnitedKingdom", "name": "United Kingdom"}],
        "share": [{"float": 1.4}],
        "rank": [{"int": 2}],
        "seen": [{"date": "2019-01-01T00:00:00Z"}],
        "count": [{"str": "many"}],
        "skos:exactMatch": [{"str": "http://www.wikidata.org/entity/Q84"}],
    }


def test_entities_and_properties_are_answered_as_they_are_asked_for(
    reconciler: Reconciler,
) -> None:
    curie, iri = "id:London", "https://w3id.org/glocal/id/London"
    names = ["exactMatch", "skos:exactMatch", "http://www.w3.org/2004/02/skos/core#exactMatch"]
    local_names = ["share", "glocal:share", "https://w3id.org/glocal/ontology#share"]

    extended = extend(
        reconciler, curie, iri, properties=[{"id": name} for name in (*names, *local_names)]
    )

    assert [one["id"] for one in extended["meta"]] == [*names, *local_names]
    for asked in (curie, iri):
        row = extended["rows"][asked]
        assert [row[name] for name in names] == [
            [{"str": "http://www.wikidata.org/entity/Q84"}] for _ in names
        ]
        assert [row[name] for name in local_names] == [[{"float": 1.4}] for _ in local_names]


def test_an_unknown_property_or_entity_has_no_values_and_the_others_have_theirs(
    reconciler: Reconciler,
) -> None:
    asked = [{"id": "shaer"}, {"id": "share"}]
    extended = extend(reconciler, "London", "Londno", "no: IRI", properties=asked)

    unknown, known = extended["meta"]
    assert (unknown["id"], unknown["name"]) == ("shaer", "shaer")
    assert unknown["error"] == "Unknown property 'shaer'. Did you mean: share?"
    assert known == {"id": "share", "name": "share"}
    assert extended["rows"] == {
        "London": {"shaer": [], "share": [{"float": 1.4}]},
        "Londno": {"shaer": [], "share": []},
        "no: IRI": {"shaer": [], "share": []},
    }


def test_settings_are_read_as_a_form_sends_them(reconciler: Reconciler) -> None:
    def labels(**settings: str) -> list[dict[str, Any]]:
        asked = [{"id": "rdfs:label", "settings": settings}]
        return list(extend(reconciler, "London", properties=asked)["rows"]["London"]["rdfs:label"])

    both = [{"str": "London"}, {"str": "伦敦"}]
    assert labels(language="any", limit="0") == labels() == both
    assert labels(language="zh", limit="0") == [{"str": "伦敦"}]
    assert labels(language="any", limit="1") == [{"str": "London"}]


def test_a_candidate_has_the_types_that_are_stated_and_a_description(
    reconciler: Reconciler,
) -> None:
    (london,) = answer(reconciler, query="伦敦")

    assert london["type"] == [{"id": "City", "name": "city"}]
    assert (london["name"], london["description"]) == ("伦敦", "英国首都。")
    assert answer(reconciler, query="London")[0]["description"] == "capital of the United Kingdom."
    assert answer(reconciler, query="Leeds")[0]["description"] == ""


def test_a_blank_cell_finds_nothing_and_a_blank_value_asks_for_nothing(
    reconciler: Reconciler,
) -> None:
    for blank in ("", " ", "\u3000", "—"):
        assert ask(reconciler, query=blank) == []
        assert ask(reconciler, query=blank, properties=by("share", 1.4)) == []
    assert ask(reconciler, query="London", properties=by("cityOf", " ")) == [("London", 100, True)]
    assert ask(reconciler, properties=by("cityOf", "")) == []


def test_what_somebody_types_finds_the_shortest_name_first(reconciler: Reconciler) -> None:
    assert [one.local_name for one in reconciler.suggest_entities("l")] == ["Leeds", "London"]
    assert [one.local_name for one in reconciler.suggest_entities("Londno")] == ["London"]
    assert reconciler.suggest_entities("") == []
