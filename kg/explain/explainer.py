"""A release -> proofs of its triples, and what is nearest where there is none."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Triple

from kg.errors import NotDerived, UnknownName
from kg.explain.nearest import nearest, term_text
from kg.explain.proofs import BEYOND, HOLDING, ContradictionProof, Proof, Standing
from kg.explain.release_facts import ReleaseFacts
from kg.explain.search import Search
from kg.explain.view import View
from kg.namespaces import shorten
from kg.paths import ONTOLOGY_FILES
from kg.reasoning.derivation.levels import Clash
from kg.reasoning.derivation.release_graphs import META, name_of, read
from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.facts.matching import CodedRules
from kg.reasoning.rules.patterns import Term
from kg.reasoning.rules.rule import Rule
from kg.store.quad_store import Store

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
