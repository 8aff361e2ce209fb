"""The background and the links: statements that must be there, and some that must not."""

import csv
from collections import Counter, defaultdict

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.content import own_content
from kg.linking.name_index import name_key
from kg.namespaces import DCTERMS, EVIDENCE, GLOCAL, GRAPH, ID, RDFS, SKOS, XSD, expand, expand_all
from kg.sources.folders import read_curated

# How the IRIs of items and places begin.
ITEMS = ("http://www.wikidata.org/entity/", "https://sws.geonames.org/")
COORDINATES = expand_all("geo:lat geo:long")
STATES = {
    "Bangkok": "Thailand",
    "Brussels": "Belgium",
    "Geneva": "Switzerland",
    "Harare": "Zimbabwe",
    "London": "UnitedKingdom",
    "Manila": "Philippines",
    "Moscow": "Russia",
    "Nairobi": "Kenya",
    "NewDelhi": "India",
    "Paris": "France",
    "Rome": "Italy",
    "Seoul": "SouthKorea",
    "Singapore": "SingaporeState",
    "Tokyo": "Japan",
    "WashingtonDC": "UnitedStates",
}
UNIVERSITIES = {
    "BFSU": "Beijing",
    "GDUFS": "Guangzhou",
    "PekingUniversity": "Beijing",
    "RenminUniversity": "Beijing",
    "SeoulNationalUniversity": "Seoul",
    "SUFE": "Shanghai",
    "TsinghuaUniversity": "Beijing",
}
OTHERS = {
    ("GreaterLondon", "administrativeAreaOf", "London"),
    ("Guangzhou", "locatedIn", "PearlRiverDelta"),
    ("LondonGovernment", "cityGovernmentOf", "London"),
    *((body, "partOf", "UNSystem") for body in ("UNDP", "UNEP", "UNESCO", "UNHabitat")),
}


@pytest.fixture(scope="module")
def curated() -> list[Quad]:
    return read_curated()


@pytest.fixture(scope="module")
def background(curated: list[Quad]) -> list[Quad]:
    prefix = f"{EVIDENCE}background-"
    return [quad for quad in curated if quad.graph_name.value.startswith(prefix)]


@pytest.fixture(scope="module")
def links() -> dict[str, list[dict[str, str]]]:
    tables = {}
    for path in sorted((own_content().curated / "links").glob("*.sssom.tsv")):
        rows = [row for row in path.read_text("utf-8").splitlines() if not row.startswith("#")]
        tables[path.name.removesuffix(".sssom.tsv")] = list(csv.DictReader(rows, delimiter="\t"))
    return tables


def test_the_background_says_this_and_nothing_else(background: list[Quad]) -> None:
    expected = {
        *((city, "cityOf", state) for city, state in STATES.items()),
        *((university, "inCity", city) for university, city in UNIVERSITIES.items()),
        *OTHERS,
    }

    others = {*COORDINATES, SKOS["altLabel"]}
    assert {quad.triple for quad in background if quad.predicate not in others} == {
        Triple(ID[subject], GLOCAL[predicate], ID[value]) for subject, predicate, value in expected
    }


@pytest.mark.parametrize(
    ("entity", "name", "source"),
    [
        ("Beijing", Literal("Pekin", language="en"), "https://sws.geonames.org/1816670/"),
        ("Beijing", Literal("Peking", language="en"), "http://www.wikidata.org/entity/Q956"),
        ("Shanghai", Literal("上海市", language="zh"), "https://sws.geonames.org/1796236/"),
        ("NewYork", Literal("纽约市", language="zh"), "https://sws.geonames.org/5128581/"),
        (
            "Germany",
            Literal("德意志联邦共和国", language="zh"),
            "https://github.com/mledoze/countries",
        ),
        ("SouthKorea", Literal("南韩", language="zh"), "https://cldr.unicode.org/"),
    ],
)
def test_another_name_has_its_source(
    curated: list[Quad], entity: str, name: Literal, source: str
) -> None:
    graphs = [
        quad.graph_name
        for quad in curated
        if quad.triple == Triple(ID[entity], SKOS["altLabel"], name)
    ]
    sources = [
        quad.object
        for quad in curated
        if quad.subject in graphs and quad.predicate == DCTERMS["source"]
    ]

    assert sources == [NamedNode(source)]


