"""The VoID statistics of the release are the numbers that SPARQL counts."""

from pathlib import Path

import pytest
from pyoxigraph import Literal, Quad, Triple

from kg.errors import MalformedFile
from kg.namespaces import ABOUT, DCTERMS, ID, OWL, VOID
from kg.release.build import make_description_and_dumps
from kg.release.void import DATASET, describe_in_void, read_dataset, void_description
from kg.store.quad_store import Store
from kg.store.release_folder import VOID_FILE
from tests.kg.conftest import content_in


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("about:dataset dcterms:title", "dataset.ttl:1:"),
        ("about:dataset dcterms:title 'a'@en .", "one dcterms:title in @en and one in @zh"),
        ("about:other dcterms:title 'a'@en , '甲'@zh .", "dcterms:title in @en"),
        ("about:dataset dcterms:title 'a'@en , 'b'@en , '甲'@zh .", "dcterms:title in @en"),
        ("about:dataset dcterms:title 'a'@en , '甲'@zh .", "dcterms:description in @en"),
        (
            "about:dataset dcterms:title 'a'@en , '甲'@zh ; dcterms:description 'a'@en , '甲'@zh .",
            "dcterms:license",
        ),
    ],
)
def test_a_data_set_without_what_it_needs_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "dataset.ttl"
    path.write_text(
        f"@prefix dcterms: <{DCTERMS}> . @prefix about: <{ABOUT}> . {text}", encoding="utf-8"
    )

    with pytest.raises(MalformedFile, match=reason):
        read_dataset(path, ["en", "zh"])


TOTALS = {
    "triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "entities": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a ?class }",
    "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "classes": "SELECT (COUNT(DISTINCT ?class) AS ?n) { ?s a ?class FILTER (isIRI(?class)) }",
}
PARTITIONS = {
    "SELECT ?class (COUNT(DISTINCT ?s) AS ?n) { ?s a ?class } GROUP BY ?class": (
        "SELECT ?class ?n { about:dataset void:classPartition ?part . "
        "?part void:class ?class ; void:entities ?n }"
    ),
    "SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects) "
    "{ ?s ?p ?o } GROUP BY ?p": (
        "SELECT ?p ?n ?subjects ?objects { about:dataset void:propertyPartition ?part . "
        "?part void:property ?p ; void:triples ?n ; void:distinctSubjects ?subjects ; "
        "void:distinctObjects ?objects }"
    ),
    "SELECT ?class ?p (COUNT(*) AS ?n) { ?s a ?class ; ?p ?o } GROUP BY ?class ?p": (
        "SELECT ?class ?p ?n { about:dataset void:classPartition ?part . ?part void:class ?class ; "
        "void:propertyPartition ?use . ?use void:property ?p ; void:triples ?n }"
    ),
    "SELECT DISTINCT ?class ?p ?type { ?s a ?class ; ?p ?o FILTER (isLiteral(?o)) "
    "BIND (DATATYPE(?o) AS ?type) }": (
        "SELECT ?class ?p ?type { ?part void:class ?class ; void:propertyPartition ?use . "
        "?use void:property ?p ; void-ext:datatypePartition/void-ext:datatype ?type }"
    ),
    # SIB's sparql-editor reads the classes of objects like this.
    "SELECT DISTINCT ?class ?p ?of { ?s a ?class ; ?p ?o . ?o a ?of . "
    "FILTER NOT EXISTS { ?o a ?lower . ?lower rdfs:subClassOf+ ?of . "
    "FILTER NOT EXISTS { ?of rdfs:subClassOf+ ?lower } } }": (
        "SELECT ?class ?p ?of { ?part void:class ?class ; void:propertyPartition ?use . "
        "?use void:property ?p ; void:classPartition [ void:class ?of ] }"
    ),
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o FILTER (isIRI(?o) && "
    'STRSTARTS(STR(?o), "http://www.wikidata.org/entity/")) } GROUP BY ?p': (
        "SELECT ?p ?n { ?links a void:Linkset ; void:linkPredicate ?p ; void:triples ?n ; "
        'void:objectsTarget/void:uriSpace "http://www.wikidata.org/entity/" }'
    ),
    "SELECT ?graph (COUNT(*) AS ?n) { VALUES ?graph { graph:asserted graph:derived graph:entities "
    "graph:background graph:links graph:meta graph:ontology graph:source graph:withdrawn "
    "graph:asserted-fact graph:asserted-background graph:asserted-thesis graph:asserted-reading "
    "graph:derived-fact graph:derived-background graph:derived-thesis graph:derived-reading } "
    "GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph": (
        "SELECT ?graph ?n { about:dataset void:subset ?part . ?part sd:name ?graph ; "
        "void:triples ?n }"
    ),
}


@pytest.fixture(scope="module")
def void(small: Store) -> Store:
    return store_of(void_description(small))


def store_of(triples: list[Triple]) -> Store:
    """A store with these triples as its default graph."""
    return Store.in_memory(Quad(one.subject, one.predicate, one.object) for one in triples)


@pytest.mark.parametrize("name", TOTALS)
def test_totals_are_what_sparql_counts(small: Store, void: Store, ask, name: str) -> None:
    assert ask(void, f"SELECT ?n {{ about:dataset void:{name} ?n }}") == ask(small, TOTALS[name])


@pytest.mark.parametrize("counting", PARTITIONS)
def test_partitions_are_what_sparql_counts(small: Store, void: Store, ask, counting) -> None:
    counted = ask(small, counting)

    assert counted
    assert ask(void, PARTITIONS[counting]) == counted


def test_every_part_is_told_from_every_other(void: Store, ask) -> None:
    one_each = "?part void:class ?c , ?d FILTER (?c != ?d)"

    assert ask(void, f"SELECT ?part {{ {one_each} }}") == set()
    assert ask(void, f"SELECT ?part {{ {one_each.replace('class', 'property')} }}") == set()


def test_the_data_set_has_a_title_and_a_description_in_both_languages(void: Store, ask) -> None:
    query = "SELECT ?l { about:dataset %s ?text BIND (LANG(?text) AS ?l) }"

    assert ask(void, query % "dcterms:title") == {("en",), ("zh",)}
    assert ask(void, query % "dcterms:description") == {("en",), ("zh",)}
    licence = ask(void, "SELECT ?l { about:dataset dcterms:license ?l }")
    assert licence == {("https://creativecommons.org/licenses/by/4.0/",)}


def test_the_description_is_no_part_of_what_it_describes(small: Store, ask) -> None:
    assert ask(small, "SELECT ?s { ?s void:triples ?n }") == set()
    assert ask(small, "SELECT ?g { GRAPH ?g { ?s void:triples ?n } }") == set()


def test_the_same_quads_give_the_same_bytes(small: Store, tmp_path: Path) -> None:
    quads = list(small.quads())
    graphs = small.manifest["counts"]["graphs"]

    content = content_in(tmp_path)
    forwards = make_description_and_dumps(quads, graphs, content)
    assert forwards == make_description_and_dumps(quads[::-1], graphs, content)
    assert forwards[VOID_FILE].startswith(b"@prefix about: ")


def test_a_store_without_a_release_is_counted_when_asked() -> None:
    link = Triple(ID["a"], OWL["sameAs"], ID["b"])
    described = void_description(store_of([link]))

    assert described == describe_in_void([link], {})
    assert Triple(DATASET, VOID["exampleResource"], ID["a"]) in described


def test_numbers_are_integers(void: Store) -> None:
    [triples] = [one.object for one in void.triples(DATASET, VOID["triples"])]

    assert isinstance(triples, Literal)
    assert triples.datatype.value.endswith("#integer")
