"""What would come of a patch, in words: sections, each change over its proof, rows that differ."""

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

NOTHING = "Nothing would stand otherwise."


def plain_text(outcome: Outcome, answers: Answers | None = None, *, proofs: bool = True) -> str:
    """The trees without colours, then what differs in the answers."""
    parts = [words.printed(trees(outcome, proofs=proofs)), *(in_words(answers) if answers else ())]
    return "\n".join(part.rstrip() for part in parts) + "\n"


def trees(outcome: Outcome, *, proofs: bool = True) -> Iterator[Tree]:
    """A tree for each kind of change that there is; its branches are the proofs."""
    sections = {
        "Would newly hold": outcome.gained,
        "Would no longer hold": outcome.lost,
        "Would hold more or less strongly": outcome.shifted,
        "Would stand otherwise among claims, hypotheses and plans": outcome.beyond,
    }
    branches = {
        title: [_change(one, proofs=proofs) for one in changes]
        for title, changes in sections.items()
    }
    branches["Would contradict each other"] = [
        _clash(one, proofs=proofs) for one in outcome.contradictions
    ]
    if not any(branches.values()):
        yield Tree(NOTHING)
    for title, found in branches.items():
        if found:
            section = Tree(Text(f"{title}: {len(found)}", style="bold magenta"))
            section.children = found
            yield section


def in_words(answers: Answers) -> Iterator[str]:
    """What differs between the two answers, a line for each row that would come or go."""
    before, after = (
        parse_query_results(one, format=QueryResultsFormat.JSON)
        for one in (answers.before, answers.after)
    )
    if isinstance(before, QueryBoolean) or isinstance(after, QueryBoolean):
        yield f"Answer: {_yes(before)} now, {_yes(after)} then"
        return
    old, new = Counter(_rows(before)), Counter(_rows(after))
    yield f"Answer: {old.total()} row(s) now, {new.total()} then"
    names = [variable.value for variable in before.variables]
    yield from (f"  {'  '.join(names)}",) if old != new else ()
    yield from (f"- {row}" for row in sorted((old - new).elements()))
    yield from (f"+ {row}" for row in sorted((new - old).elements()))


def _change(change: Change, *, proofs: bool) -> Tree:
    text = Text(_sign(change), style="bold") + words.label(change.proof)
    branch = Tree(text)
    branch.children = [words.tree(one) for one in change.proof.premises if proofs]
    return branch


def _sign(change: Change) -> str:
    if change.before is None:
        return "+ "
    return "- " if change.after is None else f"{_said(change.before)} -> {_said(change.after)}: "


def _clash(clash: ContradictionProof, *, proofs: bool) -> Tree:
    branch = words.tree(clash)
    if not proofs:
        branch.children = [Tree(words.label(premise)) for premise in clash.premises]
    return branch


def _said(standing: Standing) -> str:
    held = f" of {shorten(standing.holder.value)}" if standing.holder else ""
    return f"{standing.status.value}{held}"


def _rows(solutions: QuerySolutions) -> Iterable[str]:
    for solution in solutions:
        terms = (
            shorten(term.value) if isinstance(term, NamedNode) else str(term or "-")
            for term in solution
        )
        yield "  ".join(terms)


def _yes(answer: object) -> str:
    return "yes" if answer else "no"
