"""What lies in a release beside its quads: its description, and dumps in other forms.

The whole path of a triple: read, validate, derive, assemble, write.
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
    """What a release has beside its quads, by path in its folder; same input, same bytes.

    Args:
        quads: all of a release, as its store has them.
        graphs: triples by graph.
        curated_files: the folder whose `dataset.ttl`, if there is one, names the data set.

    Raises:
        MalformedFile: `dataset.ttl` lacks what a data set needs.
    """
    path = curated_files / DATASET_FILE
    said = read_dataset(path) if path.exists() else []
    content = Content(quads, said)
    void = describe(content.holding, graphs, said)
    return {
        VOID_FILE: encode_statements(void, RdfFormat.TURTLE, DESCRIBING_PREFIXES),
        **{dump.file: packed(dump.write(content)) for dump in DUMPS.values() if not dump.is_source},
    }


_TOOLS = ("pyoxigraph", "pyshacl", "rdflib")


# Hundreds of thousands of small objects, none of them given up before the end: a fifth of the time.
@no_garbage_collection()
def build(
    out: Path | None = None,
    *,
    curated_files: Path = CURATED_FILES,
    ontology_files: Path = ONTOLOGY_FILES,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """A new release from the curated files; same input, same bytes.

    Args:
        out: its folder; by default `releases/<hash>`, which `releases/newest` then points to.
        curated_files: entities, paper, background, links and source, as in `kg/curated`.
        ontology_files: modules, rules and shapes, as in `ontology`.
        tell: is told each stage as it begins.

    Raises:
        MalformedInput: a file cannot be read.
        NotValid: a shape or a structural demand is not met.
        Contradiction: what holds clashes; with its proof.
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
    return write_release(quads, {"counts": counted, **_account(reasoned)}, out, beside=beside)


@dataclass(frozen=True)
class Reasoned:
    """The rules of a project, from axioms and files, and what they derive from its premises."""

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
    """Compile the axioms, read the rule files, derive all that follows at every level.

    Args:
        curated: as `read_curated` gives them.
        ontology: as `read_ontology` gives them.
        rule_files: a folder.
        places: of the axioms, as `places_of` gives them; what has none is written nowhere.

    Raises:
        MalformedRule: a rule file is no rule.
        Contradiction: what holds clashes.
    """
    compiled, rules = rules_of(curated, ontology, rule_files, places)
    return Reasoned(compiled, rules, derive(premises(curated), rules))


def rules_of(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    rule_files: Path,
    places: Mapping[Triple, str] | None = None,
) -> tuple[CompiledAxioms, list[Rule]]:
    """What the axioms compile to, and these rules with those of the files.

    Raises:
        MalformedRule: a rule file is no rule.
    """
    compiled = compile_axioms([*ontology, *labels_of(curated)], places)
    return compiled, [*compiled.rules, *read_rules(rule_files)]


def _account(reasoned: Reasoned) -> dict[str, Any]:
    """What release.json says of versions, rules and what they gave."""
    compiled, rules, closure = reasoned.compiled, reasoned.rules, reasoned.closure
    return {
        "version": version("glocal-kg"),
        "derived": _tally(one.status.value for one in closure.derivations),
        "rules": {
            "axioms": len(compiled.rules),
            "files": len(rules) - len(compiled.rules),
            "not compiled": compiled.uncompiled,
            "triples": _tally(one.rule for one in closure.derivations),
        },
        "contradictions among what does not hold": len(closure.contradictions),
        "shapes": "conforms",
        "tools": {tool: version(tool) for tool in _TOOLS},
    }


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