def test_another_name_from_a_linked_item_is_of_the_entity_that_is_linked_to_it(
    curated: list[Quad], background: list[Quad]
) -> None:
    links = {(quad.subject, quad.object) for quad in curated if quad.graph_name == GRAPH["links"]}
    sources = {quad.subject: quad.object for quad in curated if quad.predicate == DCTERMS["source"]}
    named = {
        (quad.subject, sources[quad.graph_name])
        for quad in background
        if quad.predicate == SKOS["altLabel"]
    }
    items = {pair for pair in named if pair[1].value.startswith(ITEMS)}

    assert len(items) == 80
    assert items <= links


def test_no_name_in_the_background_is_also_that_of_another_entity(
    curated: list[Quad], background: list[Quad]
) -> None:
    owners = defaultdict(set)
    for quad in curated:
        if quad.predicate in (RDFS["label"], SKOS["altLabel"]):
            owners[name_key(quad.object.value)].add(quad.subject)

    shared = [
        quad.object.value
        for quad in background
        if quad.predicate == SKOS["altLabel"] and len(owners[name_key(quad.object.value)]) > 1
    ]
    assert shared == []


def test_every_place_linked_to_geonames_but_one_has_a_point_in_a_graph_of_its_own(
    background: list[Quad], links: dict[str, list[dict[str, str]]]
) -> None:
    said = Counter(
        (quad.subject, quad.graph_name, quad.predicate)
        for quad in background
        if quad.predicate in COORDINATES
    )
    # The record of Singapore is that of the city: the state has no point.
    places = {row["subject_id"].removeprefix("id:") for row in links["geonames"]} - {
        "SingaporeState"
    }

    assert len(places) == 47
    assert said == {
        (ID[place], EVIDENCE[f"background-coordinates-of-{place}"], predicate): 1
        for place in places
        for predicate in COORDINATES
    }


@pytest.mark.parametrize(
    ("place", "latitude", "longitude"),
    [
        ("London", "51.50853", "-0.12574"),
        ("LosAngeles", "34.05223", "-118.24368"),
        ("Nairobi", "-1.28333", "36.81667"),
        ("Shanghai", "31.22222", "121.45806"),
        ("Singapore", "1.28967", "103.85007"),
        ("Australia", "-25.6", "134.4"),
        ("Canada", "57.7", "-101.6"),
    ],
)
def test_a_point_has_its_latitude_and_longitude_and_their_signs(
    background: list[Quad], place: str, latitude: str, longitude: str
) -> None:
    found = {quad.predicate: quad.object for quad in background if quad.subject == ID[place]}

    assert [found[predicate] for predicate in COORDINATES] == [
        Literal(number, datatype=XSD["decimal"]) for number in (latitude, longitude)
    ]


def test_the_point_of_a_city_is_that_of_its_place_and_of_a_state_is_computed(
    curated: list[Quad], links: dict[str, list[dict[str, str]]]
) -> None:
    states = {quad.subject for quad in curated if quad.object == GLOCAL["State"]}
    sources = {
        quad.subject: quad.object
        for quad in curated
        if quad.graph_name == GRAPH["meta"] and quad.predicate == DCTERMS["source"]
    }
    computed = NamedNode("https://www.naturalearthdata.com/downloads/110m-cultural-vectors/")

    for row in links["geonames"]:
        place = expand(row["subject_id"])
        if row["subject_id"] == "id:SingaporeState":
            continue
        source = sources[EVIDENCE[f"background-coordinates-of-{row['subject_id'][3:]}"]]
        if place in states:
            assert source == computed
        elif row["predicate_id"] != "skos:relatedMatch":
            number = row["object_id"].removeprefix("geonames:")
            assert source.value == f"https://sws.geonames.org/{number}"


