"""Build a release: read, validate, derive, assemble, write."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

from pyoxigraph import Quad, RdfFormat, Triple

from kg.content import Content, own_content
from kg.describe.json_ld_context import read_contexts
from kg.describe.json_ld_frames import read_frames
from kg.errors import Contradiction, ValidationFailed
from kg.namespaces import DESCRIBING_PREFIXES, ID
from kg.reasoning.axioms.compiler import CompiledAxioms, compile_axioms
from kg.reasoning.derivation import release_graphs
from kg.reasoning.derivation.derive import Derivations, derive
from kg.reasoning.derivation.limits import garbage_collection_paused
from kg.reasoning.rules.compiled_rules import write_compiled_rules
from kg.reasoning.rules.rule import Rule, read_rules
from kg.release.background import BackgroundCall
from kg.release.check_files import read_alignments_and_shapes
from kg.release.check_limited_premises import find_limited_premises
from kg.release.dumps import DUMPS, ReleaseContent
from kg.release.inherited_qualifiers import inherit_qualifiers
from kg.release.void import describe_in_void, read_dataset
from kg.sources.folders import DATASET_FILE, read_curated, read_ontology, statement_places
from kg.statuses import describe_view
from kg.store.release_folder import VOID_FILE, prepare_target, write_release
from kg.store.saved_queries import read_every_query
from kg.store.serialization import gzip_text, serialize_sorted
from kg.validation.curated import validate
from kg.validation.findings import Finding

_TOOLS: Final = ("pyoxigraph", "pyshacl", "rdflib")


class Reasoned(NamedTuple):
    """The rules, the compiled ones before those of the rule files, and what they derive."""

    compiled: CompiledAxioms
    rules: list[Rule]
    closure: Derivations


# A build creates hundreds of thousands of small objects and frees none before its end; without
# garbage collection it takes a fifth less time.
@garbage_collection_paused()
def build(
    out: Path | None = None,
    *,
    content: Content | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Build a release of a content, the project's by default; same input, same bytes.

    Returns its folder: by default `releases/<hash>`, and `releases/newest` is then set to point to
    it. `tell` is called with the name of each stage as it begins. Raises BrokenRelease, before any
    work, for a folder that cannot be written in or has other files; MalformedInput for a file that
    cannot be read, OtherBaseIri, ValidationFailed with the findings, and Contradiction, with a
    proof, if statements that hold contradict each other.
    """
    prepare_target(out)
    content = content or own_content()
    content.require_own_names(content.root)
    tell("reading")
    ontology, curated = read_ontology(content.ontology), read_curated(content)
    tell("validating")
    validating = partial(_validate_all, curated, ontology, content)
    with ExitStack() as stack:
        validation = stack.enter_context(_Validation(validating))
        tell("deriving")
        places = statement_places(ontology, content.ontology)
        try:
            reasoned = reason_over(curated, ontology, content, places=places)
        except Contradiction as error:
            from kg.reasoning.proofs.explainer import format_contradiction, prove_contradiction

            _, rules = _compile_and_read_rules(curated, ontology, content, places)
            proof = prove_contradiction(error, curated, ontology, rules, ID[content.curators])
            text = format_contradiction(proof, content)
            raise Contradiction(error.rule, error.terms, error.triples, text) from error
        tell("writing")
        curators = ID[content.curators]
        closure = inherit_qualifiers(reasoned.closure, curated, reasoned.rules, curators)
        quads = release_graphs.assemble_release(
            curated, ontology, closure, reasoned.rules, curators
        )
        counted = release_graphs.count_triples(quads, release_graphs.statuses_of_evidence(curated))

        def start_dumps(stored: list[Quad]) -> Callable[[], Mapping[str, bytes]]:
            making = partial(make_description_and_dumps, stored, counted["graphs"], content)
            dumps = stack.enter_context(BackgroundCall(making))

            def finish() -> Mapping[str, bytes]:
                validation.require_no_findings()
                return dumps.result

            return finish

        manifest = {"counts": counted, **_summary(reasoned)}
        compiled = write_compiled_rules(reasoned.compiled.rules)
        return write_release(
            quads, manifest, out, content=content, compiled_rules=compiled, beside=start_dumps
        )


