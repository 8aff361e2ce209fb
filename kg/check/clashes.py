"""A smallest clash -> a finding that lists its axioms in words, each with file and line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pyoxigraph import Triple

from kg.reasoning.description_logic.axioms import Wording
from kg.reasoning.description_logic.explanation import Clash, EmptyClass
from kg.validation.findings import Finding, Problem, locate, name_of

_RULE: Final = "description-logic"
_REMEDY: Final = "one of these less, or less strict."
_MAX_LISTED_AXIOMS: Final = 20
_PERHAPS: Final = (
    "perhaps not all of them (--dl-seconds allows more time, --dl-megabytes more memory)"
)
_INDENT: Final = "\n    "
# The remedy follows, after a space.
_LAST: Final = "\n   "


class ClashFindings:
    """Turns clashes of one ontology with its facts into findings."""

    def __init__(self, triples: Iterable[Triple], curated: Path, ontology: Path) -> None:
        self._wording = Wording(triples)
        self._folders = curated, ontology

    def of_inconsistency(self, clash: Clash) -> Finding:
        """At the line of an assertion of the clash, or else of one of its axioms."""
        to_blame = max(clash.axioms, key=lambda one: one.is_assertion)
        message = f"the ontology and what holds are inconsistent. {self._why(clash)}"
        return self._located(Problem(message, _REMEDY, _RULE, *to_blame.head))

    def of_class(self, empty: EmptyClass) -> Finding:
        """At the line where the class is declared."""
        message, remedy = f"{name_of(empty.name)} can have no member", _REMEDY
        if empty.clash is not None:
            message += f". {self._why(empty.clash)}"
        elif empty.cause is not None:
            message += f", because {name_of(empty.cause)} can have none."
            remedy = f"{name_of(empty.cause)} put right first."
        return self._located(Problem(message, remedy, _RULE, empty.name))

    def _why(self, clash: Clash) -> str:
        """The axioms of the clash, one a line and each with its place, by file and line."""
        problems = [
            Problem(self._wording.of(one), "", _RULE, *one.head)
            for one in clash.axioms[:_MAX_LISTED_AXIOMS]
        ]
        lines = [
            f"{one.path}:{one.line or '?'}: {one.message}"
            for one in locate(problems, *self._folders)
        ]
        count = len(clash.axioms)
        if count > _MAX_LISTED_AXIOMS:
            lines.append(f"… and {count - _MAX_LISTED_AXIOMS} more")
        how = "and none of them can be left out" if clash.is_minimal else _PERHAPS
        return "".join([f"These {count} clash, {how}:", *(_INDENT + line for line in lines), _LAST])

    def _located(self, problem: Problem) -> Finding:
        return locate([problem], *self._folders)[0]
