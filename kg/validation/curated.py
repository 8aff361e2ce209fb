"""Validate curated quads and the ontology; a release is built only when there are no findings."""

from collections.abc import Sequence
from pathlib import Path

from pyoxigraph import Quad

from kg.paths import CURATED_FOLDER, ONTOLOGY_FOLDER
from kg.validation.entities import check_entities
from kg.validation.evidence import check_evidence_graphs
from kg.validation.findings import Finding, to_findings
from kg.validation.folders import check_predicates_by_folder
from kg.validation.literals import check_literals
from kg.validation.names import check_names
from kg.validation.owl_profile import check_owl_profile
from kg.validation.shapes import check_fact_shapes, check_term_shapes


def validate(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    shapes_folder: Path = ONTOLOGY_FOLDER / "shapes",
    *,
    curated_folder: Path = CURATED_FOLDER,
    ontology_folder: Path = ONTOLOGY_FOLDER,
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
        *check_names(curated, ontology),
        *check_evidence_graphs(curated),
        *check_predicates_by_folder(curated, ontology),
        *check_entities(curated, ontology),
        *check_literals(curated, ontology),
        *check_owl_profile(ontology),
        *check_fact_shapes(curated, ontology, shapes_folder / "facts.ttl"),
        *check_term_shapes(ontology, shapes_folder / "terms.ttl"),
    ]
    return to_findings(problems, curated_folder, ontology_folder)
