"""A triple without a proof -> the rules whose bodies lack one premise for it.

A release -> proofs of its triples, and what is nearest where there is none.

A contradiction that stopped a derivation -> its proof, and the lines that it rests on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple, Variable

from kg.errors import Contradiction, NotDerived, UnknownName
from kg.namespaces import RULE, shorten
from kg.paths import ONTOLOGY_FILES
from kg.reasoning.derivation.levels import Clash, derive
from kg.reasoning.derivation.release_graphs import META, assemble, name_of, premises, read
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.matching import (
    CodedRule,
    CodedRules,
    Pattern,
    fill,
    ground,
    is_present,
    solutions,
)
from kg.reasoning.proofs.proof import BEYOND, HOLDING, ContradictionProof, Proof, Standing
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.proofs.search import Search, View
from kg.reasoning.proofs.words import plain_text, statement
from kg.reasoning.rules.patterns import Negation, Term, filled
from kg.reasoning.rules.rule import Rule
from kg.store.quad_store import Store
from kg.validation.findings import Problem, locate

# Of one rule and missing premise, so many bindings of the others are looked at.
_MOST_BINDINGS: Final = 50


@dataclass(frozen=True)
class NearMiss:
    """A rule that would give the triple, the premise that is missing, and those that are there.

    What is missing may be an absence: the rule negates something that is there.
    """

    rule: Rule
    missing: Pattern | Negation
    present: tuple[Codes, ...]

    @property
    def distance(self) -> tuple[int, int, str]:
        """Nearest first: more premises there, less open in the missing one, then by name."""
        slots = () if isinstance(self.missing, Negation) else self.missing
        is_open = sum(1 for slot in slots if isinstance(slot, Variable))
        return -len(self.present), is_open, self.rule.name

    def document(self, vocabulary: Vocabulary) -> dict[str, object]:
        """The same in words."""
        return {
            "rule": shorten(RULE[self.rule.name].value),
            "sentence": dict(self.rule.sentence),
            "missing": _missing(self.missing, vocabulary),
            "present": [_text(codes, vocabulary) for codes in self.present],
        }


def nearest(view: View, rules: CodedRules, goal: Codes, most: int) -> list[NearMiss]:
    """The nearest misses among what holds, one for each premise of each rule."""
    found: dict[tuple[str, int], NearMiss] = {}
    for coded, binding in rules.ending_in(goal):
        for place, miss in _misses(view, rules, coded, binding):
            known = found.get((coded.rule.name, place))
            if goal != miss.missing and (known is None or miss.distance < known.distance):
                found[coded.rule.name, place] = miss
    return sorted(found.values(), key=lambda miss: miss.distance)[:most]


def _misses(
    view: View, rules: CodedRules, coded: CodedRule, binding: dict[Variable, int]
) -> Iterator[tuple[int, NearMiss]]:
    matches = partial(view.matches, 2)
    if coded.rule.aggregate is not None:
        # A group is what it is: no one premise would give it the value that is asked for.
        return
    for values in islice(solutions(coded.body, binding, matches), _MOST_BINDINGS):
        present = tuple(ground(pattern, values) for pattern in coded.body)
        found = [one for one in coded.rule.negated if is_present(rules, one, values, matches)]
        if len(found) == 1 and rules.passes(coded.rule.filters, values):
            absence = filled(found[0], rules.terms(values))
            yield len(coded.body), NearMiss(coded.rule, absence, present)
    for place, missing in enumerate(coded.body):
        others = [*coded.body[:place], *coded.body[place + 1 :]]
        for values in islice(solutions(others, binding, matches), _MOST_BINDINGS):
            is_near = rules.passes(coded.rule.filters, values) and not any(
                is_present(rules, one, values, matches) for one in coded.rule.negated
            )
            if is_near:
                present = tuple(ground(pattern, values) for pattern in others)
                yield place, NearMiss(coded.rule, fill(missing, values), present)


def _missing(missing: Pattern | Negation, vocabulary: Vocabulary) -> str:
    if isinstance(missing, Negation):
        return f"the absence of {missing}"
    return _text(missing, vocabulary)


def _text(pattern: Pattern, vocabulary: Vocabulary) -> str:
    return " ".join(
        str(slot) if isinstance(slot, Variable) else term_text(vocabulary.decode(slot))
        for slot in pattern
    )


def term_text(term: Term) -> str:
    """A CURIE, or the literal as in Turtle."""
    return str(term) if isinstance(term, Literal) else shorten(term.value)


_MOST_NEAR: Final = 3


class Explainer:
    """Proofs of the triples of one release; made once, then only read, by any number of threads."""

    def __init__(self, store: Store, rules_folder: Path = ONTOLOGY_FILES / "rules") -> None:
        """Reads the facts and their levels, and compiles the rules.

        Args:
            store: of the release. Its axioms are compiled from `graph:ontology`.
            rules_folder: the rule files, which are no part of a release.

        Raises:
            BrokenRelease: the release was made by other rules.
        """
        self._store = store
        self.facts = ReleaseFacts(store)
        self.rules: list[Rule] = self.facts.rules(rules_folder)
        self._coded = CodedRules(self.rules, self.facts.vocabulary)
        self._holding = View(self.facts, self._coded)

    def explain(self, triple: Triple, *, limit: int = 1) -> list[Proof]:
        """The minimal proofs: strongest first, then by size.

        Each premise is proved as strongly as it stands, and from other premises than what it
        proves. None of the proofs has all the leaves of another one and more. What a holder
        claims is proved from what holds and from claims of that holder alone.

        Args:
            triple: asserted or derived, at any level.
            limit: how many at most; with 1, asserted premises are not proved any further. Where
                there are very many ways, only `MAX_STATES` beginnings of further proofs are seen.

        Raises:
            UnknownName: the release says nothing of one of the three terms.
            NotDerived: there is no proof; carries what is nearest to one.
            LimitExceeded: the triple may rest on more triples than are looked at.
        """
        codes = self._codes(triple)
        found = list(islice(self._proofs(codes, limit), _searched(limit))) if codes else []
        minimal = [one for one in found if not any(each.leaves < one.leaves for each in found)]
        if minimal:
            return minimal[:limit]
        evidence = self.facts.beside(triple)
        if evidence:
            return [Proof(triple, None, evidence=evidence)]
        raise self._not_derived(triple, codes)

    def proof_at(self, codes: Codes, standing: Standing) -> Proof:
        """The smallest proof of a triple that stands so.

        Raises:
            NotDerived: it does not.
            LimitExceeded: the triple may rest on more triples than are looked at.
        """
        if standing.status.holds:
            view, level = self._holding, standing.status.level
        else:
            view, level = View(self.facts, self._coded, standing), BEYOND
        search = Search(view, codes, level, self.facts.vocabulary, smallest_only=True)
        for proof in search.proofs():
            return proof
        raise NotDerived(str(self.facts.vocabulary.decode_triple(codes)))

    def contradiction(
        self, rule: Rule, triples: Sequence[Triple], standing: Standing | None = None
    ) -> ContradictionProof:
        """Why each of the triples stands although the rule says that they cannot all hold.

        Args:
            rule: one with an empty head.
            triples: what its body is, in that order.
            standing: of the level where they meet; None for what holds.

        Raises:
            NotDerived: one of the triples does not stand there.
            LimitExceeded: one of them may rest on more triples than are looked at.
        """
        premises = tuple(self._premise(triple, standing) for triple in triples)
        if standing is None or standing.status.holds:
            statuses = [rule.status, *(premise.status for premise in premises)]
            level = max((status.level for status in statuses if status), default=0)
            return ContradictionProof(rule, premises, HOLDING[level].status)
        status, holder = standing.status, standing.holder
        iri = name_of(Clash(rule.name, tuple(triples), status, holder))
        return ContradictionProof(rule, premises, status, holder, iri)

    def contradictions(self) -> list[ContradictionProof]:
        """A proof of each contradiction that the release reports, strongest status first."""
        rules = {rule.name: rule for rule in self.rules}
        return [
            self.contradiction(rules[one.rule], one.triples, Standing(one.status, one.holder))
            for one in read(self._store.graph(META))
        ]

    def _premise(self, triple: Triple, standing: Standing | None) -> Proof:
        """The smallest proof of a triple: as strongly as it holds, or else with this standing."""
        codes = self._codes(triple)
        level = self.facts.level(codes) if codes else BEYOND
        if codes and level < BEYOND:
            return self.proof_at(codes, HOLDING[level])
        if codes and standing and not standing.status.holds:
            return self.proof_at(codes, standing)
        raise self._not_derived(triple, codes)

    def _proofs(self, codes: Codes, limit: int) -> Iterator[Proof]:
        """By level, then by size; a leaf set that a stronger proof has does not come again."""
        seen: list[Proof] = []
        for view, level in self._levels(codes):
            search = Search(view, codes, level, self.facts.vocabulary, smallest_only=limit == 1)
            for proof in islice(search.proofs(), _searched(limit)):
                if not any(each.leaves <= proof.leaves for each in seen):
                    seen.append(proof)
                    yield proof

    def _levels(self, codes: Codes) -> Iterator[tuple[View, int]]:
        """What to search, strongest first: nothing stands higher than the closure says."""
        for level in range(self._holding.level(codes), BEYOND):
            yield self._holding, level
        groups = {*self.facts.groups, *self.facts.standings(codes)}
        for standing in sorted(groups - set(HOLDING), key=lambda one: one.order):
            if self._may_stand(codes, standing):
                yield View(self.facts, self._coded, standing), BEYOND

    def _may_stand(self, codes: Codes, standing: Standing) -> bool:
        """Whether a proof of this standing is possible: the closure has it, or it holds anyway."""
        if not standing.status.is_reasoned_over or self.facts.level(codes) == BEYOND:
            is_derived = codes in self.facts.groups.get(standing, ())
            return is_derived or bool(self.facts.evidence(codes, standing))
        return True

    def _codes(self, triple: Triple) -> Codes | None:
        find = self.facts.vocabulary.find
        subject, predicate, object_ = (find(term) for term in _terms(triple))
        if subject is None or predicate is None or object_ is None:
            return None
        return subject, predicate, object_

    def _not_derived(self, triple: Triple, codes: Codes | None) -> UnknownName | NotDerived:
        for term in _terms(triple):
            if isinstance(term, NamedNode) and not self._is_known(term):
                known = [shorten(name) for name in self._store.names]
                return UnknownName(shorten(term.value), known, kind="term")
        text = " ".join(map(term_text, _terms(triple)))
        misses = nearest(self._holding, self._coded, codes, _MOST_NEAR) if codes else []
        return NotDerived(text, [miss.document(self.facts.vocabulary) for miss in misses])

    def _is_known(self, term: NamedNode) -> bool:
        return self.facts.vocabulary.find(term) is not None or self._store.knows(term)


def _searched(limit: int) -> int:
    """How many proofs are found to choose from: a later one may have fewer leaves."""
    return 1 if limit == 1 else 2 * limit + 8


def _terms(triple: Triple) -> Sequence[Term]:
    subject, predicate, object_ = triple.subject, triple.predicate, triple.object
    if isinstance(subject, Triple) or isinstance(object_, Triple):
        raise NotDerived(str(triple))
    return subject, predicate, object_


def prove(
    clash: Contradiction,
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    rules: Sequence[Rule],
    rules_folder: Path,
) -> ContradictionProof:
    """Why each of the triples that clash stands.

    Args:
        clash: what `derive` raised for these files and rules.
        curated: as `read_curated` gives them.
        ontology: as `read_ontology` gives them.
        rules: those that were derived by.
        rules_folder: where those of files stand.

    Raises:
        LimitExceeded: there is more to derive than allowed.
    """
    # What would be released if nothing were a contradiction: the explainer asks no more.
    derivations = derive(premises(curated), [rule for rule in rules if rule.head]).derivations
    store = Store.in_memory(assemble(curated, ontology, derivations, rules))
    explainer = Explainer(store, rules_folder)
    rule = next(rule for rule in explainer.rules if rule.name == clash.rule)
    return explainer.contradiction(rule, clash.triples)


def in_words(proof: ContradictionProof, curated_folder: Path, ontology_folder: Path) -> str:
    """The proof as a tree, then where each statement that it rests on is written."""
    leaves = [leaf for leaf in proof.steps() if leaf.rule is None]
    problems = [
        Problem(statement(one), "", "", one.subject, one.predicate, one.object, evidence.graph)
        for one, evidence in ((leaf.triple, each) for leaf in leaves for each in leaf.evidence)
    ]
    found = locate(problems, curated_folder, ontology_folder)
    lines = [f"{one.where}: {one.message}" for one in found]
    return "\n".join([plain_text([proof]).rstrip(), "It rests on:", *lines])
