"""Validate curated quads and the ontology; a release is built only when there are no findings."""

from collections.abc import Sequence

from pyoxigraph import Quad

from kg.content import Content, own_content
from kg.sources.pages import read_pages
from kg.validation.dates import check_periods
from kg.validation.entities import check_entities, check_kinds
from kg.validation.evidence import check_evidence_graphs
from kg.validation.findings import Finding, to_findings
from kg.validation.folders import check_predicates_by_folder
from kg.validation.iris import check_iris
from kg.validation.literals import check_literals
from kg.validation.names import check_names
from kg.validation.owl_profile import check_owl_profile
from kg.validation.passages import check_passages
from kg.validation.shapes import check_fact_shapes, check_term_shapes
from kg.validation.texts import check_texts


def validate(
    curated: Sequence[Quad], ontology: Sequence[Quad], content: Content | None = None
) -> list[Finding]:
    """Run all checks; return findings by file and line, or raise MalformedInput for bad shapes."""
    content = content or own_content()
    problems = [
        *check_names(curated, ontology, content.languages),
        *check_evidence_graphs(curated),
        *check_predicates_by_folder(curated, ontology, content),
        *check_entities(curated, ontology, content.languages),
        *check_iris(curated, ontology),
        *check_literals(curated, ontology, content.languages),
        *check_texts(curated, ontology, content.languages),
        *check_periods(curated),
        *check_passages(curated, read_pages(content.curated)),
        *check_owl_profile(ontology),
        *check_kinds(curated, ontology),
        *check_fact_shapes(curated, ontology, content.shapes / "facts.ttl"),
        *check_term_shapes(ontology, content.shapes / "terms.ttl"),
    ]
    return to_findings(problems, content)
