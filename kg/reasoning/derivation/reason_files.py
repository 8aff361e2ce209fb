"""Derive what follows from anybody's RDF files, for `glocal reason`."""

import gzip
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import Quad, RdfFormat, Triple, serialize

from kg.errors import MalformedInput
from kg.namespaces import OWL, PREFIXES, RDFS
from kg.reasoning.axioms.compiler import CompiledAxioms, compile_axioms
from kg.reasoning.axioms.fixed_rules import datatype_rules, rdfs_rules, schema_rules
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.limits import DerivationLimits, garbage_collection_paused
from kg.reasoning.derivation.materialisation import Materialisation, PredicateTriples
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.rules.rule import Rule, predicates_of, read_own_rules
from kg.sources.files import format_of
from kg.sources.imports import read_with_imports
from kg.store.atomic_folders import open_replacement

_Parts = Iterable[PredicateTriples]

# The remedy for an import that is missing.
REMEDY: Final = "--import {iri}=FILE, or the file with --ontology"
_OF_AXIOMS: Final = frozenset(
    str(predicate)
    for predicate in (
        *(RDFS[name] for name in ("subClassOf", "subPropertyOf", "domain", "range")),
        *(OWL[name] for name in ("equivalentClass", "disjointWith", "inverseOf", "imports")),
        *(OWL[name] for name in ("equivalentProperty", "propertyChainAxiom", "onProperty")),
    )
)
_LINES_PER_WRITE: Final = 10_000
# An N-Triples line is also an N-Quads line of the default graph.
_LINE_FORMATS: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)


@dataclass(frozen=True)
class MaterialisationReport:
    """The outcome of a materialisation; numbers are counts.

    `statements` are the triples of the facts and the ontology; those `left_out` have a triple as a
    term. `uncompiled` are axioms without rules and imports without files, each once, with the
    reasons; `in_facts` are the predicates of axioms in the facts, of which no rules are made.
    `derived` are the triples that are not asserted, `by_rule` those that each rule was the first to
    derive, most first.
    """

    statements: int
    left_out: int
    rules: int
    uncompiled: Sequence[str]
    rounds: int
    derived: int
    by_rule: dict[str, int]
    contradictions: Sequence[tuple[str, tuple[Triple, ...]]]
    in_facts: Sequence[str] = ()


def materialise(
    facts: Sequence[Path],
    ontology: Sequence[Path] = (),
    rules: Path | None = None,
    out: Path | None = None,
    *,
    imports: Mapping[str, Path] | None = None,
    with_schema: bool = False,
    max_triples: int = 20_000_000,
    max_seconds: float = 3600,
    tell: Callable[[str], None] = lambda _: None,
) -> MaterialisationReport:
    """Derive everything that follows from facts by the axioms of an ontology and rule files.

    The triples of the ontology count as facts too, but axioms in the facts are not compiled, and
    graph names are ignored. `imports` has the files of ontologies that the ontology may import, by
    IRI; nothing is loaded from elsewhere. Of the rules `<rule>.rq` in a folder, those whose status
    does not hold are ignored, and all others treated alike. `with_schema` also derives what follows
    among the axioms and finds ill-typed literals, by tables 9 and 8 of OWL 2 RL and by RDFS.

    Raises:
        MalformedInput: a file cannot be read, the rules folder is missing or has no rules, or
            the output would overwrite an input.
        LimitExceeded: more than `max_triples` are derived, or that alone takes `max_seconds`.
        UnstratifiedRules: a rule depends on its own negation or aggregate.
    """
    if out is not None:
        _check_output(out, [*facts, *ontology, *(imports or {}).values()])
    ontology_quads, found = read_with_imports(ontology, imports or {})
    extra_rules = read_own_rules(rules) if rules else []
    if with_schema:
        extra_rules += [*schema_rules(ontology_quads), *datatype_rules(), *rdfs_rules()]
    with garbage_collection_paused():
        others = [path for path in facts if path not in ontology]
        compiled, used, assertions, in_facts = _compile_and_read(
            others, ontology_quads, extra_rules, tell
        )
        materialisation = Materialisation(assertions)
        tell(f"deriving from {assertions.statements:,} statements by {len(used):,} rules")
        clashes = materialisation.derive(used, DerivationLimits(max_triples, max_seconds), tell)
        sizes: list[int] = []
        parts = _noting_sizes(materialisation.derived_parts(), sizes)
        if out is None:
            deque(parts, maxlen=0)
        else:
            tell(f"writing {out}")
            write_triples(out, parts, assertions.vocabulary)
    decode = assertions.vocabulary.decode_triple
    return MaterialisationReport(
        assertions.statements,
        assertions.left_out,
        len(used),
        [*found.notes(REMEDY), *compiled.uncompiled],
        materialisation.rounds,
        sum(sizes),
        dict(materialisation.counts.most_common()),
        [(rule, tuple(map(decode, codes))) for rule, codes in sorted(clashes)],
        in_facts,
    )


