"""Describe the outcome of a patch in words, as trees of proofs and lists of changed rows."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    parse_query_results,
)
from rich.text import Text
from rich.tree import Tree

from kg.namespaces import shorten
from kg.reasoning.proofs import words
from kg.reasoning.proofs.proof import ContradictionProof, Standing
from kg.reasoning.whatif.outcome import Answers, Change, Outcome

NO_CHANGES = "Nothing would change."


def plain_text(outcome: Outcome, answers: Answers | None = None, *, proofs: bool = True) -> str:
    """Render the trees without colours, followed by the differences between the answers."""
    parts = [
        words.render_trees(change_trees(outcome, proofs=proofs)),
        *(answer_lines(answers) if answers else ()),
    ]
    return "\n".join(part.rstrip() for part in parts) + "\n"


def change_trees(outcome: Outcome, *, proofs: bool = True) -> Iterator[Tree]:
    """Yield one tree for each kind of change that occurs; its branches are the changes."""
    sections = {
        "Would newly hold": outcome.gained,
        "Would no longer hold": outcome.lost,
        "Would hold more or less strongly": outcome.shifted,
        "Would change among claims, hypotheses and plans": outcome.beyond,
    }
    branches_by_title = {
        title: [_change(change, proofs=proofs) for change in changes]
        for title, changes in sections.items()
    }
    branches_by_title["Would contradict each other"] = [
        _clash(clash, proofs=proofs) for clash in outcome.contradictions
    ]
    if not any(branches_by_title.values()):
        yield Tree(NO_CHANGES)
    for title, branches in branches_by_title.items():
        if branches:
            section = Tree(Text(f"{title}: {len(branches)}", style="bold magenta"))
            section.children = branches
            yield section


def answer_lines(answers: Answers) -> Iterator[str]:
    """Yield the differences between the two answers, one line per added or removed row."""
    before, after = (
        parse_query_results(results, format=QueryResultsFormat.JSON)
        for results in (answers.before, answers.after)
    )
    if isinstance(before, QueryBoolean) or isinstance(after, QueryBoolean):
        yield f"Answer: {_yes_or_no(before)} now, {_yes_or_no(after)} then"
        return
    old, new = Counter(_rows(before)), Counter(_rows(after))
    yield f"Answer: {old.total()} row(s) now, {new.total()} then"
    names = [variable.value for variable in before.variables]
    yield from (f"  {'  '.join(names)}",) if old != new else ()
    yield from (f"- {row}" for row in sorted((old - new).elements()))
    yield from (f"+ {row}" for row in sorted((new - old).elements()))


def _change(change: Change, *, proofs: bool) -> Tree:
    text = Text(_sign(change), style="bold") + words.build_label(change.proof)
    branch = Tree(text)
    branch.children = [words.build_tree(premise) for premise in change.proof.premises if proofs]
    return branch


def _sign(change: Change) -> str:
    if change.before is None:
        return "+ "
    if change.after is None:
        return "- "
    return f"{_standing(change.before)} -> {_standing(change.after)}: "


def _clash(clash: ContradictionProof, *, proofs: bool) -> Tree:
    branch = words.build_tree(clash)
    if not proofs:
        branch.children = [Tree(words.build_label(premise)) for premise in clash.premises]
    return branch


def _standing(standing: Standing) -> str:
    holder = f" of {shorten(standing.holder.value)}" if standing.holder else ""
    return f"{standing.status.value}{holder}"


def _rows(solutions: QuerySolutions) -> Iterable[str]:
    for solution in solutions:
        terms = (
            shorten(term.value) if isinstance(term, NamedNode) else str(term or "-")
            for term in solution
        )
        yield "  ".join(terms)


def _yes_or_no(answer: object) -> str:
    return "yes" if answer else "no"
