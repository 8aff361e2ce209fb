"""How strongly an axiom stands, as its annotations say.

Patterns of an axiom -> a named rule with its sentence, each once; or why there is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from pyoxigraph import Literal, NamedNode, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import GLOCAL, OWL, RDF
from kg.reasoning.axioms.ontology_graph import OntologyGraph, variable_names
from kg.reasoning.axioms.sentences import sentence
from kg.reasoning.axioms.subclasses import Alternative, Consequence
from kg.reasoning.axioms.superclasses import Consequences, ExpressionReader
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Atom, Filter, Term, replace_variable, variables_of
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status, status_of

# Axioms whose object is a list that is part of what they say.
LIST_AXIOMS = {
    OWL[name]
    for name in ("propertyChainAxiom", "disjointUnionOf", "hasKey", "intersectionOf", "unionOf")
}


class AxiomStatuses:
    """The statuses that `owl:Axiom` nodes give to axioms; None where there is none."""

    def __init__(self, graph: OntologyGraph) -> None:
        self._graph = graph
        self._statuses: dict[tuple[str, str, str], Status | None] = {}
        for node in graph.instances(OWL["Axiom"]):
            parts = [
                graph.objects(node, OWL[f"annotated{part}"])
                for part in ("Source", "Property", "Target")
            ]
            if all(len(part) == 1 for part in parts):
                source, predicate, target = (part[0] for part in parts)
                self._statuses[self._key(source, predicate, target)] = self.of_node(node)

    def of(self, subject: Term, predicate: NamedNode, object_: Term) -> Status | None:
        """The status of the axiom that this triple says."""
        return self._statuses.get(self._key(subject, predicate, object_))

    def of_node(self, node: Term) -> Status | None:
        """The status that is written on the node: `ruleStatus`, or Thesis for a curator's axiom."""
        for status in self._graph.objects(node, GLOCAL["ruleStatus"]):
            if isinstance(status, NamedNode):
                return status_of(status)
        decided = self._graph.objects(node, GLOCAL["isModellingDecision"])
        is_decision = any(
            isinstance(value, Literal) and value.value in {"true", "1"} for value in decided
        )
        return Status.THESIS if is_decision else None

    def _key(self, subject: Term, predicate: Term, object_: Term) -> tuple[str, str, str]:
        # By what is said and not by the node: some writers repeat a list in the annotation.
        is_list = predicate in LIST_AXIOMS
        target = " o ".join(self._graph.texts(object_)) if is_list else self._graph.text(object_)
        return self._graph.text(subject), str(predicate), target


X, Y, Z = Variable("x"), Variable("y"), Variable("z")

_Logic = tuple[tuple[Atom, ...], tuple[Atom, ...], tuple[Filter, ...]]
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
        joint = " o " if predicate == OWL["propertyChainAxiom"] else ", "
        self._axiom = f"{graph.text(subject)} {word} {joint.join(texts)}"
        self._status = self._statuses.of(subject, predicate, object_)
        self._place = self._place_of(subject, predicate, object_)

    def start_description(self, name: Term, predicate: NamedNode, object_: Term) -> None:
        """The same for what describes a class on the node that names it."""
        self._axiom = f"{self.graph.text(name)} EquivalentTo {self.graph.described_text(name)}"
        self._status = self._statuses.of(name, predicate, object_)
        self._place = self._place_of(name, predicate, object_)

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

    def follow(self, kind: str, ways: Sequence[Alternative], consequences: Consequences) -> None:
        """Adds a rule for each consequence of each way, named `kind` where it has no own name.

        What no rule says is listed.
        """
        found, refused = consequences
        for error in refused:
            self.refuse(error)
        for consequence in found:
            for way in ways:
                self.add(consequence.after(consequence.kind or kind, way))

    def add(self, rule: Consequence) -> None:
        """Adds the rule, unless it says nothing or is there already at least as strongly.

        Raises:
            UnsupportedAxiom: the body lacks a variable, or the status is none that a rule has.
        """
        heads: tuple[Atom, ...] = (rule.head,) if rule.head else ()
        atoms, filters = tuple(dict.fromkeys(rule.atoms)), tuple(dict.fromkeys(rule.filters))
        for variable, term in rule.bound.items():
            heads = tuple(replace_variable(atom, variable, term) for atom in heads)
            atoms = tuple(dict.fromkeys(replace_variable(each, variable, term) for each in atoms))
            filters = tuple(_with(condition, variable, term) for condition in filters)
        if set(variables_of(heads)) - set(variables_of(atoms)):
            raise UnsupportedAxiom(self._axiom, "it would speak of everything there is")
        if self._status in _NO_RULE:
            raise UnsupportedAxiom(self._axiom, f"no rule has the status {self._status.value}")
        decided = [each for each in filters if not each.variables]
        if (heads and heads[0] in atoms) or not all(passes(each, {}) for each in decided):
            return
        logic = heads, atoms, tuple(each for each in filters if each.variables)
        self._keep("-".join([rule.kind, *rule.names]), rule.kind, logic)

    def _keep(self, name: str, kind: str, logic: _Logic) -> None:
        known = self._rules.get(logic)
        if known and (_weakness(known.status), known.name) <= (_weakness(self._status), name):
            return
        heads, atoms, filters = logic
        self._rules[logic] = Rule(
            name=name,
            head=heads,
            body=atoms,
            filters=filters,
            status=self._status,
            sentence=sentence(self.graph, heads, atoms, filters),
            source=f"OWL 2 RL {kind}: {self._axiom}",
            place=self._place,
        )

    @property
    def makes_equal(self) -> bool:
        """Whether some rule derives that two individuals are the same."""
        return any(head.predicate == OWL["sameAs"] for heads, *_ in self._rules for head in heads)

    def rules(self) -> list[Rule]:
        """The rules by name; where several say different things under one name, numbered."""
        ordered = sorted(
            self._rules.values(), key=lambda rule: (rule.name, rule.source, not rule.head)
        )
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


def _with(condition: Filter, variable: Variable, term: Term) -> Filter:
    """The condition with the term in place of the variable."""
    arguments = tuple(
        _with(each, variable, term)
        if isinstance(each, Filter)
        else (term if each == variable else each)
        for each in condition.arguments
    )
    return Filter(condition.operator, arguments)
