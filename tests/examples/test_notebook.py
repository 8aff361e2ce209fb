"""The notebook runs from top to bottom and prints what stands in it."""

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from kg.content import own_content

pytestmark = [pytest.mark.slow, pytest.mark.clients]

EXAMPLES = own_content().ontology.parent / "examples"
CELLS = json.loads((EXAMPLES / "glocal.ipynb").read_text("utf-8"))["cells"]
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]


def printed(cell: dict[str, Any]) -> str:
    """Return the output of the cell in the saved notebook."""
    streams = [one for one in cell["outputs"] if one["output_type"] == "stream"]
    return "".join(text for one in streams for text in one["text"])


@pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning")
def test_every_cell_prints_what_is_saved_below_it(
    newest_release: Path, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLOCAL_RELEASES", str(newest_release.parent))
    monkeypatch.setenv("GLOCAL_SERVICE", service)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    names: dict[str, Any] = {}
    said = []

    for cell in CODE:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)  # noqa: S102
        said.append(out.getvalue())

    assert said == [printed(cell) for cell in CODE]
    assert len([one for one in said if one]) == 6
    (drawn,) = [one["data"] for cell in CODE for one in cell["outputs"] if "data" in one]
    assert "".join(drawn["image/svg+xml"]) == names["drawing"].text


def test_the_notebook_holds_nothing_of_the_machine_it_ran_on() -> None:
    text = json.dumps(CELLS)

    assert len(text) < 20_000
    assert re.findall(r"/home|/tmp|/Users|:(?!8000)[0-9]{4,5}\b", text) == []
