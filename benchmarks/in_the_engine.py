"""Time proofs and what-ifs in the engine, without HTTP, and print the times as JSON.

    .venv/bin/python benchmarks/in_the_engine.py FOLDER

FOLDER was written by `governance.py`. A few hundred questions of each kind are timed, in
milliseconds. Some more are asked before, to build the indexes; in a service, the first questions
build them.
"""

import argparse
import gc
import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, cast

from kg.namespaces import GRAPH, ID
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.derivation.materialisation import Materialisation
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.matching import CodedRules
from kg.reasoning.facts.relations import TripleIndex
from kg.reasoning.proofs.proof import EvidenceGraph
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.proofs.search import FactsAndRules, ProofSearch
from kg.reasoning.rules.rule import predicates_of
from kg.reasoning.whatif.incremental import Layer
from kg.sources.files import read_file
from kg.statuses import Base, Standing, Status, World

_QUESTIONS: Final = 500
_WARMING_UP: Final = 100
_HUBS: Final = 20
_LEAF_EDGES: Final = ("attends", "signs", "twinnedWith", "memberOf")
# An issue that a network addresses: hundreds or thousands of member cities engage in it through
# this edge.
_HUB_EDGES: Final = ("addresses",)


class _OneBase:
    """A stand-in for a release in `FactsAndRules`; all asserted triples are Facts in one graph."""

    def __init__(self, facts: TripleIndex, asserted: TripleIndex) -> None:
        self.layers, self.additions = (facts,) * len(Base), dict[World, tuple[TripleIndex, ...]]()
        self.curators = ID["nobody"]
        self._facts, self._asserted = facts, asserted
        self._evidence = (EvidenceGraph(GRAPH["asserted"], Status.FACT),)

    def base(self, codes: CodedTriple) -> Base | None:
        """See `ReleaseFacts.base`."""
        return Base.FACT if codes in self._facts else None

    def evidence(self, codes: CodedTriple, _standing: Standing) -> tuple[EvidenceGraph, ...]:
        """See `ReleaseFacts.evidence`."""
        return self._evidence if codes in self._asserted else ()


class Engine:
    """The graph and its closure, indexed in the way explain and what-if index a release."""

    def __init__(self, folder: Path) -> None:
        rules = compile_axioms(read_file(folder / "ontology.ttl")).rules
        self._vocabulary = TermDictionary()
        assertions = Assertions(self._vocabulary, predicates_of(rules))
        assertions.read_file(folder / "facts.nt", lambda _: None)
        self.asserted = Materialisation(assertions).facts
        closure = Materialisation(assertions)
        start = time.perf_counter()
        closure.derive(rules, DerivationLimits(50_000_000, 600), lambda _: None)
        self.seconds_anew = time.perf_counter() - start
        self.facts = closure.facts
        self._view = FactsAndRules(
            cast(ReleaseFacts, _OneBase(self.facts, self.asserted)),
            CodedRules(rules, self._vocabulary),
            Standing(Base.FACT),
        )
        self._layer = Layer(
            self.facts,
            rules,
            self._vocabulary,
            is_asserted=self.asserted.__contains__,
        )

    def derived(self) -> list[CodedTriple]:
        """Return the triples that are not asserted."""
        return [codes for codes in self.facts if codes not in self.asserted]

    def edges(self, names: Sequence[str]) -> list[CodedTriple]:
        """Return the asserted triples of these properties."""
        return [
            (subject, predicate, object_)
            for predicate, relation in self.asserted.relations.items()
            if str(self._vocabulary.decode(predicate)).endswith(
                tuple(f"#{name}>" for name in names)
            )
            for subject, object_ in relation
        ]

    def prove(self, triples: Sequence[CodedTriple]) -> None:
        """Find the smallest proof of each triple."""
        for codes in triples:
            search = ProofSearch(self._view, codes, smallest_only=True)
            next(search.proofs())

    def add(self, triples: Sequence[CodedTriple]) -> None:
        """Compute what would newly follow, and undo the change."""
        self._suppose(triples, ())

    def remove(self, triples: Sequence[CodedTriple]) -> None:
        """Compute what would no longer follow, and undo the change."""
        self._suppose((), triples)

    def _suppose(self, added: Sequence[CodedTriple], removed: Sequence[CodedTriple]) -> None:
        with ExitStack() as undoing:
            undoing.enter_context(self.asserted.undo_on_exit())
            undoing.enter_context(self.facts.undo_on_exit())
            for codes in added:
                self.asserted.add(codes)
            for codes in removed:
                self.asserted.remove(codes)
            self._layer.change(added, removed)


def timed(
    ask: Callable[[Sequence[CodedTriple]], None], questions: Sequence[Sequence[CodedTriple]]
) -> list[float]:
    """Ask each question and return its milliseconds."""
    times = []
    for question in questions:
        start = time.perf_counter()
        ask(question)
        times.append(1000 * (time.perf_counter() - start))
    return times


def measure(engine: Engine) -> Mapping[str, Sequence[float]]:
    """Return milliseconds by kind of question; `anew` is the time to derive everything again."""
    generator = random.Random(0)  # noqa: S311 (not used for security)
    count = _QUESTIONS + _WARMING_UP
    leaves, hubs = engine.edges(_LEAF_EDGES), engine.edges(_HUB_EDGES)
    to_prove = [[codes] for codes in generator.sample(engine.derived(), count)]
    to_add = [[_crossed(*generator.sample(leaves, 2)) for _ in range(5)] for _ in range(count)]
    to_remove = [generator.sample(leaves, 1 + number % 5) for number in range(count)]
    return {
        "anew": [1000 * engine.seconds_anew],
        "prove": timed(engine.prove, to_prove)[_WARMING_UP:],
        "add": timed(engine.add, to_add)[_WARMING_UP:],
        "remove": timed(engine.remove, to_remove)[_WARMING_UP:],
        "remove near a hub": timed(
            engine.remove, [[edge] for edge in generator.sample(hubs, min(_HUBS, len(hubs)))]
        ),
    }


def _crossed(first: CodedTriple, second: CodedTriple) -> CodedTriple:
    """Return the second triple with the subject of the first; both subjects are cities."""
    return first[0], second[1], second[2]


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description="Time proofs and what-ifs in the engine.")
    parser.add_argument("folder", type=Path)
    gc.disable()  # as the reasoner does: there are no reference cycles
    engine = Engine(parser.parse_args().folder)
    sys.stdout.write(json.dumps(measure(engine)) + "\n")


if __name__ == "__main__":
    main()
