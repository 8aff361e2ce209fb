"""The examples on the front page: a question with its answer, a proof, and a supposition.

They are chosen from the release's saved questions and derived statements by their form, so that
any release has some, and the same release always has the same.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from kg.describe.description import literals
from kg.errors import KgError
from kg.namespaces import DERIVED, GLOCAL, ID, RDF, RDFS, is_in, shorten
from kg.statuses import DEFAULT_VIEW, VIEWS
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery
from service.evaluators.jobs import EvaluatorJob
from service.http.html import write_html
from service.http.negotiation import LANGUAGES, Language
from service.pages.terms import TermWriter

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import Proof
    from kg.reasoning.whatif.outcome import Outcome
    from service.evaluators.evaluator import Evaluator

# Rows and columns of an answer that is shown, and the most changes.
_ROWS: Final = range(3, 41)
_COLUMNS: Final = range(2, 5)
_SHOWN: Final = 6
_MAX_CHANGES: Final = 60
# Statements that are proved, and suppositions that are tried; each takes milliseconds.
_MAX_PROVED: Final = 2_000
_MAX_TRIED: Final = 12

Row = tuple[Any, ...]


class Answer(NamedTuple):
    """The answer to a saved question: the variables that are shown, and the rows."""

    question: SavedQuery
    columns: Sequence[str]
    rows: Sequence[Row]


class Supposition(NamedTuple):
    """A premise supposed away: the outcome, and a question whose answer changes, if any.

    `before` and `after` are the numbers of its rows, `lost` and `gained` the rows that differ.
    """

    premise: Triple
    outcome: "Outcome"
    question: SavedQuery | None = None
    before: int = 0
    after: int = 0
    lost: Sequence[Row] = ()
    gained: Sequence[Row] = ()


@dataclass(frozen=True, kw_only=True)
class FrontExamplesJob(EvaluatorJob):
    """The examples as HTML by language, in JSON; an example that cannot be had is left out."""

    questions: Sequence[SavedQuery]

    def answer(self, evaluator: "Evaluator") -> bytes:
        """Choose the examples, and write them in each language of pages."""
        questions = [one for one in self.questions if _can_be_shown(one)]
        answer = _choose_answer(evaluator.store, questions)
        proof, supposition = _choose_proof(evaluator, questions)
        pages = {}
        for tag in LANGUAGES:
            terms = TermWriter(evaluator.store, Language(tag, is_explicit=False))
            shown = {"answer": answer, "proof": proof, "supposition": supposition}
            page = write_html(
                "front-examples.html",
                **terms.macros,
                terms=terms,
                language=tag,
                statement=terms.statement,
                local=terms.local,
                most=_SHOWN,
                **shown,
            )
            pages[tag] = page.decode().strip()
        return json.dumps(pages, ensure_ascii=False).encode()


def _can_be_shown(question: SavedQuery) -> bool:
    is_in_usual_view = VIEWS[question.view] == DEFAULT_VIEW.base and not question.world
    return question.form == "SELECT" and not question.parameters and is_in_usual_view


def _choose_answer(store: Store, questions: Sequence[SavedQuery]) -> Answer | None:
    """Return the answer with numbers and most rows, among those of a few columns of names."""
    answers = []
    for question in questions:
        results = question.run(store, {})
        if isinstance(results, QuerySolutions):
            answer = _read_answer(store, question, results)
            if len(answer.rows) in _ROWS and len(answer.columns) in _COLUMNS:
                answers.append(answer)
    return max(answers, key=_interest, default=None)


def _interest(answer: Answer) -> tuple[bool, int, str]:
    terms = [term for row in answer.rows for term in row]
    has_numbers = any(isinstance(term, Literal) and _is_number(term) for term in terms)
    has_texts = any(isinstance(term, Literal) and not _is_number(term) for term in terms)
    return has_numbers and not has_texts, len(answer.rows), answer.question.name


def _is_number(literal: Literal) -> bool:
    return literal.value.replace(".", "", 1).lstrip("-").isdecimal()


def _read_answer(store: Store, question: SavedQuery, results: QuerySolutions) -> Answer:
    """Return the rows without the columns that only name a thing of another column."""
    names = [variable.value for variable in results.variables]
    rows = [tuple(row[name] for name in names) for row in results]
    kept = [at for at in range(len(names)) if not _only_names(store, rows, at)]
    return Answer(question, [names[at] for at in kept], [tuple(r[at] for at in kept) for r in rows])


def _only_names(store: Store, rows: Sequence[Row], at: int) -> bool:
    """Return whether each value of a column is a label of a thing in the same row."""
    return all(
        isinstance(row[at], Literal)
        and any(
            row[at] in literals(store, thing, RDFS["label"])
            for thing in row
            if isinstance(thing, NamedNode)
        )
        for row in rows
    )


def _choose_proof(
    evaluator: "Evaluator", questions: Sequence[SavedQuery]
) -> tuple["Proof | None", Supposition | None]:
    """Return a proof from two stated premises, and what would be so without one of them.

    The first one wins without whose premise the answer to a question changes.
    """
    first: tuple[Proof, Supposition] | None = None
    for proof in islice(_short_proofs(evaluator), _MAX_TRIED):
        for premise in proof.premises:
            supposition = _suppose(evaluator, premise.triple, questions)
            if supposition is None:
                continue
            if supposition.question is not None:
                return proof, supposition
            first = first or (proof, supposition)
    return first or (None, None)


def _short_proofs(evaluator: "Evaluator") -> Iterator["Proof"]:
    """Yield the proofs from two stated premises that say different things of three things.

    Those whose conclusion is about a member of the example class come first.
    """
    store, kind = evaluator.store, GLOCAL[evaluator.content.example_class]
    derived = [one for one in store.triples(graph=DERIVED) if _is_between_things(one)]
    members = {one.subject for one in store.triples(None, RDF["type"], kind)}
    derived.sort(key=lambda one: (one.subject not in members, str(one)))
    for triple in derived[:_MAX_PROVED]:
        [proof] = evaluator.explainer.explain(triple)
        said = [one.triple for one in (proof, *proof.premises)]
        are_stated = all(one.rule is None and one.evidence for one in proof.premises)
        differ = len({one.predicate for one in said}) == len(said)
        if len(said) == 3 and are_stated and differ and all(map(_is_between_things, said)):
            yield proof


def _is_between_things(triple: Triple) -> bool:
    ends = (triple.subject, triple.object)
    return is_in(triple.predicate, GLOCAL) and all(
        isinstance(end, NamedNode) and is_in(end, ID) for end in ends
    )


def _suppose(
    evaluator: "Evaluator", premise: Triple, questions: Sequence[SavedQuery]
) -> Supposition | None:
    """Return what would be so without a premise; None if nothing or too much would change."""
    from kg.reasoning.whatif.outcome import Patch

    terms = (premise.subject, premise.predicate, premise.object)
    patch = Patch(removals=(Quad(*terms, DefaultGraph()),))
    try:
        outcome = evaluator.whatif.evaluate(patch, DEFAULT_VIEW, slice(0, _MAX_CHANGES))
    except KgError:
        # Such as a release with rules that a what-if cannot treat.
        return None
    if not 1 < len(outcome.lost) < _MAX_CHANGES or outcome.contradictions:
        return None
    changed = {shorten(one.triple.predicate.value) for one in (*outcome.lost, *outcome.gained)}
    for question in questions:
        if any(name in question.text for name in changed):
            compared = evaluator.answers.compare(outcome.dataset, question.text, DEFAULT_VIEW)
            rows = [
                _rows(evaluator.store, question, each) for each in (compared.before, compared.after)
            ]
            before, after = map(Counter, rows)
            if before != after:
                lost, gained = list((before - after).elements()), list((after - before).elements())
                return Supposition(
                    premise, outcome, question, len(rows[0]), len(rows[1]), lost, gained
                )
    return Supposition(premise, outcome)


def _rows(store: Store, question: SavedQuery, body: bytes) -> Sequence[Row]:
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    return (
        _read_answer(store, question, results).rows if isinstance(results, QuerySolutions) else ()
    )
