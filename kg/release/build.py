"""Build a release: read, validate, derive, assemble, write."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Quad, RdfFormat, Triple

from kg.errors import Contradiction, ValidationFailed
from kg.namespaces import DESCRIBING_PREFIXES
from kg.paths import CURATED_FOLDER, ONTOLOGY_FOLDER
from kg.reasoning.axioms.compiler import CompiledAxioms, compile_axioms
from kg.reasoning.derivation.levels import Derivations, derive
from kg.reasoning.derivation.limits import garbage_collection_paused
from kg.reasoning.derivation.release_graphs import (
    assemble_release,
    count_triples,
    labels_of,
    premises_of,
    statuses_of_evidence,
)
from kg.reasoning.proofs.explainer import format_contradiction, prove_contradiction
from kg.reasoning.rules.rule import Rule, read_rules
from kg.release.dumps import DUMPS, ReleaseContent, gzip_text
from kg.release.void import describe_in_void, read_dataset
from kg.sources.folders import DATASET_FILE, read_curated, read_ontology, statement_places
from kg.store.release_folder import VOID_FILE, check_target_folder, write_release
from kg.store.serialization import serialize_sorted
from kg.validation.curated import validate

_TOOLS: Final = ("pyoxigraph", "pyshacl", "rdflib")


@dataclass(frozen=True)
class Reasoned:
    """The rules of a project, from axioms and rule files, and what they derive.

    Attributes:
        compiled: the rules of the axioms, and the axioms that could not be compiled.
        rules: the compiled rules and those of the rule files.
        closure: the derivations and contradictions.
    """

    compiled: CompiledAxioms
    rules: list[Rule]
    closure: Derivations


# A build creates hundreds of thousands of small objects and frees none before its end; without
# garbage collection it takes a fifth less time.
@garbage_collection_paused()
def build(
    out: Path | None = None,
    *,
    curated_files: Path = CURATED_FOLDER,
    ontology_files: Path = ONTOLOGY_FOLDER,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Build a release from the curated files and the ontology; same input, same bytes.

    Args:
        out: the folder of the release; by default `releases/<hash>`, and `releases/newest` is then
            set to point to it.
        curated_files: a folder with the layout of `kg/curated`.
        ontology_files: a folder with the layout of `ontology`: modules, rules and shapes.
        tell: called with the name of each stage as it begins.

    Returns:
        The folder of the release.

    Raises:
        MalformedInput: a file cannot be read.
        ValidationFailed: a file violates a shape or a structural requirement.
        Contradiction: statements that hold contradict each other; carries the proof.
    """
    if out is not None:
        check_target_folder(out)
    tell("reading")
    ontology, curated = read_ontology(ontology_files), read_curated(curated_files)
    tell("validating")
    findings = validate(
        curated,
        ontology,
        ontology_files / "shapes",
        curated_folder=curated_files,
        ontology_folder=ontology_files,
    )
    if findings:
        raise ValidationFailed(findings)
    tell("deriving")
    places = statement_places(ontology, ontology_files)
    rule_files = ontology_files / "rules"
    try:
        reasoned = reason_over(curated, ontology, rule_files, places=places)
    except Contradiction as error:
        _, rules = _compile_and_read_rules(curated, ontology, rule_files, places)
        proof = prove_contradiction(error, curated, ontology, rules, rule_files)
        text = format_contradiction(proof, curated_files, ontology_files)
        raise Contradiction(error.rule, error.terms, error.triples, text) from error
    tell("writing")
    closure = reasoned.closure
    quads = assemble_release(
        curated, ontology, closure.derivations, reasoned.rules, closure.contradictions
    )
    counted = count_triples(quads, statuses_of_evidence(curated))
    beside = partial(
        make_description_and_dumps, graphs=counted["graphs"], curated_files=curated_files
    )
    return write_release(quads, {"counts": counted, **_summary(reasoned)}, out, beside=beside)


def reason_over(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    rule_files: Path = ONTOLOGY_FOLDER / "rules",
    *,
    places: Mapping[Triple, str] | None = None,
) -> Reasoned:
    """Compile the axioms, read the rule files and derive all that follows at every level.

    Args:
        curated: as `read_curated` returns them.
        ontology: as `read_ontology` returns them.
        rule_files: the folder of rule files.
        places: file and line of each axiom, as `statement_places` returns them.

    Raises:
        MalformedRule: a rule file is not a valid rule.
        Contradiction: statements that hold contradict each other.
    """
    compiled, rules = _compile_and_read_rules(curated, ontology, rule_files, places)
    return Reasoned(compiled, rules, derive(premises_of(curated), rules))


def _compile_and_read_rules(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    rule_files: Path,
    places: Mapping[Triple, str] | None = None,
) -> tuple[CompiledAxioms, list[Rule]]:
    compiled = compile_axioms([*ontology, *labels_of(curated)], places)
    return compiled, [*compiled.rules, *read_rules(rule_files)]


def make_description_and_dumps(
    quads: Sequence[Quad], graphs: Mapping[str, int], curated_files: Path
) -> dict[str, bytes]:
    """Return the files of a release other than its quads, by path; same input, same bytes.

    Args:
        quads: all quads of the release.
        graphs: the number of triples by graph.
        curated_files: the folder whose `dataset.ttl`, if there is one, describes the data set.

    Raises:
        MalformedFile: `dataset.ttl` lacks a title, a description or the licence.
    """
    path = curated_files / DATASET_FILE
    about_dataset = read_dataset(path) if path.exists() else []
    content = ReleaseContent(quads, about_dataset)
    void = describe_in_void(content.default_graph, graphs, about_dataset)
    dumps = (dump for dump in DUMPS.values() if not dump.is_source)
    return {
        VOID_FILE: serialize_sorted(void, RdfFormat.TURTLE, DESCRIBING_PREFIXES),
        **{dump.file: gzip_text(dump.write(content)) for dump in dumps},
    }


def _summary(reasoned: Reasoned) -> dict[str, Any]:
    """Return the part of release.json about versions, rules and derived triples."""
    compiled, rules, closure = reasoned.compiled, reasoned.rules, reasoned.closure
    return {
        "version": version("glocal-kg"),
        "derived": _tally(derivation.status.value for derivation in closure.derivations),
        "rules": {
            "axioms": len(compiled.rules),
            "files": len(rules) - len(compiled.rules),
            "not compiled": compiled.uncompiled,
            "triples": _tally(derivation.rule for derivation in closure.derivations),
        },
        "contradictions among what does not hold": len(closure.contradictions),
        "shapes": "conforms",
        "tools": {tool: version(tool) for tool in _TOOLS},
    }


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
