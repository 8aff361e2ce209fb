from decimal import Decimal
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import RdfFormat, parse

import kg
from kg.errors import MalformedQuery, UnknownName
from kg.namespaces import GRAPH, ID, PREFIXES, RDFS
from kg.store.release_folder import write_release

# rdflib 7 reads its own deprecated property whenever a Dataset is queried.
pytestmark = pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning")

LONDON = rdflib.URIRef(ID["London"].value)
LABEL = rdflib.URIRef(RDFS["label"].value)
ASSERTED = rdflib.URIRef(GRAPH["asserted"].value)
DEFAULT = "urn:x-rdflib:default"
TRIG = """
id:London rdfs:label "London"@en , "伦敦"@zh ; glocal:hosted id:C40 .
graph:asserted { id:London rdfs:label "London"@en , "伦敦"@zh . }
ev:p06.1-claim-Doe { id:London glocal:supports id:C40 , 1.0 . }
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    quads = parse(prefixes + TRIG, format=RdfFormat.TRIG)
    return write_release(quads, {"version": "1.0.0"}, tmp_path_factory.mktemp("rdflib") / "release")


@pytest.fixture
def dataset(release: Path) -> rdflib.Dataset:
    return kg.open_release(release)


def test_the_default_graph_is_what_holds_and_not_the_union(dataset: rdflib.Dataset) -> None:
    labels = {rdflib.Literal("London", lang="en"), rdflib.Literal("伦敦", lang="zh")}

    assert set(dataset.objects(LONDON, LABEL)) == labels
    assert len(list(dataset.triples((LONDON, None, None)))) == 3
    assert len(dataset.default_graph) == 3


def test_each_named_graph_is_there_by_its_name(dataset: rdflib.Dataset) -> None:
    sizes = {str(graph.identifier): len(graph) for graph in dataset.graphs()}
    with_label = dataset.graphs((LONDON, LABEL, rdflib.Literal("伦敦", lang="zh")))

    assert sizes == {DEFAULT: 3, str(ASSERTED): 2, f"{PREFIXES['ev']}p06.1-claim-Doe": 2}
    assert dataset.graph(ASSERTED).value(LONDON, LABEL) is not None
    assert {str(graph.identifier) for graph in with_label} == {DEFAULT, str(ASSERTED)}


def test_all_quads_are_the_releases_each_once(dataset: rdflib.Dataset) -> None:
    quads = list(dataset.quads((LONDON, None, None, None)))
    supported = {object_ for _, predicate, object_, _ in quads if predicate.endswith("supports")}

    assert (len(quads), len(dataset)) == (7, 5)
    assert supported == {rdflib.URIRef(ID["C40"].value), rdflib.Literal(Decimal(1))}


def test_a_query_needs_no_prefixes_and_sees_what_holds(dataset: rdflib.Dataset) -> None:
    rows = dataset.query("SELECT ?what { id:London ?how ?what } ORDER BY STR(?what)")
    claimed = dataset.query("ASK { GRAPH ?g { id:London glocal:supports id:C40 } }")

    assert [str(row.what) for row in rows] == ["London", ID["C40"].value, "伦敦"]
    assert not dataset.query("ASK { id:London glocal:supports id:C40 }").askAnswer
    assert claimed.askAnswer


def test_a_star_returns_the_variables_as_they_first_appear(dataset: rdflib.Dataset) -> None:
    rows = dataset.query("SELECT * { id:London ?how ?any . ?any ?again ?end }")

    assert [str(variable) for variable in rows.vars or ()] == ["how", "any", "again", "end"]


def test_an_unbound_variable_has_no_value(dataset: rdflib.Dataset) -> None:
    (row,) = dataset.query("SELECT ?city ?mayor { BIND (id:London AS ?city) }")

    assert (row.city, row.mayor) == (LONDON, None)


def test_triples_come_as_a_graph_with_short_names(dataset: rdflib.Dataset) -> None:
    turtle = dataset.query("DESCRIBE id:London").serialize(format="turtle").decode()

    assert "id:London rdfs:label" in turtle
    assert "@prefix brick:" not in turtle


def test_a_named_graph_can_be_asked_alone(dataset: rdflib.Dataset) -> None:
    graph = dataset.graph(ASSERTED)

    assert graph.query("ASK { id:London rdfs:label ?name }").askAnswer
    assert not graph.query("ASK { id:London glocal:hosted ?what }").askAnswer


def test_what_the_engine_is_not_asked_rdflib_evaluates(dataset: rdflib.Dataset) -> None:
    rows = dataset.query(
        "SELECT ?what { ?city glocal:hosted ?what }", initBindings={"city": LONDON}
    )
    union = rdflib.Dataset(store=dataset.store, default_union=True)
    silent = "ASK { OPTIONAL { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } } }"

    assert [str(row.what) for row in rows] == [ID["C40"].value]
    assert union.query("ASK { id:London glocal:supports id:C40 ; glocal:hosted id:C40 }").askAnswer
    assert dataset.query(silent).askAnswer


def test_an_error_names_the_place_in_the_text_that_was_written(dataset: rdflib.Dataset) -> None:
    with pytest.raises(MalformedQuery, match=r"\(line 2, column 13\)"):
        dataset.query("SELECT ?x\nWHERE {?x ?y}")


def test_a_release_is_not_changed_and_a_copy_of_it_can_be(dataset: rdflib.Dataset) -> None:
    triple = (LONDON, LABEL, rdflib.Literal("Londinium", lang="la"))
    with pytest.raises(TypeError, match=r"copy \+= dataset"):
        dataset.add(triple)
    with pytest.raises(TypeError, match="A release is read-only"):
        dataset.update("DELETE WHERE { ?s ?p ?o }")
    copy = rdflib.Dataset()
    copy += dataset
    copy.add(triple)

    assert (triple in copy, triple in dataset) == (True, False)
    assert len(copy.default_graph) == 4


def test_what_rdf_has_not_is_nowhere(dataset: rdflib.Dataset) -> None:
    assert (rdflib.Literal("London"), LABEL, None) not in dataset
    assert (LONDON, rdflib.BNode(), None) not in dataset


def test_by_default_the_newest_release_is_opened(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLOCAL_RELEASES", str(release.parent))
    with pytest.raises(UnknownName, match="Remedy: glocal build"):
        kg.open_release()
    (release.parent / "newest").symlink_to(release)

    assert len(kg.open_release()) == 5
