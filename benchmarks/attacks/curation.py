"""B9: curated files with a mistake that `glocal check` once let through; a few of many."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from benchmarks.attacks.checks import Checks
from benchmarks.attacks.report import Case
from benchmarks.attacks.victim import AttackFailed
from benchmarks.servers import GLOCAL
from kg.paths import CONTENT_FILE, CONTENT_FOLDER

_FOLDERS: Final = ("ontology", "queries", "kg/curated")
_LIMIT_SECONDS: Final = 60
_AT_ONCE: Final = 2
# File, pattern of the text that is replaced once, and the mistake that replaces it.
_MISTAKES: Final = (
    ("kg/curated/links/wikidata.sssom.tsv", r"\t0\.95\t", "\t9.9\t"),
    ("kg/curated/links/geonames.sssom.tsv", r"\t2\d\d\d-\d\d-\d\d\t", "\t2026-13-45\t"),
    (
        "ontology/actors.ttl",
        r"(?<=rdfs:subClassOf )glocal:Agent \.",
        "glocal:Agent , glocal:GlobalCity .",
    ),
    (
        "kg/curated/background/city-states.trig",
        r"dcterms:source wd:\w+",
        "dcterms:source <javascript:alert(1)>",
    ),
)


def check_mistakes(_release: Path, folder: Path) -> list[Case]:
    """Run `glocal check` on copies of the content, each with one mistake."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        numbered = enumerate(_MISTAKES)
        cases = pool.map(lambda one: _check(folder / f"content-{one[0]}", *one[1]), numbered)
        return list(cases)


def _check(copy: Path, name: str, pattern: str, mistake: str) -> Case:
    for part in _FOLDERS:
        shutil.copytree(CONTENT_FOLDER / part, copy / part)
    shutil.copy(CONTENT_FOLDER / CONTENT_FILE, copy)
    text, count = re.subn(
        pattern, mistake.replace("\\", "\\\\"), (copy / name).read_text("utf-8"), count=1
    )
    if not count:
        raise AttackFailed(f"{name} has no {pattern} to make a mistake in")
    (copy / name).write_text(text, encoding="utf-8")
    command = [GLOCAL, "check", "--content", str(copy)]
    checked = subprocess.run(
        command, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False
    )
    output = checked.stdout + checked.stderr
    has_place = re.search(rf"{re.escape(Path(name).name)}:\d+", output) is not None
    seen = f"exit code {checked.returncode}, {'with' if has_place else 'without'} file and line"
    is_found = checked.returncode == 1 and has_place
    return Case(mistake.strip(), "exit code 1, with file and line", seen, is_found)


CHECKS: Final = Checks("b9-curation", "curated files with a mistake", check_mistakes)
