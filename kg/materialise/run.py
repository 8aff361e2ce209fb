"""The whole way: read, compile, derive, write, and an account of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Triple

from kg.axioms import compile_axioms
from kg.facts import Vocabulary
from kg.materialise.assertions import Assertions
from kg.materialise.materialisation import Materialisation, Part
from kg.materialise.output import write
from kg.read import read_file
from kg.read.files import format_of
from kg.reason import predicates_of
from kg.reason.limits import Limits
from kg.reason.memory import no_garbage_collection
from kg.rules import read_rules


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
    max_triples: int = 50_000_000,
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
        max_triples: derived ones.
        max_seconds: of deriving.
        tell: is told what is being done.

    Raises:
        MalformedInput: a file that cannot be read.
        LimitExceeded: there is more to derive than allowed.
        UnstratifiedRules: a rule depends on its own negation or aggregate.
    """
    if out is not None:
        format_of(out)
    modules = [quad for path in ontology for quad in read_file(path)]
    compiled = compile_axioms(modules)
    known = [*compiled.rules, *(read_rules(rules) if rules else ())]
    known = [rule for rule in known if rule.status is None or rule.status.holds]
    with no_garbage_collection():
        vocabulary = Vocabulary()
        assertions = Assertions(vocabulary, predicates_of(known))
        for path in facts:
            assertions.read(path, tell)
        assertions.add(modules)
        materialisation = Materialisation(assertions, vocabulary)
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


class Counted(Iterator[Part]):
    """Parts, and how many triples have gone by."""

    def __init__(self, parts: Iterator[Part]) -> None:
        self._parts, self.triples = parts, 0

    def __next__(self) -> Part:
        part = next(self._parts)
        self.triples += sum(map(len, part.side.values()))
        return part
