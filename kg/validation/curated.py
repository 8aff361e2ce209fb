"""Quads and shapes -> findings; nothing with a finding may be released."""

from collections.abc import Sequence
from pathlib import Path

from pyoxigraph import Quad

from kg.paths import CURATED_FILES, ONTOLOGY_FILES
from kg.validation.entities import entity_problems, kind_problems
from kg.validation.evidence import evidence_problems
from kg.validation.findings import Finding, locate
from kg.validation.folders import folder_problems
from kg.validation.literals import literal_problems, text_problems
from kg.validation.names import name_problems, withdrawal_problems
from kg.validation.owl_profile import profile_problems
from kg.validation.shapes import fact_problems, term_problems

__all__ = ["Finding", "validate"]


def validate(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    shapes_folder: Path = ONTOLOGY_FILES / "shapes",
    *,
    curated_folder: Path = CURATED_FILES,
    ontology_folder: Path = ONTOLOGY_FILES,
) -> list[Finding]:
    """Everything that is wrong with the quads, by file and line.

    Args:
        curated: as `read_curated` gives them.
        ontology: as `read_ontology` gives them.
        shapes_folder: holds `facts.ttl` and `terms.ttl`.
        curated_folder: where `curated` was read; looked into only to tell file and line.
        ontology_folder: where `ontology` was read; likewise.

    Returns:
        No findings where all is well. A finding whose file is not found names the ontology folder.

    Raises:
        MalformedInput: a file of shapes is missing, is not well-formed or holds no shape.
    """
    problems = [
        *name_problems(curated, ontology),
        *evidence_problems(curated),
        *folder_problems(curated, ontology),
        *entity_problems(curated, ontology),
        *kind_problems(curated, ontology),
        *literal_problems((*curated, *ontology)),
        *text_problems(curated, ontology),
        *withdrawal_problems(curated),
        *profile_problems(ontology),
        *fact_problems(curated, ontology, shapes_folder / "facts.ttl"),
        *term_problems(ontology, shapes_folder / "terms.ttl"),
    ]
    return locate(problems, curated_folder, ontology_folder)
