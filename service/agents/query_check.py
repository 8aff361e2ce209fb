"""The tool that says what is wrong with a query, or which of its patterns makes its answer empty.

The patterns are left out one by one, each time in a query to the service, which stays within its
limits; a check takes a few seconds at most.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from kg.sparql.query import Query
from kg.sparql.query_parts import (
    NEVER_EMPTY,
    RESTRICTING,
    TRIPLE,
    PatternPart,
    asks_for,
    read_parts,
)
from kg.statuses import VIEWS
from service.agents.answers import Pattern, QueryCheck
from service.agents.calls import post
from service.agents.parameters import QueryText, View, World
from service.agents.tables import run_query
from service.agents.terms import declare
from service.errors import ToolFailed

_MALFORMED: Final = "/problems/malformed-query"
_MAX_SECONDS: Final = 8.0
_MAX_PARTS: Final = 40
# Where a pattern holds that holds in no view: in the graphs of claims and the like.
_ONLY_NAMED: Final = "only in named graphs, such as those of claims (who_says)"


async def check_query(query: QueryText, view: View = "", world: World = "") -> QueryCheck:
    """Check a SPARQL query: syntax, unknown terms, and which pattern makes its answer empty."""
    parsed = declare(query)
    try:
        rows = await run_query(parsed, view, world, 0, 1)
    except ToolFailed as error:
        if error.problem.get("type") != _MALFORMED:
            raise
        line = error.problem.get("line")
        return QueryCheck(
            is_valid=False,
            error=str(error),
            line=line and line - parsed.declarations.count("\n"),
            column=error.problem.get("column"),
            note="Correct it at this line and column, and check it again",
        )
    answer = QueryCheck(is_valid=True, unknown_terms=rows.warnings, total=rows.total)
    is_false = parsed.form == "ASK" and rows.rows[0][0] is False
    if rows.rows and not is_false:
        answer.note = "The query is well-formed and has an answer. Run it with the tool sparql"
        return answer
    diagnosis = _Diagnosis(parsed, view, world)
    try:
        async with asyncio.timeout(_MAX_SECONDS):
            await diagnosis.run()
    except TimeoutError:
        answer.note = f"Not everything could be tried in {_MAX_SECONDS:.0f} seconds. "
    answer.empty_because, answer.other_views = diagnosis.findings, diagnosis.other_views
    answer.note += diagnosis.advice()
    return answer


class _Diagnosis:
    """Finds the parts of a query's pattern that leave it without solutions.

    `findings` are complete as far as the search has come, also if it is interrupted.
    """

    def __init__(self, query: Query, view: str, world: str) -> None:
        self._query, self._view, self._world = query, view, world
        self._parts = read_parts(query)[:_MAX_PARTS]
        self.findings: list[Pattern] = []
        self.other_views: list[str] = []

    async def run(self) -> None:
        """Search: parts that match nothing by themselves, then parts that spoil all others."""
        if not self._parts:
            return
        if await self._has_solutions(self._parts):
            reason = "has solutions, which LIMIT, OFFSET, HAVING or a last VALUES leaves out"
            self._find("the whole pattern", reason)
            return
        for part in self._parts:
            if part.kind not in NEVER_EMPTY | RESTRICTING and not await self._has_solutions([part]):
                self._find(part.text, f"matches nothing by itself{await self._elsewhere(part)}")
        if not self.findings:
            await self._leave_out()
        if not self.findings:
            await self._grow()
        self.other_views = await self._views_with(self._parts)

    async def _leave_out(self) -> None:
        for left_out in self._parts:
            rest = [part for part in self._parts if part is not left_out]
            if left_out.kind not in NEVER_EMPTY and await self._has_solutions(rest):
                self._find(left_out.text, "without it, the others have solutions")

    async def _grow(self) -> None:
        """Find the first part that leaves none of the solutions of those before it."""
        for count in range(1, len(self._parts) + 1):
            if not await self._has_solutions(self._parts[:count]):
                reason = "no solution of the patterns before it fits; others after it do not, too"
                self._find(self._parts[count - 1].text, reason)
                return

    async def _views_with(self, parts: Sequence[PatternPart]) -> list[str]:
        others = [view for view in VIEWS if view != (self._view or "paper")]
        return [f"view={view}" for view in others if await self._has_solutions(parts, view)]

    async def _elsewhere(self, part: PatternPart) -> str:
        if part.kind != TRIPLE or part.text.startswith("GRAPH"):
            return ""
        if views := await self._views_with([part]):
            return f" in this view; it does in {' and '.join(views)}"
        named = PatternPart(part.kind, f"GRAPH ?anyGraph {{ {part.text} }}")
        return f"; it matches {_ONLY_NAMED}" if await self._has_solutions([named]) else ""

    async def _has_solutions(self, parts: Sequence[PatternPart], view: str = "") -> bool:
        """Return whether the parts have a solution; also if the service refuses to tell."""
        given = {"view": view or self._view, "world": self._world}
        try:
            query = asks_for(self._query, parts)
            return bool((await post("/sparql", query=query, **given)).json()["boolean"])
        except ToolFailed as error:
            if error.problem.get("status") == 400:
                return True
            raise

    def _find(self, pattern: str, finding: str) -> None:
        self.findings.append(Pattern(pattern=pattern, finding=finding))

    def advice(self) -> str:
        """Return what to try, by what was found."""
        if not self._parts:
            return "The query has no pattern that could be taken apart. Try: describe"
        if self.other_views:
            return f"Try: {' or '.join(self.other_views)}"
        return "Try: change the patterns named here; schema and describe show what exists"
