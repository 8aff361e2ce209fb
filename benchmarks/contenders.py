"""Who derives what follows, by name: how each is run, and how what it derived is counted."""

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
    """Most need nothing beforehand."""


@dataclass(frozen=True)
class Contender:
    """One that reads `facts.nt` and an ontology from a folder and writes below that folder.

    What `prepare` does is not measured; it is given the folder and the contender's own in it.
    """

    words: str
    command: Callable[[Path], list[str]]
    count: Callable[[Path], int]
    sizes: Sequence[int] = SIZES
    prepare: Callable[[Path, Path], None] = _nothing
    is_slow: bool = False


def reason(folder: Path, ontology: str = "ontology.ttl") -> list[str]:
    """Our own command."""
    facts, axioms, out = folder / "facts.nt", folder / ontology, folder / "ours" / "derived.nt"
    return [_GLOCAL, "reason", str(facts), "--ontology", str(axioms), "--out", str(out)]


def peer(name: str, *options: str) -> Callable[[Path], list[str]]:
    """The command that runs a peer."""
    return lambda folder: [sys.executable, _PEERS, name, str(folder), *options]


def nemo_program(folder: Path, out: Path, ontology: str = "ontology.ttl") -> None:
    """Writes our rules as a program for Nemo that reads the N-Triples."""
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


def _rows(name: str) -> Callable[[Path], int]:
    """Counts the rows of all tables that Nemo wrote."""
    return lambda folder: sum(map(_lines, (folder / name / "derived").glob("*.csv")))


def _beyond_facts(name: str) -> Callable[[Path], int]:
    """Counts a closure's triples about the graph's things in its words, less the asserted ones.

    The other triples are about the ontology itself, or say that things are things.
    """

    def count(folder: Path) -> int:
        return _own_words(folder / name / "closure.tsv", "\t") - _own_words(
            folder / "facts.nt", " "
        )

    return count


def _own_words(path: Path, separator: str) -> int:
    total = 0
    with path.open(encoding="utf-8") as file:
        for line in file:
            subject, predicate, object_ = line.split(separator, 2)
            says_type = predicate.strip("<>") == _TYPE and SPACE in object_
            total += f"{SPACE}/id/" in subject and (SPACE in predicate or says_type)
    return total


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


CONTENDERS: Final[Mapping[str, Contender]] = {
    "ours": Contender(
        words="`glocal reason`",
        command=reason,
        count=lambda folder: _lines(folder / "ours" / "derived.nt"),
    ),
    "nemo": Contender(
        words="Nemo, from the same N-Triples",
        command=peer("nemo"),
        count=_rows("nemo"),
        prepare=nemo_program,
    ),
    "nemo-tables": Contender(
        words="Nemo, from a CSV file per class and property, made beforehand",
        command=peer("nemo-tables"),
        count=_rows("nemo-tables"),
        sizes=SIZES[:3],
        prepare=_nemo_program_and_tables,
    ),
    "reasonable": Contender(
        words="reasonable, which leaves out property chains",
        command=peer("reasonable"),
        count=_beyond_facts("reasonable"),
        sizes=SIZES[:3],
        is_slow=True,
    ),
    "owlrl": Contender(
        words="owlrl",
        command=peer("owlrl"),
        count=_beyond_facts("owlrl"),
        sizes=SIZES[:1],
        is_slow=True,
    ),
}
