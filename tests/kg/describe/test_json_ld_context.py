from pathlib import Path

import pytest

from kg.describe.json_ld_context import Context
from kg.errors import MalformedFile
from kg.namespaces import GLOCAL


def read(folder: Path, text: str) -> Context:
    path = folder / "context.jsonld"
    path.write_text(text, encoding="utf-8")
    return Context.read(path)


def test_an_iri_is_written_with_the_prefix_of_its_namespace(tmp_path: Path) -> None:
    context = read(tmp_path, f'{{"@context": {{"glocal": "{GLOCAL}", "City": "glocal:City"}}}}')

    assert context.compact(GLOCAL["hosted"].value) == "glocal:hosted"
    assert context.class_name(GLOCAL["City"].value) == "City"
    assert context.compact("http://e/x") == "http://e/x"
    assert context.compact(str(GLOCAL)) == str(GLOCAL)


def test_a_term_that_uses_more_than_is_understood_is_read_past(tmp_path: Path) -> None:
    definition = '{"@id": "http://e/parts", "@container": "@list"}'
    context = read(tmp_path, f'{{"@context": {{"parts": {definition}, "name": "http://e/name"}}}}')

    assert set(context.terms) == {"http://e/name"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"@context": {"a": }}', "1:20: Expecting value"),
        ('{"@context": []}', "1:1: expected one @context"),
        ('{"@context": {"@language": "en"}}', "1:1: expected one @context"),
    ],
)
def test_a_context_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MalformedFile) as caught:
        read(tmp_path, text)

    assert message in str(caught.value)
