"""The words about a statement that holds in no view: whose it is, and on which pages."""

from collections.abc import Iterable, Sequence
from typing import Final

from kg.statuses import Status

_KINDS: Final = {
    Status.CLAIM: "a claim",
    Status.HYPOTHESIS: "a hypothesis",
    Status.PLAN: "a plan",
    Status.RECOMMENDATION: "a recommendation",
    Status.COUNTERFACTUAL: "something imagined",
}


def name_supposition(
    status: Status, holders: Sequence[str], pages: Sequence[str], *, is_derived: bool = False
) -> str:
    """Return what such a statement is, by its status.

    >>> name_supposition(Status.CLAIM, ["id:X"], ["5", "9"], is_derived=True)
    'what follows from a claim of id:X (pages 5, 9)'
    """
    text = _KINDS[status]
    if holders:
        text += f" of {' and '.join(holders)}"
    if pages:
        text += f" (page{'s' if len(pages) > 1 or '–' in pages[0] else ''} {', '.join(pages)})"
    return f"what follows from {text}" if is_derived else text


def write_caveat(suppositions: Iterable[str]) -> str:
    """Return the sentence that it is only these and holds in no view; "" if there are none."""
    parts = [*dict.fromkeys(suppositions)]
    return f"Only {' and '.join(parts)}; it holds in no view." if parts else ""
