"""A small project on disk: the real ontology and shapes, and a few curated files."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from kg.content import Content, own_content
from kg.namespaces import ID, PREFIXES, RDF
from kg.sources.folders import read_curated, read_ontology
from kg.validation.curated import validate

_PREFIX_LINES = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())

PASSAGE = """\
passage:p01.1 a glocal:Passage ;
    glocal:page 1 ;
    glocal:section "Opening"@en , "开篇"@zh ;
    dcterms:description "Opens."@en , "开篇。"@zh ;
    glocal:offset 0 ;
    glocal:length 7 ;
    glocal:sha256 "239f59ed55e737c77147cf55ad0c1b030b6d7ee748a7426952f9b852d5a935e5" .
"""
ENTITIES = """\
id:London a glocal:City ; rdfs:label "London"@en , "伦敦"@zh .
id:Lyon a glocal:City ; rdfs:label "Lyon"@en , "里昂"@zh .
"""
EVIDENCE = """\
ev:p01.1-fact { id:London glocal:cooperatesWith id:Lyon . }
ev:p01.1-fact a glocal:Evidence ; glocal:fromPassage passage:p01.1 ; glocal:hasStatus glocal:Fact .
"""


def content_in(curated: Path, ontology: Path = Path("ontology")) -> Content:
    """The project's content with other folders of curated files and ontology."""
    return replace(own_content(), curated=curated, ontology=ontology)


class Project:
    """Folders `curated` and `ontology` below the working folder, without a finding at first."""

    def __init__(self) -> None:
        self.curated, self.ontology = Path("curated"), Path("ontology")
        self.content = content_in(self.curated, self.ontology)
        self.write_ontology()
        self.write("curated/source/wang.ttl", PASSAGE)
        self.write("curated/entities/cities.ttl", ENTITIES)
        self.write("curated/paper/opening.trig", EVIDENCE)

    def write_ontology(self) -> None:
        """Copy the real ontology, and describe what its modules and rules name."""
        shutil.copytree(own_content().ontology, self.ontology)
        self.write("curated/entities/of-the-ontology.ttl", self._individuals_of_the_ontology())
        self.write("curated/source/of-the-rules.ttl", self._passages_of_the_rules())

    def write(self, name: str, text: str) -> Path:
        """Write a file; its first line is line 1, the prefixes stand at its end."""
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        one_line = " ".join(_PREFIX_LINES.split("\n"))
        path.write_text(f"{one_line}\n{text}", encoding="utf-8")
        return path

    def validate(self) -> list[str]:
        """The findings about both folders, as a person reads them."""
        curated, ontology = read_curated(self.content), read_ontology(self.ontology)
        findings = validate(curated, ontology, self.content)
        return [str(finding) for finding in findings]

    def quads(self, text: str, name: str = "curated/paper/more.trig") -> list[Quad]:
        """The quads of the curated folder once this file is in it."""
        self.write(name, text)
        return read_curated(self.content)

    def _individuals_of_the_ontology(self) -> str:
        quads = read_ontology(self.ontology)
        names = {
            name.value.removeprefix(ID)
            for quad in quads
            for name in (quad.subject, quad.object)
            if isinstance(name, NamedNode) and name.value.startswith(ID)
        } - {
            quad.subject.value.removeprefix(ID)
            for quad in quads
            if quad.predicate == RDF["type"] and isinstance(quad.subject, NamedNode)
        }
        kinds = dict.fromkeys(names, "glocal:Concept") | {self.content.curators: "prov:Agent"}
        return "\n".join(
            f'id:{name} a {kind} ; rdfs:label "{name}"@en , "甲{name}"@zh .'
            for name, kind in sorted(kinds.items())
        )

    def _passages_of_the_rules(self) -> str:
        texts = [path.read_text("utf-8") for path in (self.ontology / "rules").glob("*.rq")]
        names = {name for text in texts for name in re.findall(r"# passage: (\S+)", text)}
        texts = [path.read_text("utf-8") for path in self.ontology.glob("*.ttl")]
        names |= {name for text in texts for name in re.findall(r"passage:(p\d\d\.\w+)", text)}
        return "\n".join(
            f"passage:{name} a glocal:Passage ; glocal:page {int(name[1:3])} ; "
            'glocal:section "Opening"@en , "开篇"@zh ; glocal:isLost true ; '
            f'dcterms:description "Names {name}."@en , "提及 {name}。"@zh .'
            for name in sorted(names)
        )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A small project in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLOCAL_RELEASES", str(tmp_path / "releases"))
    return Project()
