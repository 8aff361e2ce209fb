"""Derived triples as integers -> a file, written beside its name first and then put there.

The whole way: read, compile, derive, write, and an account of it.
"""

import gzip
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import Quad, RdfFormat, Triple, serialize

from kg.errors import MalformedInput
from kg.namespaces import OWL, PREFIXES
from kg.reasoning.axioms.compiler import CompiledAxioms, compile_axioms
from kg.reasoning.axioms.fixed_rules import datatype_rules, rdfs_rules
from kg.reasoning.axioms.schema_rules import schema_rules
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.closure import Materialisation, Part
from kg.reasoning.derivation.levels import predicates_of
from kg.reasoning.derivation.limits import Limits, no_garbage_collection
from kg.reasoning.facts.dictionary import Vocabulary
from kg.reasoning.rules.rule import Rule, read_rules
from kg.sources.files import format_of, read_file

_LINES_IN_ONE_WRITE: Final = 10_000
# N-Triples lines are N-Quads of the default graph.
_BY_LINE: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)


def write(path: Path, parts: Iterable[Part], vocabulary: Vocabulary) -> None:
    """Writes the triples in the format that the path's ending says, gzipped if it ends in .gz.

    Whatever happens on the way, the path is left as it was or holds all of it.

    Raises:
        MalformedFile: the ending is none of RDF.
        OSError: there is no room, or no right to write.
    """
    rdf_format = format_of(path)
    with _replacing(path) as file:
        if rdf_format in _BY_LINE:
            spellings = vocabulary.spellings()
            for part in parts:
                lines = _lines(part, spellings)
                while chunk := "".join(islice(lines, _LINES_IN_ONE_WRITE)):
                    file.write(chunk.encode())
        else:
            triples = (triple for part in parts for triple in _triples(part, vocabulary))
            serialize(triples, file, rdf_format, prefixes=dict(PREFIXES))


def _lines(part: Part, spellings: Sequence[str]) -> Iterator[str]:
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


def _triples(part: Part, vocabulary: Vocabulary) -> Iterator[Triple]:
    for key, values in part.side.items():
        for value in values:
            subject, object_ = (key, value) if part.is_forward else (value, key)
            yield vocabulary.decode_triple((subject, part.predicate, object_))


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") if path.suffix != ".gz" else gzip.open(beside, "wb", 5) as file:
            yield cast(IO[bytes], file)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@dataclass(frozen=True)
class Report:
    """What came of it.

    Attributes:
        statements: how many were read from the facts and the ontology.
        left_out: how many of them have a triple as a term, about which nothing is derived.
        rules: how many rules there were.
        uncompiled: the axioms that no rule says, with the reason.
        rounds: of the evaluation.
        derived: how many triples follow that are not asserted.
        by_rule: how many triples each rule was the first to derive.
        contradictions: rule and the triples that clash.
    """

    statements: int
    left_out: int
    rules: int
    uncompiled: Sequence[str]
    rounds: int
    derived: int
    by_rule: dict[str, int]
    contradictions: Sequence[tuple[str, tuple[Triple, ...]]]


def materialise(
    facts: Sequence[Path],
    ontology: Sequence[Path] = (),
    rules: Path | None = None,
    out: Path | None = None,
    *,
    with_schema: bool = False,
    max_triples: int = 20_000_000,
    max_seconds: float = 3600,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Derives all that follows from facts by the axioms of an ontology and by rule files.

    What the ontology says of individuals counts as facts too. Statuses of rules are not told
    apart; rules of a status that does not hold are left out.

    Args:
        facts: N-Triples, N-Quads, Turtle or TriG, gzipped or not; graph names are ignored.
        ontology: the files whose axioms are compiled; other axioms are facts like any other.
        rules: a folder of `<rule>.rq`.
        out: gets what is derived; the ending says the format. Without it only the account is made.
        with_schema: also derive what follows among axioms, and literals that are ill-typed, by
            table 9 and 8 of OWL 2 RL and by RDFS.
        max_triples: derived ones.
        max_seconds: of deriving.
        tell: is told what is being done.

    Raises:
        MalformedInput: a file that cannot be read, a folder that is not there or has no rule, or
            an output that would replace what is read.
        LimitExceeded: there is more to derive than allowed.
        UnstratifiedRules: a rule depends on its own negation or aggregate.
    """
    if out is not None:
        _refuse_output(out, [*facts, *ontology])
    modules = [quad for path in ontology for quad in read_file(path)]
    further = _read_rules(rules) if rules else []
    if with_schema:
        further += [*schema_rules(modules), *datatype_rules(), *rdfs_rules()]
    with no_garbage_collection():
        compiled, known, assertions = _prepared(facts, modules, further, tell)
        vocabulary = assertions.vocabulary
        materialisation = Materialisation(assertions)
        tell(f"deriving from {assertions.statements:,} statements by {len(known):,} rules")
        clashes = materialisation.derive(known, Limits(max_triples, max_seconds), tell)
        parts = Counted(materialisation.derived())
        if out is not None:
            tell(f"writing {out}")
            write(out, parts, vocabulary)
        for _ in parts:
            pass
    decode = vocabulary.decode_triple
    return Report(
        assertions.statements,
        assertions.left_out,
        len(known),
        compiled.uncompiled,
        materialisation.rounds,
        parts.triples,
        dict(materialisation.counts.most_common()),
        [(rule, tuple(map(decode, codes))) for rule, codes in sorted(clashes)],
    )


def _refuse_output(out: Path, read: Sequence[Path]) -> None:
    """Fails before hours of work rather than after them."""
    format_of(out)
    if not out.parent.is_dir():
        raise MalformedInput(f"{out}: there is no folder {out.parent} to write to")
    if out.resolve() in {path.resolve() for path in read}:
        raise MalformedInput(f"{out}: what is derived would replace what is read")


def _read_rules(folder: Path) -> list[Rule]:
    rules = read_rules(folder, needs_header=False)
    if not rules:
        what = "holds no rule file (*.rq)" if folder.is_dir() else "is no folder"
        raise MalformedInput(f"{folder} {what}")
    return rules


def _prepared(
    facts: Sequence[Path],
    modules: Sequence[Quad],
    further: Sequence[Rule],
    tell: Callable[[str], None],
) -> tuple[CompiledAxioms, list[Rule], Assertions]:
    """The rules, and of the facts what they read: of most ontologies that is not all."""
    same_as = OWL["sameAs"]
    for facts_make_equal in (False, True):
        compiled = compile_axioms(modules, facts_make_equal=facts_make_equal)
        known = [*compiled.rules, *further]
        known = [rule for rule in known if rule.status is None or rule.status.holds]
        wanted = predicates_of(known)
        assertions = Assertions(Vocabulary(), None if wanted is None else {*wanted, same_as})
        for path in facts:
            assertions.read(path, tell)
        assertions.add(modules)
        is_said = assertions.vocabulary.encode(same_as) in assertions.columns
        if not is_said or wanted is None or same_as in wanted:
            break
        tell("the facts say owl:sameAs, so all of them count: reading them again")
    return compiled, known, assertions


class Counted(Iterator[Part]):
    """Parts, and how many triples have gone by."""

    def __init__(self, parts: Iterator[Part]) -> None:
        self._parts, self.triples = parts, 0

    def __next__(self) -> Part:
        part = next(self._parts)
        self.triples += sum(map(len, part.side.values()))
        return part
