"""Patterns of an axiom -> a named rule with its sentence, each once; or why there is none."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from pyoxigraph import Literal, NamedNode, Triple, Variable

from kg.axioms.expressions import ExpressionReader
from kg.axioms.graph import OntologyGraph, variable_names
from kg.axioms.sentences import sentence
from kg.axioms.statuses import LIST_AXIOMS, AxiomStatuses
from kg.errors import UnsupportedAxiom
from kg.namespaces import RDF
from kg.rules.files import Rule
from kg.rules.patterns import Atom, Term, replace_variable, variables_of
from kg.statuses import Status

X, Y, Z = Variable("x"), Variable("y"), Variable("z")

_Logic = tuple[tuple[Atom, ...], tuple[Atom, ...]]
_NO_RULE = {Status.CLAIM, Status.RECOMMENDATION, Status.COUNTERFACTUAL}


class RuleBuilder:
    """Gathers the rules of an ontology, one axiom after another."""

    def __init__(self, graph: OntologyGraph, places: Mapping[Triple, str] | None = None) -> None:
        """Begins without rules; `places` says where the triples of the axioms are written."""
        self.graph = graph
        self._places = places or {}
        self.uncompiled: list[str] = []
        self._statuses = AxiomStatuses(graph)
        self._rules: dict[_Logic, Rule] = {}
        self._axiom = ""
        self._place = ""
        self._status: Status | None = None

    def start(self, subject: Term, predicate: NamedNode, object_: Term, word: str) -> None:
        """Makes the axiom that this triple says the one that the next rules come from."""
        graph = self.graph
        texts = graph.texts(object_) if predicate in LIST_AXIOMS else [graph.text(object_)]
        self._axiom = f"{graph.text(subject)} {word} {' o '.join(texts)}"
        self._status = self._statuses.of(subject, predicate, object_)
        self._place = self._place_of(subject, predicate, object_)

    def start_group(self, node: Term, word: str, members: Sequence[Term]) -> None:
        """The same for an axiom that is a node with members."""
        self._axiom = f"{word}: {', '.join(map(self.graph.text, members))}"
        self._status = self._statuses.of_node(node)
        types = (
            self._place_of(node, RDF["type"], type_)
            for type_ in self.graph.objects(node, RDF["type"])
        )
        self._place = next(filter(None, types), "")

    def reader(self) -> ExpressionReader:
        """A reader of class expressions whose variables are neither x nor y."""
        fresh = (variable for variable in variable_names() if variable not in {X, Y})
        return ExpressionReader(self.graph, fresh)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Lists the axiom, with the reason, if no rule can be made of it."""
        try:
            yield
        except UnsupportedAxiom as error:
            self.refuse(error)

    def refuse(self, error: UnsupportedAxiom) -> None:
        """Lists the axiom with the part that no rule says."""
        self.uncompiled.append(str(UnsupportedAxiom(self._axiom, f"no rule says {error}")))

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
            UnsupportedAxiom: the body lacks a variable, or the status is none that a rule has.
        """
        heads: tuple[Atom, ...] = (head,) if head else ()
        for variable, term in (bound or {}).items():
            heads = tuple(replace_variable(atom, variable, term) for atom in heads)
            body = [replace_variable(atom, variable, term) for atom in body]
        atoms = tuple(dict.fromkeys(body))
        if set(variables_of(heads)) - set(variables_of(atoms)):
            raise UnsupportedAxiom(self._axiom, "it would speak of everything there is")
        if self._status in _NO_RULE:
            raise UnsupportedAxiom(self._axiom, f"no rule has the status {self._status.value}")
        if heads and heads[0] in atoms:
            return
        known = self._rules.get((heads, atoms))
        name = "-".join([kind, *names])
        if known is None or (_weakness(self._status), name) < (_weakness(known.status), known.name):
            self._rules[heads, atoms] = Rule(
                name=name,
                head=heads,
                body=atoms,
                status=self._status,
                sentence=sentence(self.graph, heads, atoms),
                source=f"OWL 2 RL {kind}: {self._axiom}",
                place=self._place,
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

    def _place_of(self, subject: Term, predicate: NamedNode, object_: Term) -> str:
        """Where the triple is written, if that is known."""
        if isinstance(subject, Literal) or not self._places:
            return ""
        return self._places.get(Triple(subject, predicate, object_), "")


def _weakness(status: Status | None) -> int:
    """0 for a neutral axiom, then as in the order of the statuses."""
    return 0 if status is None else 1 + list(Status).index(status)
