"""All errors of the project: `KgError` and its subclasses, with the facts as attributes.

A text or file that cannot be read or parsed is a `MalformedInput`. The other errors refuse
well-formed input, or are about facts, limits and releases.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import ClassVar, Final

from pyoxigraph import NamedNode, Triple

# Characters that a message quotes of the beginning and of the end of a long text.
_QUOTED: Final = 500


# Of many names, those that are compared in detail.
_COMPARED: Final = 50


def similar_names(name: str, known: Collection[str]) -> list[str]:
    """Return up to three similar names; those that have all of its words together come first.

    To compare a name with thousands in detail would take tens of milliseconds, and to compare a
    long one at all would keep all other threads waiting as long.
    """
    containing: list[str] = []
    if longer := [each for each in known if len(each) >= len(name)]:
        words = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        containing = sorted(filter(words.search, longer), key=len)
    # A text that is more than three times as long differs in more than half of both.
    known = [each for each in known if len(name) <= 3 * len(each)]
    if len(known) > _COMPARED:
        # Imported late, since most programs misspell nothing.
        from rapidfuzz import fuzz, process

        found = process.extract(name, known, scorer=fuzz.ratio, score_cutoff=50, limit=_COMPARED)
        known = [each for each, *_ in found]
    near = [*containing, *get_close_matches(name, known, n=3, cutoff=0.5)]
    return [*dict.fromkeys(near)][:3]


class KgError(Exception):
    """Base class of all errors; the message says what is wrong, where, and what was expected."""


class MalformedInput(KgError):
    """Input that cannot be read or parsed."""


class MalformedFile(MalformedInput):
    """A file that cannot be parsed or used; `remedy` is a noun phrase for the expected content."""

    def __init__(
        self, path: Path, line: int, column: int, reason: str, *, remedy: str = ""
    ) -> None:
        self.path, self.line, self.column, self.reason = path, line, column, reason
        self.remedy = remedy
        hint = f". Expected: {remedy}" if remedy else ""
        super().__init__(f"{path}:{line}:{column}: {reason}{hint}")


class MalformedRule(MalformedInput):
    """A rule file that does not contain exactly one CONSTRUCT rule in the supported form."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        self.path, self.line, self.reason = path, line, reason
        super().__init__(f"{path}:{line}: {reason}")


class UnstratifiedRules(MalformedInput):
    """A cycle of rules, the first of which negates or aggregates triples that depend on it.

    `rules` has their names and places. Each derives the predicate at the same index of
    `predicates` for the next rule, and the last one for the first.
    """

    def __init__(self, rules: Sequence[str], predicates: Sequence[str]) -> None:
        self.rules, self.predicates = list(rules), list(predicates)
        pairs = zip(rules, predicates, strict=True)
        steps = "; ".join(f"{rule} derives {predicate}" for rule, predicate in pairs)
        use = f"which {rules[0]} reads in a NOT EXISTS or an aggregate"
        self.cycle = f"rules are recursive through NOT EXISTS or an aggregate: {steps}, {use}"
        self.remedy = "rules that do not negate or aggregate triples that depend on them"
        super().__init__(f"{self.cycle}. Expected: {self.remedy}")


class _MalformedText(MalformedInput):
    """A text that cannot be parsed; line and column count from 1 and are None if unknown."""

    problem: ClassVar[str]

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.reason, self.line, self.column = reason, line, column
        super().__init__(f"{self.problem}{_position(line, column)}: {reason}")


class MalformedQuery(_MalformedText):
    """A SPARQL query that cannot be parsed."""

    problem = "The query is not well-formed SPARQL"


class MalformedUpdate(_MalformedText):
    """A SPARQL update that cannot be parsed."""

    problem = "The update is not well-formed SPARQL Update"


class MalformedRdf(_MalformedText):
    """RDF that cannot be parsed and is not in one of the project's files."""

    problem = "The RDF is not well-formed"


class MalformedPatch(_MalformedText):
    """A patch that cannot be parsed."""

    problem = "The patch cannot be parsed"


class MalformedParameter(MalformedInput):
    """A parameter with an invalid name or value."""

    def __init__(self, parameter: str, reason: str) -> None:
        self.parameter, self.reason = parameter, reason
        super().__init__(f"{parameter}: {reason}")


