from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.clients]

Run = Callable[..., "CompletedProcess[str]"]
SVG = "{http://www.w3.org/2000/svg}"


def test_a_citys_networks_and_their_other_members_are_drawn(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "guangzhou.svg"

    said = run("draw_a_network.py", "Guangzhou", str(out)).stdout

    drawing = ElementTree.fromstring(out.read_text("utf-8"))  # noqa: S314 - our own file
    names = [one.text for one in drawing.iter(f"{SVG}text")]
    assert said == f"{out}: Guangzhou in 5 networks\n"
    assert names[:2] == ["Guangzhou", "Asian-Pacific City Summit"]
    assert names[-4:] == ["Shanghai", "Beijing", "Hong Kong", "Shenzhen"]
    assert len(list(drawing.iter(f"{SVG}line"))) == 12


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "Guangzho",
            "The release has no id:Guangzho; expected the name of a city, such as id:Guangzhou.\n",
        ),
        ("Nairobi", "Nairobi is not in any network of the release.\n"),
    ],
)
def test_what_cannot_be_drawn_is_said(run: Run, tmp_path: Path, name: str, said: str) -> None:
    out = tmp_path / "none.svg"

    result = run("draw_a_network.py", name, str(out))

    assert (result.returncode, result.stderr, out.exists()) == (1, said, False)
