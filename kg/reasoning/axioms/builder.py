"""Build named rules with sentences from the patterns of axioms.

Each distinct rule is kept once, with the status of its axiom. Axioms without a rule are listed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations, groupby
from operator import attrgetter
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import DCTERMS, GLOCAL, OWL, PASSAGE, RDF, is_in
from kg.reasoning.axioms.class_expressions import (
    EXPRESSION_PREDICATES,
    Alternative,
    Consequence,
    ExpressionReader,
    membership_rule_name,
)
from kg.reasoning.axioms.ontology_graph import GROUP_KEYWORDS, OntologyGraph, variable_names
from kg.reasoning.axioms.sentences import write_sentences
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Atom, Expression, Term, variables_of
from kg.reasoning.rules.rule import Rule
from kg.reasoning.rules.values import BOOLEANS
from kg.statuses import Status, status_of

X, Y, Z = Variable("x"), Variable("y"), Variable("z")

# Head, body and filters: two rules with the same three say the same.
_Logic = tuple[tuple[Atom, ...], tuple[Atom, ...], tuple[Expression, ...]]
_STATUSES_WITHOUT_RULES: Final = {Status.CLAIM, Status.RECOMMENDATION, Status.COUNTERFACTUAL}
# The rules of OWL 2 RL that say the same in other words, if their axiom is about names alone.
_RESTATING: Final = frozenset(
    {"prp-inv1", "prp-inv2", "prp-symp", "prp-eqp1", "prp-eqp2", "cax-eqc1", "cax-eqc2"}
)
# Adds the rules of an axiom about two terms.
AddPair = Callable[[Term, Term], None]
# A status, None if there is none, and the names of the passages that state the axiom.
_Standing = tuple[Status | None, tuple[str, ...]]


class AxiomStatuses:
    """The statuses and passages that `owl:Axiom` nodes give to axioms."""

    def __init__(self, graph: OntologyGraph) -> None:
        self._graph = graph
        self._statuses: dict[tuple[str, str, str], _Standing] = {}
        keys = [OWL[f"annotated{part}"] for part in ("Source", "Property", "Target")]
        for node in graph.instances(OWL["Axiom"]):
            parts = [graph.objects(node, key) for key in keys]
            if all(len(part) == 1 for part in parts):
                key = self._key(*(part[0] for part in parts))
                self._statuses[key] = self.status_on_node(node)

    def status_of_axiom(self, subject: Term, predicate: NamedNode, object_: Term) -> _Standing:
        """Return the status and the passages of the axiom that this triple states."""
        return self._statuses.get(self._key(subject, predicate, object_), (None, ()))

    def status_on_node(self, node: Term) -> _Standing:
        """Return the status on the node: its `ruleStatus`, or Reading for a modelling decision.

        Its passages are those that `dcterms:source` names.
        """
        sources = self._graph.objects(node, DCTERMS["source"])
        names = (each.value.removeprefix(PASSAGE) for each in sources if is_in(each, PASSAGE))
        passages = tuple(sorted(names))
        for status in self._graph.objects(node, GLOCAL["ruleStatus"]):
            if isinstance(status, NamedNode):
                return status_of(status), passages
        values = self._graph.objects(node, GLOCAL["isModellingDecision"])
        is_decision = any(isinstance(each, Literal) and BOOLEANS.get(each.value) for each in values)
        return (Status.READING if is_decision else None), passages

    def _key(self, subject: Term, predicate: Term, object_: Term) -> tuple[str, str, str]:
        # The key is the text and not the node, because some writers copy the list of an axiom
        # into its annotation.
        target = self._graph.object_to_manchester(predicate, object_)
        return self._graph.to_manchester(subject), str(predicate), target


class RuleBuilder:
    """Collects the rules of an ontology, one axiom after another."""

    def __init__(self, graph: OntologyGraph, places: Mapping[Triple, str] | None = None) -> None:
        """Start without rules; `places` maps the triples of the axioms to file and line."""
        self.graph = graph
        self.uncompiled: list[str] = []
        self._places = places or {}
        self._statuses = AxiomStatuses(graph)
        self._rules: dict[_Logic, Rule] = {}
        self._axiom = self._location = ""
        self._is_about_names = False
        self._status: Status | None = None
        self._passages: tuple[str, ...] = ()

    def for_each_axiom(
        self, predicate: NamedNode, add: AddPair, unless: Callable[[Term], bool] = lambda _: False
    ) -> None:
        """Add the rules of each axiom with this predicate, unless its subject is excepted."""
        for subject, object_ in self.graph.subjects_and_objects(predicate):
            if not unless(subject):
                self.begin_axiom(subject, predicate, object_)
                with self.listing_unsupported():
                    add(subject, object_)

    def for_each_property(self, type_: str, add: Callable[[Term], None]) -> None:
        """Add the rules of each axiom that states this OWL type of a property."""
        for property_ in self.graph.instances(OWL[type_]):
            self.begin_axiom(property_, RDF["type"], OWL[type_])
            with self.listing_unsupported():
                add(property_)

    def for_each_pair(self, type_: str, add: AddPair, key: str = "members") -> None:
        """Add the rules of each pair of members in each axiom of this OWL type."""
        for node in self.graph.instances(OWL[type_]):
            for list_ in self.graph.objects(node, OWL[key]):
                members = self.graph.list_members(list_)
                self.begin_axiom_node(node, GROUP_KEYWORDS[OWL[type_]], members)
                for pair in combinations(members, 2):
                    with self.listing_unsupported():
                        add(*pair)

    def begin_axiom(self, subject: Term, predicate: NamedNode, object_: Term) -> None:
        """Begin the axiom of this triple: the next rules get its text, status and location."""
        graph, name = self.graph, self.graph.to_manchester(subject)
        self._is_about_names = isinstance(subject, NamedNode) and isinstance(object_, NamedNode)
        if predicate == RDF["type"]:
            keyword = "Types:" if isinstance(object_, BlankNode) else "Characteristics:"
            self._axiom = f"{name} {keyword} {graph.to_manchester(object_)}"
        elif predicate in EXPRESSION_PREDICATES:
            # The expression of a named class is written on its own node.
            self._axiom = f"{name} EquivalentTo {graph.expression_to_manchester(subject)}"
        else:
            self._axiom = graph.axiom_to_manchester(subject, predicate, object_)
        self._status, self._passages = self._statuses.status_of_axiom(subject, predicate, object_)
        self._location = self._location_of(subject, predicate, object_)

    def begin_axiom_node(self, node: Term, word: str, members: Sequence[Term]) -> None:
        """Begin an axiom that is a node of its own with members."""
        self._axiom = f"{word}: {', '.join(map(self.graph.to_manchester, members))}"
        self._is_about_names = False
        self._status, self._passages = self._statuses.status_on_node(node)
        types = self.graph.objects(node, RDF["type"])
        places = (self._location_of(node, RDF["type"], type_) for type_ in types)
        self._location = next(filter(None, places), "")

    def _location_of(self, subject: Term, predicate: NamedNode, object_: Term) -> str:
        if isinstance(subject, Literal) or not self._places:
            return ""
        return self._places.get(Triple(subject, predicate, object_), "")

    def new_reader(self, reader: type[ExpressionReader] = ExpressionReader) -> ExpressionReader:
        """Return a reader of class expressions that never uses the variables x and y."""
        fresh_variables = (variable for variable in variable_names() if variable not in {X, Y})
        return reader(self.graph, fresh_variables, self.list_unsupported)

    @contextmanager
    def listing_unsupported(self) -> Iterator[None]:
        """Catch `UnsupportedAxiom` in the block and list the axiom with its reason."""
        try:
            yield
        except UnsupportedAxiom as error:
            self.list_unsupported(error)

    def list_unsupported(self, error: UnsupportedAxiom) -> None:
        """List the axiom with the part that no rule can express."""
        self.uncompiled.append(str(UnsupportedAxiom(self._axiom, f"no rule can express {error}")))

    def add_definition(self, reader: ExpressionReader, node: Term, name: str, kind: str) -> None:
        """Add rules in both directions between a class and the expression on its node.

        `name` is the class's part of the rules' names; `kind` is for consequences without one.
        """
        is_instance = Atom(X, RDF["type"], node)
        with self.listing_unsupported():
            membership = Consequence("", is_instance, Alternative(names=(name,)))
            membership_kind = membership_rule_name(self.graph, node) or "cax-sco"
            self.add_rules(membership_kind, reader.expression_alternatives(node, X), [membership])
        with self.listing_unsupported():
            consequences = reader.expression_consequences(node, X)
            self.add_rules(kind, [Alternative((is_instance,), (name,))], consequences)

    def add_rules(
        self, kind: str, alternatives: Sequence[Alternative], consequences: Sequence[Consequence]
    ) -> None:
        """Add a rule for each pair; `kind` is for consequences that name no OWL 2 RL rule."""
        for consequence in consequences:
            for alternative in alternatives:
                self.add_rule(consequence.of(consequence.kind or kind, alternative))

    def add_rule(self, consequence: Consequence) -> None:
        """Add a rule, unless it derives nothing new or exists with at least the same strength.

        Raises:
            UnsupportedAxiom: the body lacks a variable of the head, or the status has no rules.
        """
        condition, bound = consequence.condition, dict(consequence.condition.bound)
        if any(bound[variable] != term for variable, term in condition.bound):
            return
        heads: tuple[Atom, ...] = (consequence.head.substitute(bound),) if consequence.head else ()
        atoms = tuple(dict.fromkeys(atom.substitute(bound) for atom in condition.atoms))
        filters = [each.substitute(bound) for each in dict.fromkeys(condition.filters)]
        if set(variables_of(heads)) - set(variables_of(atoms)):
            raise UnsupportedAxiom(self._axiom, "the rule would apply to everything")
        if self._status in _STATUSES_WITHOUT_RULES:
            reason = f"a rule cannot have the status {self._status.value}"
            raise UnsupportedAxiom(self._axiom, reason)
        if self._status is Status.THESIS and not self._passages:
            reason = "a thesis names the passage that states it; expected dcterms:source passage:…"
            raise UnsupportedAxiom(self._axiom, reason)
        is_tautology = bool(heads) and heads[0] in atoms
        if is_tautology or any(not each.variables and not passes(each, {}) for each in filters):
            return
        logic = heads, atoms, tuple(each for each in filters if each.variables)
        name = "-".join([consequence.kind, *condition.names])
        # Of rules with the same logic, the strongest is kept, and of these the first by name.
        known = self._rules.get(logic)
        if known and (_weakness(known.status), known.name) <= (_weakness(self._status), name):
            return
        self._rules[logic] = Rule(
            name,
            *logic,
            self._status,
            write_sentences(self.graph, *logic),
            f"OWL 2 RL {consequence.kind}: {self._axiom}",
            self._location,
            restates=self._is_about_names
            and self._status is None
            and consequence.kind in _RESTATING,
            passages=self._passages,
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
        return [
            rule if number == 1 else replace(rule, name=f"{rule.name}-{number}")
            for _, same in groupby(ordered, key=attrgetter("name"))
            for number, rule in enumerate(same, start=1)
        ]


def _weakness(status: Status | None) -> int:
    """Return 0 for a neutral axiom, otherwise 1 and the position in the order of statuses."""
    return 0 if status is None else 1 + status.rank
