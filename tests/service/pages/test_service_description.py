from pyoxigraph import NamedNode

from kg.namespaces import DCTERMS, GLOCAL, ID, RDF, SD, VOID
from kg.sparql.query_header import Parameter
from kg.store.saved_queries import SavedQuery
from service.pages.service_description import (
    describe_service,
    endpoint_facts,
    example_query,
)
from service.settings import Settings
from tests.service.conftest import store_of

ENDPOINT = "http://h/sparql"
# Two facts, a thesis, a reading, and a claim.
TRIG = """
id:A glocal:p id:B , id:C , id:D .
graph:asserted { id:A glocal:p id:B , id:C . }
graph:asserted-fact { id:A glocal:p id:B . }
graph:asserted-thesis { id:A glocal:p id:C . }
graph:derived { id:A glocal:p id:D . }
graph:derived-fact { id:A glocal:p id:D . }
graph:derived-reading { id:A glocal:p id:E . }
graph:derived-fact-r { id:A glocal:p id:D . }
graph:follows-from-Ann-fact-r { id:A glocal:p id:G . }
ev:a { id:A glocal:p id:F . }
graph:meta { ev:a a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann . }
"""


def saved(text: str, **parameters: str) -> SavedQuery:
    """A saved query with this text."""
    told = {key: Parameter({"en": text}, "id:A") for key, text in parameters.items()}
    return SavedQuery(
        name="one", questions={"en": "?", "zh": "？"}, parameters=told, text=text, form="SELECT"
    )


def test_the_example_is_the_shortest_question_that_needs_to_be_told_nothing() -> None:
    queries = [saved("SELECT ?a", a="a thing"), saved("SELECT ?a ?b"), saved("SELECT ?abc ?d")]

    assert example_query(queries) == "SELECT ?a ?b"


def test_without_such_a_question_the_example_counts_the_members_of_each_class() -> None:
    assert example_query([saved("SELECT ?a", a="a thing")]).startswith("SELECT ?class (COUNT")


def test_each_view_is_described_as_a_service_with_its_own_default_graph() -> None:
    store = store_of(TRIG)
    found = {(t.subject, t.predicate): t.object for t in describe_service(store, ENDPOINT)}

    sizes = {}
    for service in (ENDPOINT, *(f"{ENDPOINT}?view={view}" for view in ("facts", "readings"))):
        node = NamedNode(service)
        assert found[node, SD["endpoint"]] == node
        graph = found[found[node, SD["defaultDataset"]], SD["defaultGraph"]]
        sizes[service.removeprefix(ENDPOINT)] = int(found[graph, VOID["triples"]].value)
    assert sizes == {"": 3, "?view=facts": 2, "?view=readings": 4}


def test_all_views_have_the_same_named_graphs() -> None:
    triples = describe_service(store_of(TRIG), ENDPOINT)

    graphs = {
        name: {
            t.object for t in triples if t.subject == dataset and t.predicate == SD["namedGraph"]
        }
        for name in ("", "facts-", "readings-")
        for dataset in [NamedNode(f"{ENDPOINT}#{name}dataset")]
    }
    assert len(graphs[""]) == 10
    assert graphs[""] == graphs["facts-"] == graphs["readings-"]


def test_each_world_is_described_by_its_name_and_its_holder_or_status() -> None:
    triples = describe_service(store_of(TRIG), ENDPOINT)

    named = {t.subject: t.object for t in triples if t.predicate == DCTERMS["subject"]}
    found = {
        t.object.value: (t.subject.value, named[t.subject])
        for t in triples
        if t.predicate == DCTERMS["identifier"] and t.subject in named
    }
    assert found == {
        "Ann": (f"{ENDPOINT}?world=Ann", ID["Ann"]),
        "hypotheses": (f"{ENDPOINT}?world=hypotheses", GLOCAL["Hypothesis"]),
        "plans": (f"{ENDPOINT}?world=plans", GLOCAL["Plan"]),
    }
    services = {
        t.subject for t in triples if t.predicate == RDF["type"] and t.object == SD["Service"]
    }
    related = {t.object for t in triples if t.predicate == DCTERMS["relation"]}
    assert set(named) <= related <= services


def test_a_page_has_the_views_with_their_sizes_and_the_worlds() -> None:
    facts = endpoint_facts(store_of(TRIG), Settings(), ENDPOINT)

    assert facts["views"] == {"facts": 2, "paper": 3, "readings": 4}


def test_a_page_lists_the_graphs_of_bases_and_counts_those_of_rules_and_evidence() -> None:
    facts = endpoint_facts(store_of(TRIG), Settings(), ENDPOINT)

    listed = {graph.value.rpartition("/")[2]: size for graph, _, size in facts["graphs"]}
    assert listed == {
        "asserted": 2,
        "asserted-fact": 1,
        "asserted-thesis": 1,
        "derived": 1,
        "derived-fact": 1,
        "derived-reading": 1,
        "meta": 3,
    }
    assert facts["many"] == [
        ("evidence", "/evidence", 1),
        ("derived", "/graph", 1),
        ("follows", "/graph", 1),
    ]
