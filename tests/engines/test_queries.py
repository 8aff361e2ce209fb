"""Queries on a server have the results of the embedded engine, or are refused by name."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
)
from pyoxigraph import (
    Store as Engine,
)

from benchmarks.mixes import PAPER
from kg.errors import MalformedQuery
from kg.namespaces import GRAPH, ID, PREFIXES, expand
from kg.remote.client import SparqlServer
from kg.remote.errors import NotOfThisStore
from kg.remote.queries.evaluation import Evaluation
from kg.remote.store import RemoteStore
from kg.statuses import DEFAULT_VIEW, VIEWS, Standing
from kg.store.quad_store import Store
from kg.store.release_folder import STORE_FOLDER
from kg.store.saved_queries import read_queries
from kg.store.sparql.dataset import QueryDataset
from tests.engines.programs import Program

_DECLARED: Final = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
_SAVED: Final = read_queries()
_INTEGERS: Final = frozenset({"integer", "positiveInteger", "nonNegativeInteger"})
# Those that are not sent to servers that evaluate SPARQL 1.1.
_STANDARD_GAPS: Final = {
    **{
        name: ["MIN or MAX of what may be a blank node"]
        for name in ("emptymin", "mindate", "minmix", "miniri", "MIN of IRIs and blank nodes")
    },
    "order by a choice": ["ORDER BY an expression that may be a blank node"],
    "IRI of a choice": ["a function of an expression that may be a blank node"],
}
_FEATURES: Final = Path(__file__).with_name("feature_queries.tsv")


@pytest.fixture(scope="session")
def remote(engine: Program, newest_release: Path) -> Iterator[RemoteStore]:
    """The release on a server."""
    with closing(RemoteStore.connect(SparqlServer(engine.query, 60), newest_release)) as store:
        yield store


def _value(term: Any) -> Any:
    """Return a term by its value; blank nodes keep their labels on a server."""
    if isinstance(term, Literal):
        kind = term.datatype.value.rpartition("#")[2]
        if kind in _INTEGERS:
            return "integer", int(term.value)
        if kind in ("decimal", "double", "float"):
            return kind, float(term.value)
        return term.value, term.language, kind
    return term


def _rows(results: Any) -> list[Any]:
    if isinstance(results, QueryBoolean):
        return [bool(results)]
    if isinstance(results, QueryTriples):
        return sorted({tuple(map(_value, triple)) for triple in results}, key=str)
    assert isinstance(results, QuerySolutions)
    names = [variable.value for variable in results.variables]
    return [tuple(names), *(tuple(_value(row[name]) for name in names) for row in results)]


@pytest.mark.parametrize("name", [*_SAVED])
def test_a_saved_question_has_the_same_rows(
    remote: RemoteStore, embedded: Store, name: str
) -> None:
    query = _SAVED[name]
    values = {name: parameter.example for name, parameter in query.parameters.items()}
    bound = query.bind(values, lambda value, _: expand(value))

    found = _rows(query.run(remote, bound))

    assert found == _rows(query.run(embedded, bound))


def test_fifty_queries_of_the_mix_have_the_same_rows(
    remote: RemoteStore, embedded: Store, newest_release: Path
) -> None:
    engine = Engine.read_only(str(newest_release / STORE_FOLDER))

    for query in PAPER.draw(engine, 5)[:50]:
        expected = _rows(embedded.query(query))
        found = _rows(remote.query(query))
        assert Counter(found) == Counter(expected), query
        assert found == expected or "ORDER BY" not in query


def _features() -> Iterator[Any]:
    """Yield each query of the table with the way in which it is answered on Virtuoso."""
    for line in _FEATURES.read_text("utf-8").splitlines():
        name, gap, text = line.split("\t")
        yield pytest.param(name, gap, _DECLARED + text, id=name)


@pytest.mark.parametrize(("name", "gap", "text"), [*_features()])
def test_a_feature_has_the_same_results(
    remote: RemoteStore,
    engine: Program,
    embedded: Store,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    gap: str,
    text: str,
) -> None:
    gaps = list[str]()
    evaluate_here = Evaluation._evaluate_here

    def note(self: Evaluation, *arguments: Any) -> Any:
        gaps.extend(arguments[-1])
        return evaluate_here(self, *arguments)

    monkeypatch.setattr(Evaluation, "_evaluate_here", note)

    found = _rows(remote.query(text))

    expected = _rows(embedded.query(text))
    assert Counter(found) == Counter(expected)
    assert found == expected or "ORDER BY" not in text
    if engine.name == "virtuoso":
        assert (gap or "none") == (gaps[0] if gaps else "none")
    else:
        assert gaps == _STANDARD_GAPS.get(name, [])


_DATASETS: Final = (
    "SELECT DISTINCT ?g { GRAPH ?g { ?s a glocal:City } }",
    "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
    "SELECT ?s { GRAPH <https://w3id.org/glocal/graph/meta> { ?s a glocal:Evidence } }",
    "ASK { GRAPH <https://w3id.org/glocal/store/default> { ?s ?p ?o } }",
    "ASK { GRAPH <https://w3id.org/glocal/store/graphs> { ?s ?p ?o } }",
    "ASK { GRAPH ?g { ?s a <http://www.w3.org/ns/sparql-service-description#NamedGraph> } }",
    "SELECT ?s ?g { ?s a glocal:City GRAPH ?g { ?s glocal:memberOf ?n } }",
    "SELECT ?s { ?s a glocal:City FILTER NOT EXISTS { GRAPH ?g { ?s glocal:memberOf ?n } } }",
    "SELECT ?s ?p { VALUES ?g { <https://w3id.org/glocal/graph/meta> } GRAPH ?g { ?s a ?p } }",
    "SELECT ?s { ?s a glocal:City MINUS { GRAPH ?g { ?s glocal:memberOf id:C40 } } }",
)
_STANDINGS: Final = (
    (DEFAULT_VIEW, "all"),
    (DEFAULT_VIEW, "none"),
    (Standing(VIEWS["facts"]), "all"),
    (Standing(VIEWS["readings"]), "all"),
    (Standing(VIEWS["readings"]), "none"),
)


@pytest.mark.parametrize("text", _DATASETS)
@pytest.mark.parametrize(("view", "entailment"), _STANDINGS)
def test_a_query_sees_the_graphs_of_the_release_and_no_others(
    remote: RemoteStore, embedded: Store, text: str, view: Standing, entailment: str
) -> None:
    found = remote.query(_DECLARED + text, view=view, entailment=entailment)

    expected = embedded.in_view(view).query(_DECLARED + text, view=view, entailment=entailment)
    assert Counter(_rows(found)) == Counter(_rows(expected))


@pytest.mark.parametrize("name", ["store/default", "store/graphs", "none"])
def test_a_dataset_has_no_graph_that_is_not_of_the_release(remote: RemoteStore, name: str) -> None:
    graph = NamedNode(f"{GRAPH.removesuffix('graph/')}{name}")

    in_text = remote.query(f"ASK FROM {graph} FROM NAMED {graph} {{ ?s ?p ?o }}")
    given = remote.query("ASK { GRAPH ?g { ?s ?p ?o } }", dataset=QueryDataset([graph], [graph]))

    assert not in_text
    assert not given


def test_the_graphs_of_from_are_the_dataset(remote: RemoteStore, embedded: Store) -> None:
    text = (
        "SELECT ?s ?p ?t FROM <https://w3id.org/glocal/graph/ontology> "
        "FROM NAMED <https://w3id.org/glocal/graph/meta> "
        "{ { ?s ?p glocal:City } UNION { GRAPH ?g { ?s ?p glocal:Evidence } } }"
    )

    found = _rows(remote.query(_DECLARED + text))

    assert Counter(found) == Counter(_rows(embedded.query(_DECLARED + text)))


_VIEWS: Final = (
    ("facts", None),
    ("readings", None),
    ("paper", "hypotheses"),
    ("facts", "hypotheses"),
    ("paper", "plans"),
    ("paper", "MicheleAcuto"),
    ("readings", "LiuJianghua"),
)
_ASKED_IN_VIEWS: Final = (
    "SELECT ?s ?p ?o { ?s glocal:holds ?c . ?c ?p ?o }",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    "SELECT ?s ?o { ?s a/rdfs:subClassOf* glocal:Actor ; glocal:memberOf ?o }",
    "DESCRIBE id:London",
    "CONSTRUCT { ?s glocal:memberOf ?o } WHERE { ?s glocal:memberOf ?o }",
)


@lru_cache
def _viewed(store: Store, view: Standing) -> Store:
    """Return the store in a view; the first query in it takes a second."""
    return store.in_view(view)


@pytest.mark.parametrize("text", _ASKED_IN_VIEWS)
@pytest.mark.parametrize(("base", "world"), _VIEWS)
@pytest.mark.parametrize("entailment", ["all", "none"])
def test_a_query_has_the_same_results_in_each_view_and_world(
    remote: RemoteStore,
    embedded: Store,
    text: str,
    base: str,
    world: str | None,
    entailment: str,
) -> None:
    view = embedded.views.parse(base, world)

    found = remote.query(_DECLARED + text, view=view, entailment=entailment)

    expected = _viewed(embedded, view).query(_DECLARED + text, view=view, entailment=entailment)
    assert Counter(_rows(found)) == Counter(_rows(expected))


@pytest.mark.parametrize("name", [*_SAVED][::8])
@pytest.mark.parametrize(("base", "world"), _VIEWS[3:])
def test_a_saved_question_has_the_same_rows_in_a_world(
    remote: RemoteStore, embedded: Store, name: str, base: str, world: str
) -> None:
    query = _SAVED[name]
    values = {name: parameter.example for name, parameter in query.parameters.items()}
    bound = query.bind(values, lambda value, _: expand(value))
    view = embedded.views.parse(base, world)

    found = remote.query(query.query, view=view, substitutions=bound)

    expected = _viewed(embedded, view).query(query.query, view=view, substitutions=bound)
    assert Counter(_rows(found)) == Counter(_rows(expected))


def test_a_path_of_length_zero_leads_from_a_term_to_itself(remote: RemoteStore) -> None:
    text = "SELECT ?o { id:NotInAnyTriple rdfs:subClassOf* ?o }"

    found = _rows(remote.query(_DECLARED + text))

    # SPARQL 1.1, section 18.4, ZeroLengthPath.
    assert found == [("o",), (ID["NotInAnyTriple"],)]


def test_a_blank_node_is_one_again(remote: RemoteStore) -> None:
    text = (
        "SELECT ?o { ?s <http://www.w3.org/2002/07/owl#unionOf> ?o "
        "FILTER(isBlank(?o) && !isIRI(?o)) } LIMIT 1"
    )

    found = [row for row in remote.query(text) if isinstance(row["o"], BlankNode)]  # type: ignore[union-attr]

    assert len(found) == 1


def test_a_malformed_query_has_the_error_of_the_embedded_engine(
    remote: RemoteStore, embedded: Store
) -> None:
    text = "SELECT ?s\nWHERE { ?s ?p }"

    with pytest.raises(MalformedQuery) as expected:
        embedded.query(text)
    with pytest.raises(MalformedQuery) as found:
        remote.query(text)

    assert str(found.value) == str(expected.value)


def test_what_would_need_too_much_is_refused_by_name(
    remote: RemoteStore, engine: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.name != "virtuoso":
        return
    monkeypatch.setattr("kg.remote.queries.evaluation.MAX_FETCHED", 1_000)

    with pytest.raises(NotOfThisStore, match="an aggregate other than COUNT is not possible"):
        remote.query("SELECT (MIN(?o) AS ?least) { ?s ?p ?o }")


def test_parameters_are_those_of_the_embedded_engine(remote: RemoteStore, embedded: Store) -> None:
    from pyoxigraph import Variable

    text = (
        _DECLARED
        + "SELECT ?s (COUNT(?n) AS ?k) { ?s a ?t OPTIONAL { ?s glocal:memberOf ?n } } GROUP BY ?s"
    )
    bound = {Variable("s"): ID["London"]}

    found = _rows(remote.query(text, substitutions=bound))

    assert found == _rows(embedded.query(text, substitutions=bound))
