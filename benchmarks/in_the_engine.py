"""Proofs and what-ifs on a folder that `governance.py` wrote, in the engine alone, as JSON.

    .venv/bin/python benchmarks/in_the_engine.py FOLDER

Milliseconds of each question, a few hundred of each sort. Before they are timed, some are asked
to make the indexes that questions need; a service has them from its first questions on.
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

from kg.namespaces import GRAPH
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.closure import Materialisation
from kg.reasoning.derivation.levels import predicates_of
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.matching import CodedRules
from kg.reasoning.facts.relations import Facts, Index
from kg.reasoning.proofs.proof import BEYOND, HOLDING, Evidence, Standing
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.proofs.search import Search, View
from kg.reasoning.whatif.incremental import Layer
from kg.sources.files import read_file
from kg.statuses import Status

_QUESTIONS: Final = 500
_WARMING_UP: Final = 100
_HUBS: Final = 20
_LEAF_EDGES: Final = ("attends", "signs", "twinnedWith", "memberOf")
# What a network works on: hundreds or thousands of cities engage in it for that.
_HUB_EDGES: Final = ("addresses",)


class _OneLevel:
    """What `View` asks of a release, where all that is asserted is a Fact of one graph."""

    def __init__(self, facts: Facts, asserted: Facts) -> None:
        self.layers, self.groups = (facts,) * len(HOLDING), dict[Standing, Index]()
        self._facts, self._asserted = facts, asserted
        self._evidence = (Evidence(GRAPH["asserted"], Status.FACT),)

    def level(self, codes: Codes) -> int:
        """As `ReleaseFacts.level`."""
        return 0 if codes in self._facts else BEYOND

    def evidence(self, codes: Codes, _standing: Standing) -> tuple[Evidence, ...]:
        """As `ReleaseFacts.evidence`."""
        return self._evidence if codes in self._asserted else ()


class Engine:
    """The graph with all that follows, indexed as explain and what-if hold a release."""

    def __init__(self, folder: Path) -> None:
        rules = compile_axioms(read_file(folder / "ontology.ttl")).rules
        self._vocabulary = Vocabulary()
        assertions = Assertions(self._vocabulary, predicates_of(rules))
        assertions.read(folder / "facts.nt", lambda _: None)
        self.asserted = Materialisation(assertions).facts
        closure = Materialisation(assertions)
        start = time.perf_counter()
        closure.derive(rules, Limits(50_000_000, 600), lambda _: None)
        self.seconds_anew = time.perf_counter() - start
        self.facts = closure.facts
        self._view = View(
            cast(ReleaseFacts, _OneLevel(self.facts, self.asserted)),
            CodedRules(rules, self._vocabulary),
        )
        self._layer = Layer(
            self.facts,
            rules,
            self._vocabulary,
            is_asserted=self.asserted.__contains__,
        )

    def derived(self) -> list[Codes]:
        """All that is not asserted."""
        return [codes for codes in self.facts if codes not in self.asserted]

    def edges(self, names: Sequence[str]) -> list[Codes]:
        """The asserted triples of these properties."""
        return [
            (subject, predicate, object_)
            for predicate, relation in self.asserted.relations.items()
            if str(self._vocabulary.decode(predicate)).endswith(tuple(f"#{n}>" for n in names))
            for subject, object_ in relation
        ]

    def prove(self, triples: Sequence[Codes]) -> None:
        """The smallest proof of each."""
        for codes in triples:
            search = Search(self._view, codes, 0, self._vocabulary, smallest_only=True)
            next(search.proofs())

    def add(self, triples: Sequence[Codes]) -> None:
        """What would newly follow, and back."""
        self._suppose(triples, ())

    def remove(self, triples: Sequence[Codes]) -> None:
        """What would no longer follow, and back."""
        self._suppose((), triples)

    def _suppose(self, added: Sequence[Codes], removed: Sequence[Codes]) -> None:
        with ExitStack() as undoing:
            undoing.enter_context(self.asserted.supposing())
            undoing.enter_context(self.facts.supposing())
            for codes in added:
                self.asserted.add(codes)
            for codes in removed:
                self.asserted.remove(codes)
            self._layer.change(added, removed)


def timed(
    ask: Callable[[Sequence[Codes]], None], questions: Sequence[Sequence[Codes]]
) -> list[float]:
    """Milliseconds of each question."""
    times = []
    for question in questions:
        start = time.perf_counter()
        ask(question)
        times.append(1000 * (time.perf_counter() - start))
    return times


def measure(engine: Engine) -> Mapping[str, Sequence[float]]:
    """Milliseconds by the sort of question, and of deriving everything anew."""
    draw = random.Random(0)  # noqa: S311 (nothing is kept secret by it)
    count = _QUESTIONS + _WARMING_UP
    leaves, hubs = engine.edges(_LEAF_EDGES), engine.edges(_HUB_EDGES)
    to_prove = [[codes] for codes in draw.sample(engine.derived(), count)]
    to_add = [[_crossed(*draw.sample(leaves, 2)) for _ in range(5)] for _ in range(count)]
    to_remove = [draw.sample(leaves, 1 + number % 5) for number in range(count)]
    return {
        "anew": [1000 * engine.seconds_anew],
        "prove": timed(engine.prove, to_prove)[_WARMING_UP:],
        "add": timed(engine.add, to_add)[_WARMING_UP:],
        "remove": timed(engine.remove, to_remove)[_WARMING_UP:],
        "remove near a hub": timed(
            engine.remove, [[edge] for edge in draw.sample(hubs, min(_HUBS, len(hubs)))]
        ),
    }


def _crossed(one: Codes, other: Codes) -> Codes:
    """What the other says, said of the subject of the one; all of these are cities."""
    return one[0], other[1], other[2]


def main() -> None:
    """Print the milliseconds."""
    parser = argparse.ArgumentParser(description="Time proofs and what-ifs in the engine.")
    parser.add_argument("folder", type=Path)
    gc.disable()  # as while deriving: there is nothing in cycles
    engine = Engine(parser.parse_args().folder)
    sys.stdout.write(json.dumps(measure(engine)) + "\n")


if __name__ == "__main__":
    main()
