"""Writing leaves whole files or none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from kg.materialise.materialisation import Part
from kg.materialise.output import write
from kg.reasoning.facts.dictionary import Vocabulary


@pytest.mark.parametrize("name", ["d.nt", "d.ttl", "d.nt.gz"])
def test_an_error_on_the_way_leaves_nothing_beside_what_was_there(
    tmp_path: Path, name: str
) -> None:
    vocabulary, out = Vocabulary(), tmp_path / name
    out.write_bytes(b"as it was")
    code = vocabulary.encode(NamedNode("http://example.org/a"))

    def parts() -> Iterator[Part]:
        yield Part(code, {code: {code}}, is_forward=True)
        raise MemoryError

    with pytest.raises(MemoryError):
        write(out, parts(), vocabulary)

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(name, b"as it was")]
