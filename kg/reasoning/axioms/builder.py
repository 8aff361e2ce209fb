"""Read the status of an axiom from its annotations.

Build a named rule with its sentence from the patterns of an axiom.

Each distinct rule is kept once. Axioms without a rule are listed with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from pyoxigraph import Literal, NamedNode, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import GLOCAL, OWL, RDF
from kg.reasoning.axioms.ontology_graph import OntologyGraph, variable_names
from kg.reasoning.axioms.sentences import write_sentences
from kg.reasoning.axioms.subclasses import Alternative, Consequence
from kg.reasoning.axioms.superclasses import Consequences, ExpressionReader
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Atom, Expression, Term, replace_variable, variables_of
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status, status_of

# Predicates of axioms whose object is a list.
LIST_PREDICATES = {
    OWL[name]
    for name in ("propertyChainAxiom", "disjointUnionOf", "hasKey", "intersectionOf", "unionOf")
}


class AxiomStatuses:
    """The statuses that `owl:Axiom` nodes give to axioms; None for axioms without one."""

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
                self._statuses[self._key(source, predicate, target)] = self.status_on_node(node)

    def status_of_axiom(self, subject: Term, predicate: NamedNode, object_: Term) -> Status | None:
        """Return the status of the axiom that this triple states."""
        return self._statuses.get(self._key(subject, predicate, object_))

    def status_on_node(self, node: Term) -> Status | None:
        """Return the status on the node: its `ruleStatus`, or Thesis for a modelling decision."""
        for status in self._graph.objects(node, GLOCAL["ruleStatus"]):
            if isinstance(status, NamedNode):
                return status_of(status)
        values = self._graph.objects(node, GLOCAL["isModellingDecision"])
        is_decision = any(
            isinstance(value, Literal) and value.value in {"true", "1"} for value in values
        )
        return Status.THESIS if is_decision else None

    def _key(self, subject: Term, predicate: Term, object_: Term) -> tuple[str, str, str]:
        # The key is the text and not the node, because some writers copy the list of an axiom
        # into its annotation.
        is_list = predicate in LIST_PREDICATES
        target = (
            " o ".join(self._graph.members_to_manchester(object_))
            if is_list
            else self._graph.to_manchester(object_)
        )
        return self._graph.to_manchester(subject), str(predicate), target


X, Y, Z = Variable("x"), Variable("y"), Variable("z")

# Head, body and filters: two rules with the same three say the same.
_Logic = tuple[tuple[Atom, ...], tuple[Atom, ...], tuple[Expression, ...]]
_STATUSES_WITHOUT_RULES = {Status.CLAIM, Status.RECOMMENDATION, Status.COUNTERFACTUAL}


class RuleBuilder:
    """Collects the rules of an ontology, one axiom after another."""

    def __init__(self, graph: OntologyGraph, places: Mapping[Triple, str] | None = None) -> None:
        """Start without rules; `places` maps the triples of the axioms to file and line."""
        self.graph = graph
        self._places = places or {}
        self.uncompiled: list[str] = []
        self._statuses = AxiomStatuses(graph)
        self._rules: dict[_Logic, Rule] = {}
        self._axiom = ""
        self._place = ""
        self._status: Status | None = None

    def begin_axiom(self, subject: Term, predicate: NamedNode, object_: Term, word: str) -> None:
        """Begin the axiom of this triple: the next rules get its text, status and place."""
        graph = self.graph
        texts = (
            graph.members_to_manchester(object_)
            if predicate in LIST_PREDICATES
            else [graph.to_manchester(object_)]
        )
        separator = " o " if predicate == OWL["propertyChainAxiom"] else ", "
        self._axiom = f"{graph.to_manchester(subject)} {word} {separator.join(texts)}"
        self._status = self._statuses.status_of_axiom(subject, predicate, object_)
        self._place = self._place_of(subject, predicate, object_)

    def begin_class_description(self, name: Term, predicate: NamedNode, object_: Term) -> None:
        """Begin an axiom whose expression is written on the node of the class itself."""
        self._axiom = f"{self.graph.to_manchester(name)} EquivalentTo {self.graph.expression_to_manchester(name)}"
        self._status = self._statuses.status_of_axiom(name, predicate, object_)
        self._place = self._place_of(name, predicate, object_)

    def begin_axiom_node(self, node: Term, word: str, members: Sequence[Term]) -> None:
        """Begin an axiom that is a node of its own with members."""
        self._axiom = f"{word}: {', '.join(map(self.graph.to_manchester, members))}"
        self._status = self._statuses.status_on_node(node)
        places = (
            self._place_of(node, RDF["type"], type_)
            for type_ in self.graph.objects(node, RDF["type"])
        )
        self._place = next(filter(None, places), "")

    def new_reader(self) -> ExpressionReader:
        """Return a reader of class expressions that never uses the variables x and y."""
        fresh_variables = (variable for variable in variable_names() if variable not in {X, Y})
        return ExpressionReader(self.graph, fresh_variables)

    @contextmanager
    def listing_unsupported(self) -> Iterator[None]:
        """Catch `UnsupportedAxiom` in the block and list the axiom with its reason."""
        try:
            yield
        except UnsupportedAxiom as error:
            self.list_unsupported(error)

    def list_unsupported(self, error: UnsupportedAxiom) -> None:
        """List the axiom with the part that no rule can express."""
        reason = f"no rule can express {error}"
        self.uncompiled.append(str(UnsupportedAxiom(self._axiom, reason)))

    def add_rules(
        self, kind: str, alternatives: Sequence[Alternative], consequences: Consequences
    ) -> None:
        """Add a rule for each pair of an alternative and a consequence.

        Args:
            kind: the OWL 2 RL rule of consequences that name none themselves.
            alternatives: the bodies.
            consequences: the heads, and the unsupported parts, which are listed.
        """
        supported, unsupported = consequences
        for error in unsupported:
            self.list_unsupported(error)
        for consequence in supported:
            for alternative in alternatives:
                self.add_rule(consequence.with_body(consequence.kind or kind, alternative))

    def add_rule(self, consequence: Consequence) -> None:
        """Add a rule, unless it derives nothing new or exists with at least the same strength.

        Raises:
            UnsupportedAxiom: a variable of the head is not in the body, or a rule cannot have
                the axiom's status.
        """
        heads: tuple[Atom, ...] = (consequence.head,) if consequence.head else ()
        atoms = tuple(dict.fromkeys(consequence.atoms))
        filters = tuple(dict.fromkeys(consequence.filters))
        for variable, term in consequence.bound.items():
            heads = tuple(replace_variable(atom, variable, term) for atom in heads)
            atoms = tuple(dict.fromkeys(replace_variable(atom, variable, term) for atom in atoms))
            filters = tuple(_substitute(condition, variable, term) for condition in filters)
        if set(variables_of(heads)) - set(variables_of(atoms)):
            raise UnsupportedAxiom(self._axiom, "the rule would apply to everything")
        if self._status in _STATUSES_WITHOUT_RULES:
            reason = f"a rule cannot have the status {self._status.value}"
            raise UnsupportedAxiom(self._axiom, reason)
        constant_filters = [condition for condition in filters if not condition.variables]
        is_tautology = bool(heads) and heads[0] in atoms
        if is_tautology or not all(passes(condition, {}) for condition in constant_filters):
            return
        logic = heads, atoms, tuple(condition for condition in filters if condition.variables)
        self._keep_strongest(
            "-".join([consequence.kind, *consequence.names]), consequence.kind, logic
        )

    def _keep_strongest(self, name: str, kind: str, logic: _Logic) -> None:
        """Keep the rule unless one with the same logic is as strong and first by name."""
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
            sentence=write_sentences(self.graph, heads, atoms, filters),
            source=f"OWL 2 RL {kind}: {self._axiom}",
            place=self._place,
        )

    @property
    def derives_equality(self) -> bool:
        """Whether some rule derives that two individuals are the same."""
        return any(head.predicate == OWL["sameAs"] for heads, *_ in self._rules for head in heads)

    def rules(self) -> list[Rule]:
        """Return the rules by name; different rules of one name get a number from 2 on."""
        ordered = sorted(
            self._rules.values(), key=lambda rule: (rule.name, rule.source, not rule.head)
        )
        counts: dict[str, int] = {}
        numbered: list[Rule] = []
        for rule in ordered:
            counts[rule.name] = count = counts.get(rule.name, 0) + 1
            numbered.append(rule if count == 1 else replace(rule, name=f"{rule.name}-{count}"))
        return numbered

    def _place_of(self, subject: Term, predicate: NamedNode, object_: Term) -> str:
        """Return the file and line of the triple, or "" if they are unknown."""
        if isinstance(subject, Literal) or not self._places:
            return ""
        return self._places.get(Triple(subject, predicate, object_), "")


def _weakness(status: Status | None) -> int:
    """Return 0 for a neutral axiom, otherwise 1 and the position in the order of statuses."""
    return 0 if status is None else 1 + list(Status).index(status)


def _substitute(condition: Expression, variable: Variable, term: Term) -> Expression:
    """Return the condition with the term in place of the variable."""
    arguments = tuple(
        _substitute(argument, variable, term)
        if isinstance(argument, Expression)
        else (term if argument == variable else argument)
        for argument in condition.arguments
    )
    return Expression(condition.operator, arguments)