def _check_output(out: Path, inputs: Sequence[Path]) -> None:
    """Check the output path and its extension now, rather than after hours of work."""
    format_of(out)
    if not out.parent.is_dir():
        raise MalformedInput(f"{out}: the folder {out.parent} does not exist")
    if out.resolve() in {path.resolve() for path in inputs}:
        raise MalformedInput(f"{out}: the output would overwrite an input file")


def _compile_and_read(
    facts: Sequence[Path],
    ontology: Sequence[Quad],
    extra_rules: Sequence[Rule],
    tell: Callable[[str], None],
) -> tuple[CompiledAxioms, list[Rule], Assertions, list[str]]:
    """Compile the rules, then read only the facts whose predicates the rules mention.

    Also returns the predicates of axioms in the facts.

    If the facts contain owl:sameAs and no rule mentions it, the rules are compiled again for
    equality and everything is read.
    """
    same_as = OWL["sameAs"]
    for facts_make_equal in (False, True):
        compiled = compile_axioms(ontology, facts_make_equal=facts_make_equal)
        known = [*compiled.rules, *extra_rules]
        rules = [rule for rule in known if rule.status is None or rule.status.holds]
        wanted = predicates_of(rules)
        assertions = Assertions(TermDictionary(), None if wanted is None else {*wanted, same_as})
        for path in facts:
            assertions.read_file(path, tell)
        in_facts = assertions.predicates & _OF_AXIOMS
        assertions.add(ontology)
        has_same_as = assertions.vocabulary.encode(same_as) in assertions.columns
        if not has_same_as or wanted is None or same_as in wanted:
            break
        tell("the facts contain owl:sameAs, so every predicate matters: reading them again")
    return compiled, rules, assertions, sorted(in_facts)


def _noting_sizes(parts: _Parts, sizes: list[int]) -> Iterator[PredicateTriples]:
    for part in parts:
        sizes.append(sum(map(len, part.side.values())))
        yield part


def write_triples(path: Path, parts: _Parts, vocabulary: TermDictionary) -> None:
    """Write the triples in the format of the file extension, gzipped if the path ends in .gz.

    If writing fails (with an OSError), the path keeps its previous content.
    """
    rdf_format = format_of(path)
    is_gzip = path.suffix == ".gz"
    with (
        open_replacement(path) as plain,
        cast(IO[bytes], gzip.open(plain, "wb", 5)) if is_gzip else nullcontext(plain) as file,
    ):
        if rdf_format in _LINE_FORMATS:
            spellings = vocabulary.spellings()
            for part in parts:
                lines = _lines(part, spellings)
                while chunk := "".join(islice(lines, _LINES_PER_WRITE)):
                    file.write(chunk.encode())
        else:
            triples = (vocabulary.decode_triple(codes) for part in parts for codes in part)
            serialize(triples, file, rdf_format, prefixes=dict(PREFIXES))


def _lines(part: PredicateTriples, spellings: Sequence[str]) -> Iterator[str]:
    predicate, pairs = spellings[part.predicate], part.side.items()
    if part.is_forward:
        return (
            f"{spellings[key]} {predicate} {spellings[value]} .\n"
            for key, values in pairs
            for value in values
        )
    return (
        f"{spellings[value]} {predicate} {spellings[key]} .\n"
        for key, values in pairs
        for value in values
    )
