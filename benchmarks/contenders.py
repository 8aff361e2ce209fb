"""The reasoners to compare, by name: how to run each, and how to count the triples it derived."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.lines import SPACE
from benchmarks.nemo_program import NemoProgram
from kg.namespaces import RDF
from kg.reasoning.axioms.compiler import compile_axioms
from kg.sources.files import read_file

SIZES: Final = (50_000, 400_000, 2_000_000, 8_000_000)
_GLOCAL: Final = str(Path(sys.executable).with_name("glocal"))
_PEERS: Final = str(Path(__file__).with_name("peers.py"))
_TYPE: Final = RDF["type"].value


def _nothing(folder: Path, out: Path) -> None:
    """Do nothing: most contenders need no preparation."""


@dataclass(frozen=True)
class Contender:
    """A reasoner that reads `facts.nt` and an ontology from a folder and writes below that folder.

    `prepare` gets that folder and the contender's own folder in it; its time is not measured.
    `words` is the contender's label in the table. A slow contender is run only once.
    """

    words: str
    command: Callable[[Path], list[str]]
    count: Callable[[Path], int]
    sizes: Sequence[int] = SIZES
    prepare: Callable[[Path, Path], None] = _nothing
    is_slow: bool = False


def reason(folder: Path, ontology: str = "ontology.ttl") -> list[str]:
    """Return the command that runs `glocal reason`."""
    facts, axioms, out = folder / "facts.nt", folder / ontology, folder / "ours" / "derived.nt"
    return [_GLOCAL, "reason", str(facts), "--ontology", str(axioms), "--out", str(out)]


def peer(name: str, *options: str) -> Callable[[Path], list[str]]:
    """Return a function from a folder to the command that runs a peer on it."""
    return lambda folder: [sys.executable, _PEERS, name, str(folder), *options]


def nemo_program(folder: Path, out: Path, ontology: str = "ontology.ttl") -> None:
    """Write our rules as a Nemo program that reads N-Triples."""
    program = _rules_for_nemo(folder / ontology, out)
    (out / "program.rls").write_text(program.over_triples(folder / "facts.nt"), encoding="utf-8")


def _nemo_program_and_tables(folder: Path, out: Path) -> None:
    program, tables = _rules_for_nemo(folder / "ontology.ttl", out), out / "tables"
    program.write_tables(folder / "facts.nt", tables)
    (out / "program.rls").write_text(program.over_tables(tables), encoding="utf-8")


def _rules_for_nemo(ontology: Path, out: Path) -> NemoProgram:
    program = NemoProgram(compile_axioms(read_file(ontology)).rules)
    (out / "exported.txt").write_text("\n".join(program.exported), encoding="utf-8")
    return program


def _row_counter(name: str) -> Callable[[Path], int]:
    """Return a function that counts the rows of all tables that Nemo wrote."""
    return lambda folder: sum(map(_count_lines, (folder / name / "derived").glob("*.csv")))


def _new_triple_counter(name: str) -> Callable[[Path], int]:
    """Return a function that counts the triples of a closure that are new and about the graph.

    The closure also has triples about the ontology itself, or with `owl:Thing` as the type.
    """

    def count(folder: Path) -> int:
        closure = _count_graph_triples(folder / name / "closure.tsv", "\t")
        return closure - _count_graph_triples(folder / "facts.nt", " ")

    return count


def _count_graph_triples(path: Path, separator: str) -> int:
    """Count the triples about the graph's own things, with its own properties and classes."""
    total = 0
    with path.open(encoding="utf-8") as file:
        for line in file:
            subject, predicate, object_ = line.split(separator, 2)
            is_typing = predicate.strip("<>") == _TYPE and SPACE in object_
            total += f"{SPACE}/id/" in subject and (SPACE in predicate or is_typing)
    return total


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


CONTENDERS: Final[Mapping[str, Contender]] = {
    "ours": Contender(
        words="`glocal reason`",
        command=reason,
        count=lambda folder: _count_lines(folder / "ours" / "derived.nt"),
    ),
    "nemo": Contender(
        words="Nemo, from the same N-Triples",
        command=peer("nemo"),
        count=_row_counter("nemo"),
        prepare=nemo_program,
    ),
    "nemo-tables": Contender(
        words="Nemo, from a CSV file per class and property, prepared beforehand",
        command=peer("nemo-tables"),
        count=_row_counter("nemo-tables"),
        sizes=SIZES[:3],
        prepare=_nemo_program_and_tables,
    ),
    "reasonable": Contender(
        words="reasonable, which ignores property chains",
        command=peer("reasonable"),
        count=_new_triple_counter("reasonable"),
        sizes=SIZES[:3],
        is_slow=True,
    ),
    "owlrl": Contender(
        words="owlrl",
        command=peer("owlrl"),
        count=_new_triple_counter("owlrl"),
        sizes=SIZES[:1],
        is_slow=True,
    ),
}
