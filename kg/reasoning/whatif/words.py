"""Describe the outcome of a patch in words, as trees of proofs and lists of changed rows."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, parse_query_results
from rich.text import Text
from rich.tree import Tree

from kg.reasoning.proofs import words as proof_words
from kg.reasoning.proofs.proof import ContradictionProof
from kg.reasoning.whatif.outcome import Answers, Change, Outcome

_TITLES: Final = {
    "gained": "Would newly hold",
    "lost": "Would no longer hold",
    "shifted": "Would hold more or less strongly",
    "beyond": "Would change outside of this view",
    "contradictions": "Would contradict each other",
}


def plain_text(outcome: Outcome, answers: Answers | None = None, *, proofs: bool = True) -> str:
    """Render the trees without colours, followed by the differences between the answers."""
    trees = proof_words.render_trees(change_trees(outcome, proofs=proofs))
    parts = [trees, *(answer_lines(answers) if answers else ())]
    return "\n".join(part.rstrip() for part in parts) + "\n"


def change_trees(outcome: Outcome, *, proofs: bool = True) -> Iterator[Tree]:
    """Yield one tree for each kind of change that occurs; its branches are the changes."""
    if not any(outcome.counts.values()):
        yield Tree("Nothing would change.")
    for name, title in _TITLES.items():
        count, members = outcome.counts[name], getattr(outcome, name)
        if count:
            rest = f", {len(members):,} of them on this page" if len(members) < count else ""
            section = Tree(Text(f"{title}: {count}{rest}", style="bold magenta"))
            write = _clash if name == "contradictions" else _change
            section.children = [write(member, proofs=proofs) for member in members]
            yield section


def answer_lines(answers: Answers) -> Iterator[str]:
    """Yield the differences between the two answers, one line per added or removed row."""
    results = answers.before, answers.after
    before, after = (parse_query_results(each, format=QueryResultsFormat.JSON) for each in results)
    if isinstance(before, QueryBoolean) or isinstance(after, QueryBoolean):
        now, then = ("yes" if answer else "no" for answer in (before, after))
        yield f"Answer: {now} now, {then} then"
        return
    old, new = Counter(_rows(before)), Counter(_rows(after))
    yield f"Answer: {old.total()} row(s) now, {new.total()} then"
    names = [variable.value for variable in before.variables]
    yield from (f"  {'  '.join(names)}",) if old != new else ()
    yield from (f"- {row}" for row in sorted((old - new).elements()))
    yield from (f"+ {row}" for row in sorted((new - old).elements()))


def _change(change: Change, *, proofs: bool) -> Tree:
    branch = Tree(Text(_sign(change), style="bold") + proof_words.build_label(change.proof))
    premises = change.proof.premises if proofs else ()
    branch.children = list(map(proof_words.build_tree, premises))
    return branch


def _sign(change: Change) -> str:
    if change.before is None:
        return "+ "
    if change.after is None:
        return "- "
    before, after = map(proof_words.format_standing, (change.before, change.after))
    return f"{before} -> {after}: "


def _clash(clash: ContradictionProof, *, proofs: bool) -> Tree:
    branch = proof_words.build_tree(clash)
    if not proofs:
        branch.children = [Tree(proof_words.build_label(premise)) for premise in clash.premises]
    return branch


def _rows(solutions: QuerySolutions) -> Iterable[str]:
    for solution in solutions:
        yield "  ".join("-" if term is None else proof_words.format_term(term) for term in solution)
