"""Proofs, what-ifs and the support of rows, with all quads on a server, equal the embedded ones."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
from pyoxigraph import NamedNode, QuerySolutions, Triple

from kg.describe.json_ld_context import Context
from kg.describe.row_support import RowTracer
from kg.errors import KgError
from kg.namespaces import GLOCAL, GRAPH, ID, PREFIXES, RDF
from kg.reasoning.proofs import linked_data as proofs_as_data
from kg.reasoning.proofs.proof import AnyProof
from kg.reasoning.proofs.words import render_text
from kg.reasoning.whatif import linked_data as outcomes_as_data
from kg.reasoning.whatif.disagreements import find_disagreements
from kg.reasoning.whatif.patches import parse_patch
from kg.remote import patterns
from kg.remote.errors import StoreTooLarge, StoreUnreachable
from kg.remote.store import RemoteStore
from kg.statuses import DEFAULT_VIEW, Base, Standing
from kg.store.quad_store import Store
from kg.store.sparql.query import Query
from service.evaluators.evaluator import Evaluator
from service.pages.reasons.support_page import describe_support
from tests.engines.programs import Program

PROLOGUE = "".join(
    f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items() if name in ("glocal", "id")
)
FACTS, READINGS = Standing(Base.BACKGROUND), Standing(Base.READING)
# The derived graphs of which one triple each is proved.
PROVED_GRAPHS = 30


class Pair(NamedTuple):
    """The evaluators of the same release on a server and in this process."""

    remote: Evaluator
    embedded: Evaluator


@pytest.fixture(scope="module")
def pair(engine: Program, embedded: Store, newest_release: Path) -> Pair:
    stores = RemoteStore.connect(engine.server, newest_release), embedded
    return Pair(*(Evaluator(one, one.content, Context({"@context": {}})) for one in stores))


def views(store: Store) -> list[Standing]:
    worlds = [store.views.worlds[name] for name in ("BenjaminBarber", "LiuJianghua", "plans")]
    return [DEFAULT_VIEW, FACTS, READINGS, *(Standing(Base.READING, world) for world in worlds)]


def triples_to_prove(store: Store) -> Iterator[Triple]:
    """Yield triples of derived graphs and evidence graphs, and some that have no proof."""
    derived = [name for name in store.named_graphs if "/derived-" in name.value]
    derived += [name for name in store.named_graphs if "/follows-from-" in name.value]
    evidence = [name for name in store.named_graphs if "/evidence/" in name.value]
    for names, number in ((derived, PROVED_GRAPHS), (evidence, 6)):
        for name in islice(names[:: len(names) // number], number):
            yield store.quads_of_graph(name)[-1].triple
    yield Triple(ID["London"], GLOCAL["coMemberWith"], ID["London"])
    yield Triple(ID["Lyon"], GLOCAL["isBoundBy"], ID["ParisAgreement"])
    yield Triple(ID["London"], GLOCAL["memberOf"], ID["Nowhere"])
    yield next(store.triples(ID["London"], GLOCAL["population"]), next(store.triples()))


def written(proofs: Sequence[AnyProof]) -> tuple[bytes, str]:
    return proofs_as_data.to_json_ld(proofs), render_text(proofs)


def explained(
    evaluator: Evaluator, triple: Triple, limit: int, view: Standing | None
) -> tuple[object, ...]:
    try:
        return written(evaluator.explainer.explain(triple, limit=limit, view=view))
    except KgError as error:
        return type(error), str(error), vars(error).get("nearest")


def test_forty_proofs_are_the_same(pair: Pair) -> None:
    triples = list(triples_to_prove(pair.embedded.store))
    shown = [None, *views(pair.embedded.store)]
    asked = [(one, (1, 5)[i % 2], shown[i % len(shown)]) for i, one in enumerate(triples)]

    for triple, limit, view in asked:
        expected = explained(pair.embedded, triple, limit, view)
        assert explained(pair.remote, triple, limit, view) == expected, (triple, view)
    assert len(asked) == 40


PATCHES = [
    "INSERT DATA { id:Lyon glocal:memberOf id:C40 }",
    "INSERT DATA { id:New glocal:memberOf id:C40 . id:New a glocal:City }",
    "DELETE DATA { id:London glocal:memberOf id:C40 }",
    "INSERT DATA { GRAPH ev:p05.2-claim-BenjaminBarber-8 { id:Lyon glocal:memberOf id:C40 } }",
    "INSERT DATA { GRAPH ev:p02.2-plan { id:London glocal:withdrewFrom id:ParisAgreement } }",
    "INSERT DATA { id:London glocal:withdrewFrom id:ParisAgreement }",
    'INSERT DATA { id:London rdfs:label "London"@en }',
    "INSERT DATA { id:London glocal:memberOff id:C40 }",
    "INSERT DATA { GRAPH ev:p02.2-plann { id:London glocal:memberOf id:C40 } }",
    "DELETE DATA { GRAPH graph:entities { id:London a glocal:City } }",
]


def supposed(evaluator: Evaluator, patch: str, view: Standing) -> tuple[object, ...]:
    try:
        found = evaluator.whatif.evaluate(parse_patch(patch, prefixes=PREFIXES), view)
    except KgError as error:
        return type(error), str(error)
    return outcomes_as_data.json_ld(found), {*found.dataset.added}, {*found.dataset.removed}


def test_twenty_what_ifs_are_the_same_with_their_proofs(pair: Pair) -> None:
    shown = views(pair.embedded.store)
    asked = [(patch, shown[(i + 2 * j) % 6]) for i, patch in enumerate(PATCHES) for j in (0, 1)]

    for patch, view in asked:
        expected = supposed(pair.embedded, patch, view)
        assert supposed(pair.remote, patch, view) == expected, (patch, view)
    assert len(asked) == 20


def test_a_what_if_answers_a_query_before_and_after(pair: Pair) -> None:
    query = Query(f"{PROLOGUE}SELECT ?city {{ ?city glocal:memberOf id:C40 }} ORDER BY ?city")
    patch = parse_patch(PATCHES[0], prefixes=PREFIXES)

    answers = [
        one.answers.compare(one.whatif.evaluate(patch, READINGS).dataset, query, READINGS)
        for one in pair
    ]

    assert answers[0] == answers[1]
    assert answers[0].before != answers[0].after


def test_contradictions_and_disagreements_are_the_same(pair: Pair) -> None:
    for find in (lambda one: one.explainer.explain_contradictions(), _disagreements):
        remote, embedded = (written(find(one)) for one in pair)
        assert remote == embedded


def _disagreements(evaluator: Evaluator) -> list[AnyProof]:
    return find_disagreements(evaluator.whatif)


SUPPORTED = [
    "SELECT ?city { ?city glocal:memberOf id:C40 }",
    "SELECT * { ?city glocal:memberOf ?network . ?network glocal:foundedAt ?place }",
    "SELECT ?city { ?city a glocal:City ; glocal:memberOf ?network }",
    "SELECT ?network (COUNT(?city) AS ?n) { ?city glocal:memberOf ?network } GROUP BY ?network",
    "SELECT * { id:London ?p ?o }",
    "SELECT * { ?s glocal:population ?n }",
    "SELECT * { ?a glocal:coMemberWith ?b OPTIONAL { ?a glocal:twinnedWith ?b } } LIMIT 40",
    "SELECT * { { ?a glocal:leads ?b } UNION { ?a glocal:supports ?b } }",
    "SELECT * { ?a glocal:isBoundBy ?norm MINUS { ?a a glocal:City } }",
    "SELECT * { ?a glocal:participatesInGoverning ?b FILTER(ISIRI(?a)) }",
]


def support(
    evaluator: Evaluator, query: Query, rows: list[dict[str, object]], view: Standing
) -> object:
    """The support of rows, whose solutions come in no particular order."""
    with evaluator.showing(view) as store:
        tracer = RowTracer(store, query, evaluator.provenance)
        found = tracer.trace(rows, 1_000)
        weakest = tracer.find_weakest(rows)
    document = describe_support(rows, found, tracer.untraced, view)
    for row in document["rows"]:
        row["triples"].sort(key=str)
    return document, [one and one.status for one in weakest or ()]


def test_the_support_of_rows_is_the_same(pair: Pair) -> None:
    rows_found = 0
    shown = views(pair.embedded.store)
    for number, text in enumerate(SUPPORTED):
        view, query = shown[number % len(shown)], Query(PROLOGUE + text)
        found = pair.embedded.in_view(view).query(query)
        assert isinstance(found, QuerySolutions)
        names = [variable.value for variable in found.variables]
        rows = [dict(zip(names, row, strict=True)) for row in islice(found, 50)]
        rows_found += len(rows)

        expected = support(pair.embedded, query, rows, view)
        assert support(pair.remote, query, rows, view) == expected, text
    assert rows_found > 100


def test_facts_are_read_in_few_requests(
    engine: Program, newest_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RemoteStore.connect(engine.server, newest_release)
    texts, ask = list[str](), type(engine.server).query

    def note(server: object, text: str, *args: object, **options: object) -> object:
        texts.append(text)
        return ask(server, text, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(type(engine.server), "query", note)
    evaluator = Evaluator(store, store.content, Context({"@context": {}}))
    _ = evaluator.whatif, store.views
    assert len(texts) < 20

    texts.clear()
    evaluator.describer(DEFAULT_VIEW).describe(ID["London"])
    assert len(texts) <= 12


def test_more_than_is_read_at_once_is_an_error_that_says_so(
    engine: Program, newest_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "MAX_QUADS", 1_000)
    store = RemoteStore.connect(engine.server, newest_release)
    evaluator = Evaluator(store, store.content, Context({"@context": {}}))

    with pytest.raises(StoreTooLarge, match=r"more than 1,000 quads.*embedded"):
        _ = evaluator.explainer
    with pytest.raises(StoreTooLarge):
        list(store.quads())


def test_what_failed_is_tried_again(engine: Program, newest_release: Path) -> None:
    store = RemoteStore.connect(engine.server, newest_release)
    evaluator = Evaluator(store, store.content, Context({"@context": {}}))
    engine.kill()
    for _ in range(2):
        with pytest.raises(StoreUnreachable):
            _ = evaluator.whatif
        with pytest.raises(StoreUnreachable):
            list(store.quads(ID["London"]))
        with pytest.raises(StoreUnreachable):
            store.has_graph(GRAPH["meta"])

    engine.start()

    assert evaluator.explainer.explain(next(store.triples(ID["London"], RDF["type"])))
    assert store.has_graph(NamedNode(GRAPH["meta"].value))
