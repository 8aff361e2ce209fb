"""Make the files of a release other than its quads: the VoID description and the dumps.

Build a release: read, validate, derive, assemble, write.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pyoxigraph import Quad, RdfFormat, Triple

from kg.errors import Contradiction, NotValid
from kg.namespaces import DESCRIBING_PREFIXES
from kg.paths import CURATED_FILES, ONTOLOGY_FILES
from kg.reasoning.axioms.compiler import CompiledAxioms, compile_axioms
from kg.reasoning.derivation.levels import Closure, derive
from kg.reasoning.derivation.limits import no_garbage_collection
from kg.reasoning.derivation.release_graphs import (
    assemble,
    counts,
    labels_of,
    premises,
    statuses_of_evidence,
)
from kg.reasoning.proofs.explainer import in_words, prove
from kg.reasoning.rules.rule import Rule, read_rules
from kg.release.dumps import DUMPS, Content, packed
from kg.release.void import describe, read_dataset
from kg.sources.folders import DATASET_FILE, places_of, read_curated, read_ontology
from kg.store.release_folder import VOID_FILE, refuse_unless_free, write_release
from kg.store.serialization import encode_statements
from kg.validation.curated import validate


def files_beside(
    quads: Sequence[Quad], graphs: Mapping[str, int], curated_files: Path
) -> dict[str, bytes]:
    """Return the content of each file by its path in the release; equal input gives equal bytes.

    Args:
        quads: all quads of the release.
        graphs: the number of triples by graph.
        curated_files: the folder whose `dataset.ttl`, if there is one, describes the data set.

    Raises:
        MalformedFile: `dataset.ttl` lacks a title, a description or the licence.
    """
    path = curated_files / DATASET_FILE
    about_dataset = read_dataset(path) if path.exists() else []
    content = Content(quads, about_dataset)
    void = describe(content.holding, graphs, about_dataset)
    return {
        VOID_FILE: encode_statements(void, RdfFormat.TURTLE, DESCRIBING_PREFIXES),
        **{dump.file: packed(dump.write(content)) for dump in DUMPS.values() if not dump.is_source},
    }


_TOOLS = ("pyoxigraph", "pyshacl", "rdflib")


# A build creates hundreds of thousands of small objects and frees none before its end; without
# garbage collection it takes a fifth less time.
@no_garbage_collection()
def build(
    out: Path | None = None,
    *,
    curated_files: Path = CURATED_FILES,
    ontology_files: Path = ONTOLOGY_FILES,
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
        NotValid: a file violates a shape or a structural requirement.
        Contradiction: statements that hold contradict each other; carries the proof.
    """
    if out is not None:
        refuse_unless_free(out)
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
        raise NotValid(findings)
    tell("deriving")
    places = places_of(ontology, ontology_files)
    rule_files = ontology_files / "rules"
    try:
        reasoned = reason_over(curated, ontology, rule_files, places=places)
    except Contradiction as error:
        _, rules = rules_of(curated, ontology, rule_files, places)
        proof = in_words(
            prove(error, curated, ontology, rules, rule_files), curated_files, ontology_files
        )
        raise Contradiction(error.rule, error.terms, error.triples, proof) from error
    tell("writing")
    closure = reasoned.closure
    quads = assemble(curated, ontology, closure.derivations, reasoned.rules, closure.contradictions)
    counted = counts(quads, statuses_of_evidence(curated))
    beside = partial(files_beside, graphs=counted["graphs"], curated_files=curated_files)
    return write_release(quads, {"counts": counted, **_summary(reasoned)}, out, beside=beside)


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
    closure: Closure


def reason_over(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    rule_files: Path = ONTOLOGY_FILES / "rules",
    *,
    places: Mapping[Triple, str] | None = None,
) -> Reasoned:
    """Compile the axioms, read the rule files and derive all that follows at every level.

    Args:
        curated: as `read_curated` returns them.
        ontology: as `read_ontology` returns them.
        rule_files: the folder of rule files.
        places: file and line of each axiom, as `places_of` returns them.

    Raises:
        MalformedRule: a rule file is not a valid rule.
        Contradiction: statements that hold contradict each other.
    """
    compiled, rules = rules_of(curated, ontology, rule_files, places)
    return Reasoned(compiled, rules, derive(premises(curated), rules))


def rules_of(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    rule_files: Path,
    places: Mapping[Triple, str] | None = None,
) -> tuple[CompiledAxioms, list[Rule]]:
    """Return the compiled axioms, and all rules: the compiled ones and those of the rule files.

    Raises:
        MalformedRule: a rule file is not a valid rule.
    """
    compiled = compile_axioms([*ontology, *labels_of(curated)], places)
    return compiled, [*compiled.rules, *read_rules(rule_files)]


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
