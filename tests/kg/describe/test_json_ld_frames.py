import json
from pathlib import Path
from typing import Any

import pytest

from kg.content import own_content
from kg.describe.json_ld_context import Context, read_contexts
from kg.describe.json_ld_frames import FLAGS, FramePattern, find_frame, read_frames
from kg.errors import MalformedFile
from kg.namespaces import GLOCAL, ID
from tests.kg.describe.test_description import store_of

CONTEXT = Context(
    {"@context": {"type": "@type", "glocal": str(GLOCAL), "hosted": {"@id": "glocal:hosted"}}}
)


def write(folder: Path, name: str, **said: Any) -> None:
    text = json.dumps({**FLAGS, **said})
    (folder / f"{name}.jsonld").write_text(text, encoding="utf-8")


def test_a_frame_is_a_class_and_the_properties_at_both_ends(tmp_path: Path) -> None:
    inside = {"glocal:page": {}, "@reverse": {"hosted": {"@embed": "@never"}}}
    write(tmp_path, "city", type="glocal:City", hosted=inside)

    frame = read_frames(tmp_path, CONTEXT)["city"]

    hosted = GLOCAL["hosted"]
    assert frame.target_class == GLOCAL["City"]
    pattern = FramePattern({GLOCAL["page"]: FramePattern()}, {hosted: None})
    assert frame.pattern == FramePattern({hosted: pattern})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"type": "glocal:City", "hosts": {}}, "'hosts' is not a property in the context"),
        ({"type": "glocal:City", "hosted": "x"}, "'hosted' is not a property in the context"),
        ({"hosted": {}}, "and one class as type"),
        ({"type": "glocal:City", "@explicit": False}, 'expected an object with "@explicit"'),
    ],
)
def test_a_frame_of_another_form_is_refused(
    tmp_path: Path, said: dict[str, Any], message: str
) -> None:
    write(tmp_path, "city", **said)

    with pytest.raises(MalformedFile, match=message):
        read_frames(tmp_path, CONTEXT)


def test_a_frame_that_is_no_json_is_refused_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "city.jsonld").write_text('{\n"type": }', encoding="utf-8")

    with pytest.raises(MalformedFile, match=r"city\.jsonld:2:9: Expecting value"):
        read_frames(tmp_path, CONTEXT)


def test_of_several_frames_a_thing_has_that_of_its_most_special_class(tmp_path: Path) -> None:
    for name in ("Agent", "Network", "Work"):
        write(tmp_path, name.lower(), type=f"glocal:{name}")
    trig = """id:C40 a glocal:Agent , glocal:Network . id:Bureau a glocal:Agent . id:x a glocal:Y .
        glocal:Network rdfs:subClassOf glocal:Body , [ a owl:Class ] .
        glocal:Body rdfs:subClassOf glocal:Agent . glocal:Agent rdfs:subClassOf glocal:Agent ."""
    store = store_of(trig)

    frames = read_frames(tmp_path, CONTEXT)
    found = {name: find_frame(ID[name], frames, store) for name in ("C40", "Bureau", "x")}

    assert found == {"C40": frames["network"], "Bureau": frames["agent"], "x": None}


def test_every_frame_of_the_project_is_read_and_names_the_context_beside_it() -> None:
    contexts = read_contexts(own_content().ontology)
    newest = list(contexts)[-1]

    frames = read_frames(own_content().ontology / "frames", contexts[newest])

    assert {"city", "network", "organization", "event", "person"} <= set(frames)
    addresses = {json.loads(frame.text)["@context"] for frame in frames.values()}
    assert addresses == {f"../context/{newest}.jsonld"}
