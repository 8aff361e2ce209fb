"""Patterns of an axiom -> a named rule with its sentence, each once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from pyoxigraph import Variable

from kg.errors import UnsupportedAxiom
from kg.ontology_graph import OntologyGraph
from kg.patterns import Atom, Term, replace_variable, variables_of
from kg.rules import Rule
from kg.sentences import sentence
from kg.statuses import Status

_Logic = tuple[tuple[Atom, ...], tuple[Atom, ...]]


class RuleBuilder:
    """Gathers the rules of an ontology, one axiom after another."""

    def __init__(self, graph: OntologyGraph) -> None:
        self._graph = graph
        self._rules: dict[_Logic, Rule] = {}
        self._axiom, self._status = "", None  # type: tuple[str, Status | None]

    def start(self, axiom: str, status: Status | None) -> None:
        """Says which axiom the rules to come are made of, and how strongly it stands."""
        self._axiom, self._status = axiom, status

    @contextmanager
    def refusing(self, uncompiled: list[str]) -> Iterator[None]:
        """Lists the axiom, with the reason, if no rule can be made of it."""
        try:
            yield
        except UnsupportedAxiom as error:
            self.refuse(uncompiled, error)

    def refuse(self, uncompiled: list[str], error: UnsupportedAxiom) -> None:
        """Lists the axiom with the part that no rule says."""
        uncompiled.append(str(UnsupportedAxiom(self._axiom, f"no rule says {error}")))

    def add(
        self,
        kind: str,
        names: Sequence[str],
        head: Atom | None,
        body: Sequence[Atom],
        bound: Mapping[Variable, Term] | None = None,
    ) -> None:
        """Adds the rule, unless it says nothing or is there already at least as strongly.

        Raises:
            UnsupportedAxiom: the head has a variable that the body lacks, or the status is one
                that a rule cannot have.
        """
        heads: tuple[Atom, ...] = (head,) if head else ()
        for variable, term in (bound or {}).items():
            heads = tuple(replace_variable(atom, variable, term) for atom in heads)
            body = [replace_variable(atom, variable, term) for atom in body]
        atoms = tuple(dict.fromkeys(body))
        if set(variables_of(heads)) - set(variables_of(atoms)):
            raise UnsupportedAxiom(self._axiom, "it would speak of everything there is")
        if self._status in {Status.CLAIM, Status.RECOMMENDATION, Status.COUNTERFACTUAL}:
            raise UnsupportedAxiom(self._axiom, f"no rule has the status {self._status.value}")
        if heads and heads[0] in atoms:
            return
        known = self._rules.get((heads, atoms))
        if known is None or _weakness(self._status) < _weakness(known.status):
            name = "-".join([kind, *names])
            self._rules[heads, atoms] = Rule(
                name=name,
                head=heads,
                body=atoms,
                status=self._status,
                sentence=sentence(self._graph, heads, atoms),
                source=f"OWL 2 RL {kind}: {self._axiom}",
            )

    def rules(self) -> list[Rule]:
        """The rules by name; where several say different things under one name, numbered."""
        ordered = sorted(self._rules.values(), key=lambda rule: (rule.name, rule.source))
        counts: dict[str, int] = {}
        named: list[Rule] = []
        for rule in ordered:
            counts[rule.name] = count = counts.get(rule.name, 0) + 1
            named.append(rule if count == 1 else replace(rule, name=f"{rule.name}-{count}"))
        return named


def _weakness(status: Status | None) -> int:
    """0 for a neutral axiom, then as in the order of the statuses."""
    return 0 if status is None else 1 + list(Status).index(status)
