"""Scratch stores with what follows from their data, over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from httpx import Response
from typer.testing import CliRunner

from kg.reasoning.regimes.names import RegimeName
from kg.reasoning.upkeep.entailment import Entailment
from service.cli import app as cli
from service.scratch.entailment_check import EntailmentCheck
from service.scratch.start import create_scratch_app, snapshot_files
from service.scratch.token import WriteToken
from service.settings import Settings
from tests.service.conftest import get_ready
from tests.service.http.test_html import BROWSER
from tests.service.scratch.conftest import TOKEN, Client

pytestmark = pytest.mark.slow

PREFIXES = """
@prefix : <http://e.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
DATA = """
:Dog rdfs:subClassOf :Animal . :Animal owl:disjointWith :Plant .
:rex a :Dog . :owns owl:inverseOf :ownedBy . :ann :owns :rex .
"""
PREFIX = "PREFIX : <http://e.org/> "
REX = {"subject": "http://e.org/rex", "predicate": "a", "object": "<http://e.org/Animal>"}


@contextmanager
def entailed(
    path: Path,
    *,
    is_writable: bool = True,
    regime: RegimeName = "owl-rl",
    is_strict: bool = False,
    with_prefixes: bool = False,
) -> Iterator[Client]:
    found: dict[str, str] = {}
    with snapshot_files([path], is_writable=True, prefixes=found) as snapshot:
        token = WriteToken(b"s3cret") if is_writable else None
        chosen = Settings(allowed_hosts=("e.org",), max_query_seconds=60)
        entailment = Entailment(regime, is_strict=is_strict)
        prefixes = found if with_prefixes else None
        app = create_scratch_app(
            chosen, snapshot, token=token, entailment=entailment, prefixes=prefixes
        )
        with Client(app, base_url="http://e.org", raise_server_exceptions=False) as client:
            get_ready(client)
            yield client


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "data.ttl"
    path.write_text(PREFIXES + DATA, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def read_only_client(data: Path) -> Iterator[Client]:
    with entailed(data, is_writable=False) as client:
        yield client


@pytest.fixture
def client(data: Path) -> Iterator[Client]:
    with entailed(data) as client:
        yield client


def ask(client: Client, pattern: str, **parameters: str) -> bool:
    answer = client.get("/sparql", params={"query": f"{PREFIX} ASK {{ {pattern} }}", **parameters})
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["boolean"])


def test_a_read_only_store_answers_what_follows(read_only_client: Client) -> None:
    assert ask(read_only_client, ":rex a :Animal ; :ownedBy :ann")
    assert ask(read_only_client, "GRAPH <urn:x-glocal:derived> { :rex a :Animal }")
    assert not ask(read_only_client, ":rex a :Animal", entailment="none")
    assert not ask(read_only_client, "GRAPH ?g { :rex a :Animal }", entailment="none")


def test_only_all_or_none_can_be_asked_for(read_only_client: Client) -> None:
    query = {"query": "ASK {}", "entailment": "some"}

    assert read_only_client.get("/sparql", params=query).status_code == 400


def test_the_service_description_names_the_regime(read_only_client: Client) -> None:
    text = read_only_client.get("/sparql", headers={"accept": "application/n-triples"}).text

    sd = "http://www.w3.org/ns/sparql-service-description#"
    service = "<http://e.org/sparql>"
    owl = "<http://www.w3.org/ns/entailment/OWL-RDF-Based>"
    assert f"{service} <{sd}defaultEntailmentRegime> {owl} ." in text
    profile = "<http://www.w3.org/ns/owl-profile/RL>"
    assert f"{service} <{sd}defaultSupportedEntailmentProfile> {profile} ." in text
    simple = "<http://www.w3.org/ns/entailment/Simple>"
    assert f"<http://e.org/sparql?entailment=none> <{sd}defaultEntailmentRegime> {simple} ." in text


