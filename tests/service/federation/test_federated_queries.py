"""Queries with SERVICE, sent to a service in process; the other endpoints are on loopback."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kg.store.quad_store import Store
from service.queries.snapshot import Snapshot
from service.run.app import create_app
from service.scratch.start import create_scratch_app
from service.scratch.token import WriteToken
from service.settings import Settings
from tests.service.conftest import get_ready, store_of
from tests.service.federation.conftest import Answering, Asked, Endpoint, Reply

pytestmark = pytest.mark.slow

Start = Callable[[Answering], Endpoint]
Ask = Callable[..., list[tuple[str, ...]]]
PEOPLE = {"London": 9, "Tokyo": 14, "Lima": 10}
OURS = """
id:London a glocal:City ; rdfs:label "London"@en .
id:Tokyo a glocal:City .
id:C40 glocal:foundedAt id:London .
graph:other { id:Lima a glocal:City . }
"""
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
ID = "https://w3id.org/glocal/id/"


def results(names: list[str], *rows: dict[str, dict[str, str]]) -> Reply:
    body = {"head": {"vars": names}, "results": {"bindings": rows}}
    return Reply([json.dumps(body).encode()])


def counts(_: Asked) -> Reply:
    """Return the population of some cities in millions, whatever the query."""
    return results(
        ["city", "count"],
        *(
            {
                "city": {"type": "uri", "value": f"{ID}{name}"},
                "count": {"type": "literal", "value": str(count)},
            }
            for name, count in PEOPLE.items()
        ),
    )


@pytest.fixture(scope="module")
def there(endpoint: Start) -> Endpoint:
    """Start an endpoint that knows populations, lacks one path, and is slow at another."""

    def answering(asked: Asked) -> Reply:
        if asked.path == "/nowhere":
            return Reply(status=404)
        if asked.path == "/slow":
            time.sleep(2)
        return counts(asked)

    return endpoint(answering)


@pytest.fixture(scope="module")
def client(there: Endpoint) -> Iterator[TestClient]:
    settings = Settings(
        services=(there.address, "http://127.0.0.1:1"),
        max_service_seconds=1,
        max_service_calls=3,
        max_service_rows=6,
    )
    with TestClient(create_app(settings, store=store_of(OURS))) as found:
        yield found


@pytest.fixture
def ask(client: TestClient, there: Endpoint) -> Ask:
    """Return the rows of a query, sorted; `@` in it stands for the endpoint."""
    there.asked.clear()

    def ask_it(where: str, **parameters: str) -> list[tuple[str, ...]]:
        answer = client.get("/sparql", params={"query": query(where, there), **parameters})
        assert answer.status_code == 200, answer.text
        found = answer.json()["results"]["bindings"]
        return sorted(
            tuple(f"{name}={row[name]['value'].removeprefix(ID)}" for name in sorted(row))
            for row in found
        )

    return ask_it


def query(where: str, there: Endpoint) -> str:
    written = where.replace("@", f"<{there.address}/sparql>")
    return f"PREFIX : <https://w3id.org/glocal/ontology#> SELECT * {{ {written} }}"


def test_solutions_of_an_endpoint_join_with_ours(ask: Ask, there: Endpoint) -> None:
    found = ask("?city a :City . SERVICE @ { ?city :count ?count }")

    assert found == [("city=London", "count=9"), ("city=Tokyo", "count=14")]
    [asked] = there.asked
    assert asked.query.startswith("BASE <http://testserver/sparql>\nPREFIX : <")
    assert "SELECT * WHERE { ?city :count ?count }\nVALUES (?city) {" in asked.query
    assert asked.query.count(f"(<{ID}") == 2


def test_an_optional_endpoint_leaves_what_it_does_not_know(ask: Ask) -> None:
    found = ask("?x :foundedAt ?at OPTIONAL { SERVICE @ { ?city :count ?count } FILTER(?city=?x) }")

    assert found == [("at=London", "x=C40")]


def test_the_graphs_of_the_request_are_asked_for_what_goes_with_the_question(
    ask: Ask, there: Endpoint
) -> None:
    where = "?city a :City . SERVICE @ { ?city :count ?count }"
    graph = "https://w3id.org/glocal/graph/other"

    assert ask(where, **{"default-graph-uri": graph}) == [("city=Lima", "count=10")]
    assert f"(<{ID}Lima>)" in there.asked[0].query


def test_an_endpoint_is_not_asked_where_nothing_could_join(ask: Ask, there: Endpoint) -> None:
    assert ask("?city a :Nothing . SERVICE @ { ?city :count ?count }") == []
    assert there.asked == []


def test_a_second_block_is_told_what_the_first_one_gave(ask: Ask, there: Endpoint) -> None:
    found = ask(
        "?c40 :foundedAt ?city . SERVICE @ { ?city :count ?count } "
        "SERVICE @ { ?city :count ?count }"
    )

    assert found == [("c40=C40", "city=London", "count=9")]
    assert f'(<{ID}London> "9")' in there.asked[1].query


def test_a_silent_block_whose_endpoint_fails_has_one_solution_that_binds_nothing(ask: Ask) -> None:
    down = "SERVICE SILENT <http://127.0.0.1:1/> { ?city :count ?count }"

    assert ask(f"?x :foundedAt ?at . {down}") == [("at=London", "x=C40")]
    assert ask(down) == [()]


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("<http://169.254.169.254/>", "may not call http://169.254.169.254"),
        ("<http://wikiba.se/ontology#label>", "a part of Wikidata's own query service"),
        ("?endpoint", "the endpoint is a variable"),
        ("<http://127.0.0.1:1/>", "returned no usable answer"),
    ],
)
def test_a_silent_block_that_cannot_be_asked_binds_nothing_and_a_header_says_why(
    client: TestClient, there: Endpoint, service: str, said: str
) -> None:
    text = query(f"?x :foundedAt ?at . SERVICE SILENT {service} {{ ?at :count ?n }}", there)
    answer = client.get("/sparql", params={"query": text})
    page = client.get("/sparql", params={"query": text}, headers={"Accept": "text/html"})

    rows = answer.json()["results"]["bindings"]
    assert [row["x"]["value"] for row in rows] == [f"{ID}C40"]
    assert "n" not in rows[0]
    assert said in answer.headers["glocal-warning"]
    assert "SERVICE SILENT bound nothing" in page.text


def test_a_name_for_an_endpoint_is_that_of_the_prologue(
    client: TestClient, there: Endpoint
) -> None:
    for declared in (f"PREFIX e: <{there.address}/>", f"BASE <{there.address}/>"):
        name = "e:sparql" if "PREFIX" in declared else "<sparql>"
        text = f"{declared} ASK {{ SERVICE {name} {{ ?city <count> ?count }} }}"

        assert client.get("/sparql", params={"query": text}).json()["boolean"] is True


def test_an_answer_with_federation_is_not_stored(client: TestClient, there: Endpoint) -> None:
    text = query("SERVICE @ { ?city :count ?count }", there)
    first = client.get("/sparql", params={"query": text})
    before = len(there.asked)
    again = client.get("/sparql", params={"query": text}, headers={"If-None-Match": "*"})

    assert first.headers["Cache-Control"] == "no-store"
    assert "ETag" not in first.headers
    assert (again.status_code, len(there.asked) - before) == (200, 1)


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("<https://query.wikidata.org/sparql>", "adding https://query.wikidata.org to the setting"),
        ("<http://169.254.169.254/>", "may not call http://169.254.169.254"),
        ("<http://wikiba.se/ontology#label>", "a part of Wikidata's own query service"),
        ("<http://localhost/>", "may not call http://localhost"),
        ("<file:///etc/passwd>", "not an http or https"),
        ("?endpoint", "the endpoint is a variable"),
    ],
)
def test_a_block_that_is_not_allowed_is_refused_before_anything_is_asked(
    client: TestClient, there: Endpoint, service: str, said: str
) -> None:
    before = len(there.asked)
    text = query(f"SERVICE @ {{ ?s ?p ?o }} SERVICE {service} {{ ?s ?p ?o }}", there)
    answer = client.get("/sparql", params={"query": text})

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/refused-endpoint")
    assert said in answer.json()["detail"]
    assert len(there.asked) == before


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("?s ?p ?o .\nSERVICE @ { ?s ?p }", 2),
        ("SERVICE @ { ?s ?p ?o }\nUNION { ?s ?p ?o }", 2),
        ("\nSERVICE @ ?s ?p ?o", 2),
        ("SERVICESILENT@{ ?s ?p ?o }", 1),
        ("SERVICE @ { ?s ?p ?o }\n\nSERVICE x:y { ?s ?p ?o }", 3),
        ("\nSERVICE <http://[x/> { ?s ?p ?o }", 2),
    ],
)
def test_a_query_that_is_not_well_formed_is_asked_of_nobody(
    client: TestClient, there: Endpoint, where: str, line: int
) -> None:
    before = len(there.asked)
    answer = client.get("/sparql", params={"query": query(where, there)})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-query")
    assert (answer.json()["line"], len(there.asked)) == (line, before)


def test_a_spelling_that_could_be_read_in_two_ways_is_refused(
    client: TestClient, there: Endpoint
) -> None:
    before = len(there.asked)
    for where in ("FILTER(?a<?b)#>\nSERVICE @ {}", "SERVICE @ {} SERVICE:x{}"):
        answer = client.get("/sparql", params={"query": query(where, there)})

        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/refused-query")
    assert len(there.asked) == before


@pytest.mark.parametrize(
    ("path", "status", "kind", "detail"),
    [
        ("nowhere", 502, "endpoint-failed", "its status is 404"),
        ("slow", 504, "endpoint-timed-out", "it took more than 1 s"),
    ],
)
def test_an_endpoint_that_fails_is_named(
    client: TestClient, there: Endpoint, path: str, status: int, kind: str, detail: str
) -> None:
    endpoint = f"{there.address}/{path}"
    answer = client.get("/sparql", params={"query": f"ASK {{ SERVICE <{endpoint}> {{}} }}"})

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert answer.json()["endpoint"] == endpoint
    assert detail in answer.json()["detail"]


def test_rows_are_counted_over_all_blocks_of_a_query(client: TestClient, there: Endpoint) -> None:
    block = "{ SERVICE @ { ?city :count ?count } } "
    two, three = (query(block * blocks, there) for blocks in (2, 3))

    assert client.get("/sparql", params={"query": two}).status_code == 200
    answer = client.get("/sparql", params={"query": three})
    assert answer.status_code == 502
    assert "more than 6 rows in all (max_service_rows)" in answer.json()["detail"]


def test_what_a_silent_block_has_used_up_is_gone_for_the_next(
    client: TestClient, there: Endpoint
) -> None:
    silent = "{ SERVICE SILENT @ { ?city :count ?count } } " * 3
    answer = client.get("/sparql", params={"query": query(silent, there)})
    after = query("{ SERVICE @ { ?city :count ?count } } " * 3, there)

    cities = {row.get("city", {}).get("value") for row in answer.json()["results"]["bindings"]}
    assert cities == {f"{ID}{name}" for name in PEOPLE}
    assert "more than 6 rows" in client.get("/sparql", params={"query": after}).json()["detail"]


def test_more_blocks_than_calls_are_refused(client: TestClient, there: Endpoint) -> None:
    before = len(there.asked)
    answer = client.get("/sparql", params={"query": query("SERVICE @ {} " * 4, there)})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/query-too-complex")
    assert len(there.asked) == before


def test_what_becomes_of_the_calls_is_counted(client: TestClient, there: Endpoint) -> None:
    def counted() -> dict[str, float]:
        lines = client.get("/metrics").text.splitlines()
        named = [line.split(" ") for line in lines if line.startswith("glocal_service_calls_total")]
        return {name.split('"')[1]: float(count) for name, count in named}

    before = counted()
    for where in ("SERVICE @ {}", "SERVICE ?x {}", "SERVICE SILENT <http://127.0.0.1:1/> {}"):
        client.get("/sparql", params={"query": query(where, there)})

    gained = {name: count - before[name] for name, count in counted().items()}
    assert gained == {
        "answered": 1,
        "failed": 1,
        "timed-out": 0,
        "forbidden-address": 0,
        "refused": 1,
    }


def test_the_service_says_that_it_federates_only_if_it_may_ask_somebody(
    client: TestClient, store: Store
) -> None:
    feature = "http://www.w3.org/ns/sparql-service-description#BasicFederatedQuery"
    nobody = TestClient(create_app(Settings(), store=store))

    assert feature in client.get("/sparql?format=nt").text
    assert feature not in nobody.get("/sparql?format=nt").text
    assert "http://127.0.0.1:1" in client.get("/sparql?format=html").text
    assert "no other endpoint may be called" in nobody.get("/sparql?format=html").text


@pytest.mark.parametrize(("token", "sent"), [(None, True), (WriteToken(b"secret"), False)])
def test_what_somebody_may_change_meanwhile_does_not_go_with_the_question(
    there: Endpoint, tmp_path: Path, token: WriteToken | None, sent: bool
) -> None:
    city = f"<{ID}London> a <https://w3id.org/glocal/ontology#City> ."
    (tmp_path / "ours.nq").write_text(city.replace(" a ", f" <{RDF_TYPE}> "), encoding="utf-8")
    snapshot = Snapshot(tmp_path / "ours.nq", is_on_disk=False)
    settings = Settings(services=(there.address,), allowed_hosts=("testserver",))
    there.asked.clear()

    with TestClient(create_scratch_app(settings, snapshot, token=token)) as scratch:
        get_ready(scratch)
        text = query("?city a :City . SERVICE @ { ?city :count ?count }", there)
        found = scratch.get("/sparql", params={"query": text}).json()["results"]["bindings"]
        described = scratch.get("/sparql?format=html").text

    assert [row["count"]["value"] for row in found] == ["9"]
    assert ("VALUES" in there.asked[0].query) is sent
    assert f"may call <code>{there.address}</code>" in " ".join(described.split())
