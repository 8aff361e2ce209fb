"""Validate curated quads and the ontology; a release is built only when there are no findings."""

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
    """Run all checks and return the findings, sorted by file and line.

    Args:
        curated: the quads that `read_curated` returns.
        ontology: the quads that `read_ontology` returns.
        shapes_folder: the folder with `facts.ttl` and `terms.ttl`.
        curated_folder: the folder `curated` was read from; read again only to locate findings.
        ontology_folder: the folder `ontology` was read from; read again only to locate findings.

    Returns:
        An empty list if the quads are valid. A finding whose file cannot be determined names the
        ontology folder.

    Raises:
        MalformedInput: a shapes file is missing, is not well-formed or contains no shape.
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
