"""Describe the outcome of a patch in words, as trees of proofs and lists of changed rows."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, parse_query_results
from rich.text import Text
from rich.tree import Tree

from kg.reasoning.proofs import words as proof_words
from kg.reasoning.proofs.proof import ContradictionProof
from kg.reasoning.whatif.outcome import Answers, Change, Outcome


def plain_text(outcome: Outcome, answers: Answers | None = None, *, proofs: bool = True) -> str:
    """Render the trees without colours, followed by the differences between the answers."""
    trees = proof_words.render_trees(change_trees(outcome, proofs=proofs))
    parts = [trees, *(answer_lines(answers) if answers else ())]
    return "\n".join(part.rstrip() for part in parts) + "\n"


def change_trees(outcome: Outcome, *, proofs: bool = True) -> Iterator[Tree]:
    """Yield one tree for each kind of change that occurs; its branches are the changes."""
    sections = {
        "Would newly hold": outcome.gained,
        "Would no longer hold": outcome.lost,
        "Would hold more or less strongly": outcome.shifted,
        "Would change outside of this view": outcome.beyond,
    }
    trees = {
        title: [_change(change, proofs=proofs) for change in changes]
        for title, changes in sections.items()
    }
    clashes = [_clash(clash, proofs=proofs) for clash in outcome.contradictions]
    trees["Would contradict each other"] = clashes
    if not any(trees.values()):
        yield Tree("Nothing would change.")
    for title, branches in trees.items():
        if branches:
            section = Tree(Text(f"{title}: {len(branches)}", style="bold magenta"))
            section.children = branches
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
