"""The release of the curated files, built once, and that of a small project with every status."""

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions

from kg.content import Content, own_content
from kg.namespaces import DESCRIBING_PREFIXES, PREFIXES
from kg.release.build import build
from kg.sources.folders import DATASET_FILE
from kg.store.quad_store import Store
from tests.kg.conftest import content_in
from tests.kg.validation.conftest import SmallProject

PROLOGUE = "".join(
    f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in {**PREFIXES, **DESCRIBING_PREFIXES}.items()
)
Ask = Callable[[Store, str], set[tuple[str, ...]]]


@pytest.fixture(scope="session")
def release(newest_release: Path) -> Store:
    return Store.open(newest_release)


def content_without_queries() -> Content:
    """The content of the small project in the working folder."""
    content = content_in(Path("curated"))
    return replace(content, queries=Path("queries"), topics=())


class SmallSource(SmallProject):
    """A small project that can be built, in the working folder."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("context", "frames"):
            shutil.copytree(own_content().ontology / name, self.ontology / name)
        (self.ontology / "rules").mkdir()
        self.content = content_without_queries()
        self.declare("glocal:cooperatesWith a owl:SymmetricProperty")

    def declare(self, axiom: str) -> None:
        """Write one more axiom into the ontology."""
        with (self.ontology / "core.ttl").open("a", encoding="utf-8") as core:
            core.write(f"{axiom} .\n")


@pytest.fixture
def towns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallSource:
    """A small project with a small ontology and no rule file, in the working folder."""
    monkeypatch.chdir(tmp_path)
    return SmallSource()


ENTITIES = """\
id:Ghent a glocal:City ; rdfs:label "Ghent"@en , "根特"@zh .
id:Quito a glocal:City ; rdfs:label "Quito"@en , "基多"@zh .
id:Seoul a glocal:GlobalCity ; rdfs:label "Seoul"@en , "首尔"@zh .
id:Saving a glocal:Act ; rdfs:label "saving"@en , "节约"@zh .
id:Ann a glocal:Person ; rdfs:label "Ann"@en , "安"@zh .
"""
LINKS = """\
subject_id\tpredicate_id\tobject_id\tmapping_justification
id:London\tskos:exactMatch\twd:Q84\tsemapv:ManualMappingCuration
id:Lyon\tskos:closeMatch\twd:Q456\tsemapv:ManualMappingCuration
"""


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of a small project with links and statements of every status."""
    with contextlib.chdir(tmp_path_factory.mktemp("small")):
        project = SmallSource()
        project.write("curated/entities/more.ttl", ENTITIES)
        # So something follows from a claim together with what holds.
        project.declare("glocal:cooperatesWith a owl:TransitiveProperty")
        shutil.copy(own_content().curated / DATASET_FILE, project.curated)
        (project.curated / "links").mkdir()
        (project.curated / "links/wikidata.sssom.tsv").write_text(LINKS, encoding="utf-8")
        asked = "id:rec a glocal:RecommendedAction ; rdfs:label 'save'@en , '节约'@zh ; "
        asked += "glocal:hasObject id:Lyon ; glocal:bearer id:Ann ; "
        asked += "glocal:recommendedAction id:Saving ."
        near = {name: f"id:London glocal:cooperatesWith id:{name} ." for name in ("Ghent", "Quito")}
        project.write(
            "curated/paper/more.trig",
            evidence(near["Ghent"], "Thesis")
            + evidence(near["Quito"], "Reading", qualifier=READING)
            + evidence(
                "id:Seoul glocal:cooperatesWith id:London .", "Claim", qualifier=HELD
            ).replace("claim-2", "claim-Ann")
            + evidence("id:Seoul glocal:cooperatesWith id:Ghent .", "Hypothesis")
            + evidence("id:Seoul glocal:cooperatesWith id:Lyon .", "Plan")
            + evidence("id:Lyon glocal:value 1.5 .", "CitedData", qualifier="sourceLost true")
            + evidence(asked, "Recommendation"),
        )
        return build(Path("release"), content=project.content).resolve()


@pytest.fixture(scope="session")
def small(small_release: Path) -> Store:
    return Store.open(small_release)


@pytest.fixture(scope="session")
def ask() -> Ask:
    """The rows of a SELECT, values only, in a set."""

    def rows(store: Store, query: str) -> set[tuple[str, ...]]:
        found = store.query(PROLOGUE + query)
        assert isinstance(found, QuerySolutions)
        return {tuple(term.value for term in row) for row in found}

    return rows


def evidence(statements: str, status: str = "Fact", number: int = 2, *, qualifier: str = "") -> str:
    """An evidence graph of the small project, with its description, as a file has it."""
    name = f"ev:p01.1-{status.lower()}-{number}"
    limit = f" ;\n    glocal:{qualifier}" if qualifier else ""
    return (
        f"{name} {{\n{statements}\n}}\n"
        f"{name} a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;\n"
        f"    glocal:hasStatus glocal:{status}{limit} .\n"
    )


READING = 'heldBy id:GlocalMaintainers ;\n    skos:note "We judge it so."@en , "编者如此判断。"@zh'
HELD = "heldBy id:Ann"