class UnsupportedAxiom(MalformedInput):
    """An axiom of the ontology that cannot be compiled to rules."""

    def __init__(self, axiom: str, reason: str) -> None:
        self.axiom, self.reason = axiom, reason
        super().__init__(f"{axiom}: {reason}")


class RefusedQuery(KgError):
    """A well-formed query that is not run here because of one feature, such as SERVICE."""

    def __init__(self, feature: str, reason: str) -> None:
        self.feature, self.reason = feature, reason
        super().__init__(f"The query is refused because of {feature}: {reason}.")


class UpdateFailed(KgError):
    """A well-formed update that changed nothing because one of its operations failed."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The update failed and changed nothing: {reason}.")


class ContradictingUpdate(UpdateFailed):
    """An update that a strict store refuses, since its data would contradict itself.

    `rule` names the contradiction, and `explanation` has the lines of its proof.
    """

    def __init__(self, rule: str, premises: Sequence[str], proof: str) -> None:
        self.rule, self.explanation = rule, proof.splitlines()
        super().__init__(f"by {rule}, these cannot all hold: {'; '.join(premises)}")


class RefusedPatch(KgError):
    """A well-formed patch that a what-if does not accept; `near` has similar names that exist."""

    def __init__(
        self,
        reason: str,
        line: int | None = None,
        column: int | None = None,
        *,
        near: Sequence[str] = (),
    ) -> None:
        self.reason, self.line, self.column, self.near = reason, line, column, list(near)
        where = _position(line, column)
        # The reason quotes what was sent, which may have millions of characters.
        if len(reason) > 2 * _QUOTED:
            reason = self.reason = f"{reason[:_QUOTED]} … {reason[-_QUOTED:]}"
        super().__init__(f"The patch is refused{where}: {reason}.{did_you_mean(near)}")


class UnknownName(KgError):
    """A name that does not exist; `near` has similar names that do, by default of all `known`."""

    def __init__(
        self,
        name: str,
        known: Sequence[str] = (),
        kind: str = "name",
        *,
        near: Sequence[str] | None = None,
        remedy: str = "",
    ) -> None:
        self.name, self.kind = name, kind
        self.near = similar_names(name, known) if near is None else list(near)
        hint = f" Remedy: {remedy}" if remedy else ""
        super().__init__(f"Unknown {kind} '{name}'.{did_you_mean(self.near)}{hint}")


class AmbiguousName(KgError):
    """A name that several things have; `candidates` has the `id`, `name` and `label` of each."""

    def __init__(self, name: str, candidates: Sequence[Mapping[str, object]]) -> None:
        self.name, self.candidates = name, list(candidates)
        names = [str(candidate["name"]) for candidate in candidates]
        super().__init__(f"'{name}' is the name of several things.{expect_one_of(names)}")


class Withdrawn(KgError):
    """A thing that was withdrawn; `reasons` are texts by language, `successors` IRIs."""

    def __init__(
        self,
        iri: NamedNode,
        since: str,
        reasons: Mapping[str, str],
        successors: Sequence[NamedNode],
    ) -> None:
        self.successors = [successor.value for successor in successors]
        self.since, self.reasons = since, dict(reasons)
        when = f" since {since}" if since else ""
        reason = self.reasons.get("en") or next(iter(self.reasons.values()), "")
        instead = f"Use instead: {', '.join(self.successors)}." if successors else ""
        statement = f"{iri.value} has been withdrawn{when}."
        super().__init__(" ".join(filter(None, [statement, reason, instead])))


class FormatCannotExpress(KgError):
    """Content that a format cannot express."""

    def __init__(self, format_name: str, content: str) -> None:
        self.format_name, self.content = format_name, content
        super().__init__(f"{format_name} cannot express {content}.")


class UnsupportedRules(KgError):
    """Well-formed rules that a part of the engine does not support; `rules` has their names."""

    def __init__(self, part: str, rules: Sequence[str], reason: str) -> None:
        self.part, self.rules, self.reason = part, list(rules), reason
        names = ", ".join(self.rules[:3])
        super().__init__(
            f"{part} does not support rules with NOT EXISTS or an aggregate: {names}; {reason}"
        )


class NotDerived(KgError):
    """A triple that is neither asserted nor derived.

    Each entry of `nearest` has a rule that would derive it, its sentence, the one premise that is
    missing (a `?name` in it matches any term), and the premises that are present. `elsewhere` is
    the view that shows the triple, if the one that was asked for does not, and `caveat` that it
    holds in none without a world.
    """

    def __init__(
        self,
        triple: str,
        nearest: Sequence[Mapping[str, object]] = (),
        elsewhere: str = "",
        caveat: str = "",
    ) -> None:
        self.triple, self.nearest = triple, list(nearest)
        self.elsewhere, self.caveat = elsewhere, caveat
        if elsewhere or caveat:
            where = f"It {'is shown' if caveat else 'stands'} in {elsewhere}." if elsewhere else ""
            super().__init__(
                " ".join(f"Not shown in this view: {triple}. {caveat} {where}".split())
            )
            return
        hint = " No rule is only one premise short of deriving it."
        if self.nearest:
            first = self.nearest[0]
            hint = f" Nearest rule: {first['rule']}; missing premise: {first['missing']}."
        super().__init__(f"Neither asserted nor derived: {triple}.{hint}")


class ValidationFailed(KgError):
    """Curated files that must not be released; `findings` has every problem found."""

    def __init__(self, findings: Sequence[object]) -> None:
        self.findings = list(findings)
        lines = "\n".join(map(str, findings))
        super().__init__(f"{len(self.findings)} finding(s):\n{lines}")


class Contradiction(KgError):
    """A constraint, named by `rule`, that the facts and derived triples violate.

    `triples` are those that its body matched, `terms` the same as text. `proof` is an explanation
    of several lines, or empty if none was requested.
    """

    def __init__(
        self, rule: str, terms: Sequence[str], triples: Sequence[Triple] = (), proof: str = ""
    ) -> None:
        self.rule, self.terms, self.triples = rule, list(terms), tuple(triples)
        self.proof = proof
        explanation = f"\n{proof}" if proof else ""
        super().__init__(f"{rule}: these cannot all hold: {'; '.join(terms)}{explanation}")


class LimitExceeded(KgError):
    """A limit that was exceeded; `limit` is its name, `allowed` its value."""

    def __init__(self, limit: str, allowed: float, reason: str = "") -> None:
        self.limit, self.allowed = limit, allowed
        number = f"{allowed:,}" if isinstance(allowed, int) else f"{allowed:g}"
        self.reason = reason
        super().__init__(f"{limit}: more than {number}. {reason}".strip())

    def of(self, path: Path) -> "LimitExceeded":
        """Return the same error, of this file."""
        return LimitExceeded(f"{path}: {self.limit}", self.allowed, self.reason)


class PatchTooLarge(LimitExceeded):
    """A patch with more triples than a what-if accepts."""

    def __init__(self, allowed: int) -> None:
        super().__init__("triples in a patch", allowed, "Build a release for larger changes.")


class ReasonerFailed(KgError):
    """The process of the description-logic reasoner does not start, or ends too early."""

    def __init__(self, reason: str, *, remedy: str) -> None:
        self.reason = reason
        super().__init__(f"The description-logic reasoner failed: {reason}. Remedy: {remedy}.")


class BrokenRelease(KgError):
    """A release folder with missing or inconsistent parts."""

    def __init__(self, path: Path, reason: str, *, remedy: str = "glocal build") -> None:
        self.path, self.reason, self.remedy = path, reason, remedy
        super().__init__(f"{path}: {reason}. Remedy: {remedy}")


class OtherBaseIri(BrokenRelease):
    """A release with other names than this process makes; in `environment`, one makes the same."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        variables = " ".join(f"{name}={value}" for name, value in environment.items())
        reason = "its names have another base IRI or source than those that this process makes"
        remedy = f"{variables} in the environment, before Python starts"
        super().__init__(path, reason, remedy=remedy)


def did_you_mean(names: Sequence[str]) -> str:
    """Return a sentence, after a space, that suggests these names; empty if there are none."""
    return f" Did you mean: {', '.join(names)}?" if names else ""


def expect_one_of(names: Sequence[str]) -> str:
    """Return a sentence, after a space, that names what is expected; empty if there is nothing."""
    return f" Expected one of: {', '.join(names)}." if names else ""


def _position(line: int | None, column: int | None) -> str:
    return f" (line {line}, column {column})" if line is not None else ""