def _validate_all(
    curated: Sequence[Quad], ontology: Sequence[Quad], content: Content
) -> list[Finding]:
    """Return the findings about the quads, or else about the other files that a release carries."""
    findings = validate(curated, ontology, content)
    read_every_query(content)
    contexts = read_contexts(content.ontology)
    read_frames(content.ontology / "frames", list(contexts.values())[-1])
    findings = findings or read_alignments_and_shapes(content.ontology).findings
    if not findings:
        rules = read_rules(content.rules, languages=content.languages)
        # The build itself reports a contradiction.
        with suppress(Contradiction):
            findings = find_limited_premises(curated, ontology, rules, content)
    return findings


class _Validation(BackgroundCall[list[Finding]]):
    """Validation while the stages after it run already; its findings come before their errors."""

    def require_no_findings(self) -> None:
        """Wait for the findings, and raise them as `ValidationFailed` if there are some."""
        if self.result:
            raise ValidationFailed(self.result)

    def __exit__(self, *raised: object) -> None:
        try:
            # An interrupt does not wait.
            if isinstance(raised[1], Exception):
                self.require_no_findings()
        finally:
            super().__exit__(*raised)


def reason_over(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    content: Content | None = None,
    *,
    places: Mapping[Triple, str] | None = None,
) -> Reasoned:
    """Compile the axioms, read the rule files of the content, and derive all that follows.

    `places` has the file and line of each axiom, as `statement_places` returns them. Raises
    MalformedRule for a rule file, Contradiction if statements that hold contradict each other.
    """
    compiled, rules = _compile_and_read_rules(curated, ontology, content or own_content(), places)
    return Reasoned(compiled, rules, derive(release_graphs.premises_of(curated), rules))


def _compile_and_read_rules(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    content: Content,
    places: Mapping[Triple, str] | None = None,
) -> tuple[CompiledAxioms, list[Rule]]:
    compiled = compile_axioms([*ontology, *release_graphs.labels_of(curated)], places)
    rules = []
    for rule in compiled.rules:
        chosen = rule.sentence.keys() & content.languages or {"en"}
        sentence = {name: text for name, text in rule.sentence.items() if name in chosen}
        rules.append(replace(rule, sentence=sentence))
    files = read_rules(content.rules, languages=content.languages)
    return replace(compiled, rules=rules), [*rules, *files]


def make_description_and_dumps(
    quads: Sequence[Quad], graphs: Mapping[str, int], content: Content
) -> dict[str, bytes]:
    """Return the files of a release other than its quads, by path; same input, same bytes.

    `graphs` has the number of triples by graph. Raises MalformedFile if `dataset.ttl` lacks a
    title, a description or the licence.
    """
    path = content.curated / DATASET_FILE
    about_dataset = read_dataset(path, content.languages) if path.exists() else []
    dumped = ReleaseContent(quads, about_dataset)
    void = describe_in_void(dumped.default_graph, graphs, about_dataset)
    dumps = (dump for dump in DUMPS.values() if not dump.is_source)
    return {
        VOID_FILE: serialize_sorted(void, RdfFormat.TURTLE, DESCRIBING_PREFIXES),
        **{dump.file: gzip_text(dump.write(dumped)) for dump in dumps},
    }


def _summary(reasoned: Reasoned) -> dict[str, Any]:
    """Return the part of release.json about versions, rules and derived triples."""
    compiled, rules, closure = reasoned.compiled, reasoned.rules, reasoned.closure
    return {
        "version": version("glocal-kg"),
        "derived": _tally(describe_view(each.standing) for each in closure.derivations),
        "rules": {
            "axioms": len(compiled.rules),
            "files": len(rules) - len(compiled.rules),
            "not compiled": compiled.uncompiled,
            "triples": _tally(derivation.rule for derivation in closure.derivations),
        },
        "contradictions in worlds": len(closure.contradictions),
        "shapes": "conforms",
        "tools": {tool: version(tool) for tool in _TOOLS},
    }


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