def test_graphs_are_read_as_they_are_asserted(read_only_client: Client) -> None:
    whole, default = read_only_client.lines("/graphs"), read_only_client.lines("/graphs?default")

    assert whole == default
    assert len(default) == 5
    derived = read_only_client.lines("/graphs?graph=urn:x-glocal:derived")
    assert any("<http://e.org/rex>" in line and "Animal" in line for line in derived)


def test_a_derived_triple_is_explained(read_only_client: Client) -> None:
    proofs = read_only_client.get("/explain", params=REX).json()["proofs"]

    assert [one["subject"] for one in proofs[0]["premises"]] == ["http://e.org/rex"]
    for media_type, said in (
        ("text/turtle", "prov:wasDerivedFrom"),
        ("text/plain", "[derived]"),
        ("text/vnd.mermaid", "flowchart"),
    ):
        answer = read_only_client.get("/explain", params=REX, headers={"accept": media_type})
        assert said in answer.text


def test_documents_use_the_prefixes_and_texts_the_language(data: Path) -> None:
    def read(path: str, media_type: str, **asked: str) -> str:
        headers = {"accept": media_type, "accept-language": asked.pop("language", "en")}
        answer = client.get(path, params=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        assert "Accept-Language" in answer.headers["vary"]
        return answer.text

    with entailed(data, is_writable=False, with_prefixes=True) as client:
        english = read("/explain", "text/plain", **REX)
        chinese = read("/explain", "text/plain", language="zh", **REX)
        turtle = read("/explain", "text/turtle", **REX)
        document = client.get("/explain", params=REX).json()
        outcome = read("/whatif", "text/plain", update="DELETE DATA { :rex a :Dog }")
        missing = client.get("/explain", params={**REX, "object": ":Plant"}).json()

    assert ":rex rdf:type :Animal  [derived]" in english
    assert "(OWL 2 RL cax-sco: :Dog SubClassOf :Animal)" in english
    assert ("凡属" in english, "凡属" in chinese, "Whatever" in chinese) == (False, True, False)
    assert "rdf:object :Animal" in turtle
    assert document["@context"]["ns"] == "http://e.org/"
    assert document["proofs"][0]["subject"] == "ns:rex"
    assert ":rex rdf:type :Animal" in outcome
    assert "Neither asserted nor derived: :rex rdf:type :Plant" in missing["detail"]


def test_what_does_not_follow_is_a_404_with_near_misses(read_only_client: Client) -> None:
    answer = read_only_client.get("/explain", params={**REX, "object": "http://e.org/Plant"})

    assert answer.status_code == 404
    assert read_only_client.get("/explain", params={**REX, "object": ""}).status_code == 400
    assert read_only_client.get("/explain", params={**REX, "object": '"x'}).status_code == 400


def test_an_update_is_followed_when_it_is_answered(client: Client) -> None:
    assert client.update(f"{PREFIX} INSERT DATA {{ :bo a :Dog . :eve :owns :bo }}") == 204
    assert ask(client, ":bo a :Animal ; :ownedBy :eve")
    assert client.update(f"{PREFIX} DELETE WHERE {{ ?x a :Dog }}") == 204
    assert not ask(client, "?x a :Animal")
    assert ask(client, ":bo :ownedBy :eve")


def test_a_graph_that_is_put_is_followed(client: Client) -> None:
    assert client.put("/graphs?default", f"{PREFIXES} {DATA} :bo a :Dog .") == 204

    assert ask(client, ":bo a :Animal")
    assert client.put("/graphs?graph=urn:x-glocal:derived", f"{PREFIXES} :bo a :Cat .") == 403
    assert client.delete("/graphs", headers=TOKEN).status_code == 204
    assert not ask(client, ":bo a ?class")


def test_expressions_that_are_too_deep_or_cyclic_are_refused(client: Client) -> None:
    deep = f"{PREFIXES} :A rdfs:subClassOf {'[ owl:complementOf ' * 500} :B {']' * 500} ."
    cyclic = f"{PREFIXES} _:a owl:complementOf _:a . :A rdfs:subClassOf _:a ."

    assert client.put("/graphs?default", deep) == 400
    assert client.put("/graphs?default", cyclic) == 400
    assert ask(client, ":rex a :Animal")


def test_axioms_may_change(client: Client) -> None:
    rdfs = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"

    assert client.update(f"{rdfs} {PREFIX} INSERT DATA {{ :Animal rdfs:subClassOf :Being }}") == 204

    assert ask(client, ":rex a :Being")


def test_contradictions_are_served_and_explained(client: Client) -> None:
    assert client.get("/contradictions").json()["proofs"] == []
    client.update(f"{PREFIX} INSERT DATA {{ :rex a :Plant }}")

    [clash] = client.get("/contradictions").json()["proofs"]

    assert {one["object"]["id"] for one in clash["premises"]} == {
        "http://e.org/Animal",
        "http://e.org/Plant",
    }
    assert ask(client, ":rex a :Plant , :Animal")


def test_a_what_if_changes_nothing(client: Client) -> None:
    update = f"{PREFIX} DELETE DATA {{ :rex a :Dog }} ; INSERT DATA {{ :bo a :Dog }}"
    sent = {"content-type": "application/sparql-update"}

    posted = client.post("/whatif", content=update, headers=sent, params={"proofs": "1"}).json()
    asked = client.get("/whatif", params={"update": update}).json()

    assert posted["counts"] == asked["counts"] == {"contradictions": 0, "gained": 2, "lost": 2}
    assert any("premises" in one for one in posted["gained"])
    assert ask(client, ":rex a :Animal")
    assert not ask(client, ":bo a :Animal")
    derived = f"{PREFIX} DELETE DATA {{ :rex a :Animal }}"
    assert client.get("/whatif", params={"update": derived}).status_code == 422


def test_axioms_can_be_supposed(client: Client) -> None:
    rdfs = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"
    axiom = f"{rdfs} {PREFIX} INSERT DATA {{ :Animal rdfs:subClassOf :Being }}"

    gained = client.get("/whatif", params={"update": axiom}).json()["gained"]

    assert "http://e.org/Being" in {one["object"].get("id") for one in gained}


def test_the_first_page_lists_the_reasons(read_only_client: Client) -> None:
    assert "/explain" in read_only_client.get("/").json()["interfaces"]


def test_a_store_without_entailment_has_no_reasons(read_only: Client) -> None:
    assert "/explain" not in read_only.get("/").json()["interfaces"]
    assert read_only.get("/explain", params=REX).status_code == 404
    query = {"query": "ASK {}", "entailment": "none"}
    assert read_only.get("/sparql", params=query).status_code == 400


def test_an_update_that_makes_the_data_contradict_itself_says_so(client: Client) -> None:
    def change(text: str) -> Response:
        headers = {**TOKEN, "content-type": "application/sparql-update"}
        return client.post("/sparql", content=f"{PREFIX} {text}", headers=headers)

    first = change("INSERT DATA { :rex a :Plant }")
    second = change("INSERT DATA { :ann :owns :bo }")
    graph = {**TOKEN, "content-type": "text/turtle"}
    third = client.post("/graphs?default", content="<urn:a> <urn:p> 1 .", headers=graph)
    page = client.get("/?lang=en", headers=BROWSER).text
    last = change("DELETE DATA { :rex a :Plant }")

    assert first.status_code == 204
    assert '</contradictions>; rel="related"' in first.headers["link"]
    assert "Contradictions: 1. Of these new: 1." in first.headers["glocal-warning"]
    assert "Contradictions: 1. Of these new: 0." in second.headers["glocal-warning"]
    assert "glocal-warning" in third.headers
    assert "The data contradicts itself (1)" in page
    assert "glocal-warning" not in last.headers
    assert "contradicts itself" not in client.get("/?lang=en", headers=BROWSER).text


def test_the_front_page_tells_the_contradictions_of_the_files(tmp_path: Path) -> None:
    path = tmp_path / "bad.ttl"
    path.write_text(f"{PREFIXES} {DATA} :rex a :Plant .", encoding="utf-8")

    with entailed(path) as client:
        assert "contradicts itself (1)" in client.get("/?lang=en", headers=BROWSER).text


def test_a_strict_store_names_the_contradiction_with_its_premises(data: Path) -> None:
    with entailed(data, is_strict=True) as client:
        headers = {**TOKEN, "content-type": "application/sparql-update"}
        text = f"{PREFIX} INSERT DATA {{ :rex a :Plant }}"
        problem = client.post("/sparql", content=text, headers=headers).json()

    assert problem["type"] == "/problems/contradicting-update"
    assert "http://e.org/rex rdf:type http://e.org/Plant [asserted]" in problem["detail"]
    assert "http://e.org/rex rdf:type http://e.org/Animal [derived]" in problem["detail"]
    assert any(
        "http://e.org/rex rdf:type http://e.org/Dog" in one for one in problem["explanation"]
    )


def test_a_strict_store_refuses_changes_that_contradict(data: Path) -> None:
    with entailed(data, is_strict=True) as client:
        assert client.update(f"{PREFIX} INSERT DATA {{ :rex a :Plant }}") == 409
        assert client.update(f"{PREFIX} INSERT DATA {{ :fern a :Plant }}") == 204

        assert client.get("/contradictions").json()["proofs"] == []
        assert ask(client, ":fern a :Plant")
        assert not ask(client, ":rex a :Plant")


def test_all_axioms_are_logged_in_few_records(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "many.ttl"
    axioms = (f":p{number} a owl:ReflexiveProperty ." for number in range(100))
    path.write_text(f"{PREFIXES} {' '.join(axioms)} :o a owl:Ontology ; owl:imports :lost .")
    check = EntailmentCheck(Entailment("owl-rl"))

    with snapshot_files([path], is_writable=True, note=check.note):
        check.log_what_is_left_out()

    texts = [record.getMessage() for record in caplog.records]
    assert len(texts) <= 30
    assert "http://e.org/lost" in texts[0]
    assert sum(text.count("ReflexiveProperty") for text in texts) >= 100


def test_axioms_that_no_rule_expresses_are_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "odd.ttl"
    path.write_text(f"{PREFIXES} :p a owl:ReflexiveProperty .", encoding="utf-8")
    check = EntailmentCheck(Entailment("owl-rl"))

    with snapshot_files([path], is_writable=True, note=check.note):
        check.log_what_is_left_out()

    [record] = caplog.records
    assert "owl:ReflexiveProperty" in record.getMessage()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--entailment", "rdfs"], "require --scratch"),
        (["--scratch", "--strict"], "require --entailment"),
        (["--scratch", "--rules", "x"], "require --entailment"),
        (["--scratch", "--max-triples", "1"], "require --entailment"),
        (["--scratch", "--entailment", "owl-rl", "--rules", "no-such-folder"], "is not a folder"),
    ],
)
def test_bad_options_are_refused_at_the_start(options: list[str], said: str) -> None:
    result = CliRunner().invoke(cli, ["serve", *options])

    assert result.exit_code == 1
    assert said in result.output


def test_a_rule_that_is_a_product_is_refused_at_the_start(tmp_path: Path, data: Path) -> None:
    rule = "CONSTRUCT { ?x <a:r> ?y } WHERE { ?x <a:p> ?p . ?y <a:q> ?q }"
    (tmp_path / "every-pair.rq").write_text(rule, encoding="utf-8")
    options = ["--scratch", str(data), "--entailment", "rdfs", "--rules", str(tmp_path)]

    result = CliRunner().invoke(cli, ["serve", *options])

    assert (result.exit_code, "product" in result.output) == (1, True)