def test_the_background_repeats_nothing_that_the_paper_states(
    curated: list[Quad], background: list[Quad]
) -> None:
    graphs = {quad.graph_name for quad in background}
    stated = {quad.triple for quad in curated if quad.graph_name not in graphs}

    assert not stated & {quad.triple for quad in background}


def test_every_background_graph_has_one_source_of_its_own_and_no_passage(
    curated: list[Quad], background: list[Quad]
) -> None:
    graphs = {quad.graph_name for quad in background}
    said = Counter(
        (quad.subject, quad.predicate)
        for quad in curated
        if quad.graph_name == GRAPH["meta"] and quad.subject in graphs
    )

    assert {said[graph, DCTERMS["source"]] for graph in graphs} == {1}
    assert {said[graph, GLOCAL["fromPassage"]] for graph in graphs} == {0}


def test_every_name_in_the_background_is_an_entity(
    curated: list[Quad], background: list[Quad]
) -> None:
    entities = {quad.subject for quad in curated if quad.graph_name == GRAPH["entities"]}

    ends = {end for quad in background for end in (quad.subject, quad.object)}

    assert {end for end in ends if isinstance(end, NamedNode)} <= entities


def test_classes_and_kinds_match_closely_only(
    curated: list[Quad], links: dict[str, list[dict[str, str]]]
) -> None:
    kinds = {quad.subject for quad in curated if quad.object == GLOCAL["Kind"]}

    loose = {
        expand(row["subject_id"])
        for row in links["wikidata"]
        if row["predicate_id"] == "skos:exactMatch"
    }

    assert not loose & kinds
    assert not {name for name in loose if name.value.startswith(GLOCAL)}


@pytest.mark.parametrize(
    ("subject", "item", "predicate"),
    [
        ("id:London", "wd:Q84", "skos:exactMatch"),
        ("id:GreaterLondon", "wd:Q23306", "skos:closeMatch"),
        ("id:Singapore", "wd:Q334", "skos:closeMatch"),
        ("id:SingaporeState", "wd:Q334", "skos:closeMatch"),
        ("id:Brussels", "wd:Q239", "skos:closeMatch"),
        ("id:NewDelhi", "wd:Q987", "skos:closeMatch"),
        ("id:GlobalGovernance", "wd:Q1553864", "skos:broadMatch"),
        ("id:Apartheid", "wd:Q11409", "skos:exactMatch"),
        ("id:GeorgSimmel", "wd:Q76849", "skos:exactMatch"),
        ("id:BenjaminBarber", "wd:Q817665", "skos:closeMatch"),
    ],
)
def test_confusable_names_are_linked_as_they_should_be(
    links: dict[str, list[dict[str, str]]], subject: str, item: str, predicate: str
) -> None:
    found = [
        (row["object_id"], row["predicate_id"])
        for row in links["wikidata"]
        if row["subject_id"] == subject
    ]

    assert found == [(item, predicate)]


def test_nothing_is_linked_that_has_no_item_of_its_own(
    links: dict[str, list[dict[str, str]]],
) -> None:
    linked = {row["subject_id"] for row in links["wikidata"]}

    assert not linked & {"id:CIPAsiaPacificCenter", "id:APSCO", "id:IranNuclearDeal", "id:TPP"}
    assert not linked & {"id:UkraineCrisis", "id:APCS", "id:AsianPacificCitySummit"}
    assert not linked & {"id:UniversityOfRome", "id:NeoliberalGlobalGovernanceView"}


def test_links_become_triples_with_the_outside_iri_in_full(curated: list[Quad]) -> None:
    linked = {quad.triple for quad in curated if quad.graph_name == GRAPH["links"]}
    exact = expand("skos:exactMatch")

    assert Triple(ID["Singapore"], exact, NamedNode("https://sws.geonames.org/1880252/")) in linked
    assert Triple(ID["Paris"], exact, NamedNode("http://www.wikidata.org/entity/Q90")) in linked
    assert Triple(ID["Singapore"], exact, expand("wd:Q334")) not in linked
