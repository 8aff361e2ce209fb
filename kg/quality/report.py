"""The tables of a quality report, computed from the answers of all rounds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kg.quality.agreement import (
    Interval,
    clustered_interval,
    cohens_kappa,
    gwets_ac1,
    wilson_interval,
)
from kg.quality.rounds import YES, Round

_RECALL: Final = "an assertion of the passage is held"
# Each sample with the column whose share of "yes" is reported, and what that says.
_SHARES: Final = {
    "evidence": (
        "faithful",
        "the statement alone, with its qualifiers, says what the passage says",
    ),
    "derived": ("agrees", "the derived statement holds as the paper has it"),
    "background": ("right", "the background statement is right"),
    "descriptions": ("right", "the definition or description is right, in both languages"),
}


def format_report(rounds: Sequence[Round]) -> str:
    """Return the tables in Markdown; each share comes with its interval of 95 %."""
    return "\n".join(
        [
            "| what | round | reader | yes | of | share | 95 % |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *(_row(cells) for each in rounds for cells in _shares(each)),
            *(_row(cells) for each in rounds for cells in _recall(each)),
            *(_row(cells) for cells in _pooled(rounds)),
            "",
            "| agreement | round | between | of | Cohen's κ | Gwet's AC1 |",
            "| --- | --- | --- | --- | --- | --- |",
            *(_row(cells) for each in rounds for cells in _agreement(each)),
            "",
        ]
    )


def _shares(each: Round) -> Iterator[Sequence[str]]:
    for sample, (column, meaning) in _SHARES.items():
        for reader, answers in each.answers(sample, column).items():
            yes, of = answers.count(YES), len(answers)
            yield meaning, each.name, reader, *_share(yes, of, wilson_interval(yes, of))


def _recall(each: Round) -> Iterator[Sequence[str]]:
    for reader, clusters in each.recall().items():
        held, of = map(sum, zip(*clusters, strict=True))
        interval = clustered_interval(clusters)
        yield _RECALL, each.name, reader, *_share(held, of, interval)


def _pooled(rounds: Sequence[Round]) -> Iterator[Sequence[str]]:
    """Yield the shares of the last two rounds together."""
    last = rounds[-2:]
    if len(last) < 2:
        return
    name = " + ".join(each.name for each in last)
    for sample, (column, meaning) in _SHARES.items():
        answers = [
            answer
            for each in last
            for found in each.answers(sample, column).values()
            for answer in found
        ]
        if answers:
            yes, of = answers.count(YES), len(answers)
            # Readers of one round judge the same items, so only the items count for the interval.
            readers = max(len(each.answers(sample, column)) for each in last)
            interval = wilson_interval(round(yes / readers), round(of / readers))
            yield meaning, name, "all", *_share(yes, of, interval)
    clusters = [one for each in last for found in each.recall().values() for one in found]
    if clusters:
        held, of = map(sum, zip(*clusters, strict=True))
        yield _RECALL, name, "all", *_share(held, of, clustered_interval(clusters))


def _agreement(each: Round) -> Iterator[Sequence[str]]:
    statuses = each.answers("evidence", "status")
    by_reader = {**statuses, "the graph": list(each.held_statuses.values())} if statuses else {}
    yield from _pairs("status", each.name, by_reader)
    yield from _pairs("faithful", each.name, each.answers("evidence", "faithful"))


def _pairs(what: str, name: str, by_reader: Mapping[str, Sequence[str]]) -> Iterator[Sequence[str]]:
    readers = list(by_reader)
    for position, first in enumerate(readers):
        for second in readers[position + 1 :]:
            pair = by_reader[first], by_reader[second]
            kappa, ac1 = cohens_kappa(*pair), gwets_ac1(*pair)
            yield what, name, f"{first}, {second}", str(len(pair[0])), f"{kappa:.2f}", f"{ac1:.2f}"


def _share(yes: int, of: int, interval: Interval) -> Sequence[str]:
    low, high = interval
    return str(yes), str(of), f"{yes / of:.3f}", f"{low:.3f}–{high:.3f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
