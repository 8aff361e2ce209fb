"""Every way to fail, drawn as a tree.

KgError
├── MalformedInput          a file or text that cannot be read
│   ├── MalformedFile         RDF syntax, with file, line and column
│   ├── MalformedRule         a rule file that is no rule, with file and line
│   ├── UnstratifiedRules     rules that rest on their own negation or aggregate
│   ├── MalformedQuery        SPARQL syntax, with line and column
│   ├── MalformedUpdate       SPARQL Update syntax, with line and column
│   ├── MalformedRdf          RDF syntax, not in a file, with line and column
│   ├── MalformedPatch        a patch in no syntax that is read, with line and column
│   ├── MalformedParameter    a query parameter or CLI argument of the wrong form
│   └── UnsupportedAxiom      an OWL axiom that no rule is compiled for
├── RefusedQuery            well-formed, but not run here, such as SERVICE
├── UpdateFailed            a well-formed update that cannot be done
├── RefusedPatch            well-formed, but says what a what-if does not take in
├── UnknownName             a CURIE, query, resource or release that is not there
├── NotExpressible          what a format has no form for
├── UnsupportedRules        rules that a part of the engine cannot work with
├── NotDerived              a triple that is neither asserted nor derived, at any level
├── NotValid                curated files that break a shape or a structural demand
├── Contradiction           axioms and facts that clash among what holds
├── LimitExceeded           more triples, seconds or characters than allowed
│   └── PatchTooLarge         more triples than a patch may have
├── ReasonerFailed          the description-logic reasoner cannot be run here
└── BrokenRelease           a release folder that is not whole
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from pyoxigraph import Triple


class KgError(Exception):
    """Anything this project refuses, with what is wrong, where, and what would be right."""


class MalformedInput(KgError):
    """Input that cannot be read."""


class MalformedFile(MalformedInput):
    """A file that is not well-formed RDF."""

    def __init__(
        self, path: Path, line: int, column: int, reason: str, *, remedy: str = ""
    ) -> None:
        self.path, self.line, self.column, self.reason = path, line, column, reason
        self.remedy = remedy
        hint = f". Right would be: {remedy}" if remedy else ""
        super().__init__(f"{path}:{line}:{column}: {reason}{hint}")


class MalformedRule(MalformedInput):
    """A rule file that is not one CONSTRUCT rule of the allowed form."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        self.path, self.line, self.reason = path, line, reason
        super().__init__(f"{path}:{line}: {reason}")


class UnstratifiedRules(MalformedInput):
    """Rules of which one reads the absence, or a group, of what depends on its own conclusion.

    `rules` are their names in the order of the cycle, each with its place, that rule first;
    `predicates` is what each derives for the next one, the last for the first.
    """

    def __init__(self, rules: Sequence[str], predicates: Sequence[str]) -> None:
        self.rules, self.predicates = list(rules), list(predicates)
        pairs = zip(rules, predicates, strict=True)
        steps = "; ".join(f"{rule} derives {predicate}" for rule, predicate in pairs)
        place = f"which stands in a NOT EXISTS or the SELECT of {rules[0]}"
        self.cycle = f"rules recursive through NOT EXISTS or an aggregate: {steps}, {place}"
        self.remedy = "rules that derive what is absent or counted without what rests on it"
        super().__init__(f"{self.cycle}. Right would be: {self.remedy}")


class MalformedQuery(MalformedInput):
    """A SPARQL text that cannot be parsed."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.reason, self.line, self.column = reason, line, column
        where = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(f"The query is not well-formed SPARQL{where}: {reason}")


class MalformedUpdate(MalformedInput):
    """A SPARQL Update that cannot be parsed."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.reason, self.line, self.column = reason, line, column
        where = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(f"The update is not well-formed SPARQL Update{where}: {reason}")


class MalformedRdf(MalformedInput):
    """RDF that is no file of the project's and cannot be parsed."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.reason, self.line, self.column = reason, line, column
        where = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(f"The RDF is not well-formed{where}: {reason}")


class MalformedPatch(MalformedInput):
    """A patch that cannot be parsed."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.reason, self.line, self.column = reason, line, column
        where = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(f"The patch cannot be read{where}: {reason}")


class MalformedParameter(MalformedInput):
    """A parameter whose value has the wrong form."""

    def __init__(self, parameter: str, reason: str) -> None:
        self.parameter, self.reason = parameter, reason
        super().__init__(f"{parameter}: {reason}")


class UnsupportedAxiom(MalformedInput):
    """An axiom of the ontology that is outside what is compiled to rules."""

    def __init__(self, axiom: str, reason: str) -> None:
        self.axiom, self.reason = axiom, reason
        super().__init__(f"{axiom}: {reason}")


class RefusedQuery(KgError):
    """A query that is well-formed and is not run here."""

    def __init__(self, what: str, reason: str) -> None:
        self.what, self.reason = what, reason
        super().__init__(f"The query is refused, because of {what}: {reason}.")


class UpdateFailed(KgError):
    """A well-formed update of which one operation cannot be done, so that nothing was changed."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The update fails, and changes nothing: {reason}.")


class RefusedPatch(KgError):
    """A patch that is well-formed and that no what-if takes in; `near` has names that would do."""

    def __init__(
        self,
        reason: str,
        line: int | None = None,
        column: int | None = None,
        *,
        near: Sequence[str] = (),
    ) -> None:
        self.reason, self.line, self.column, self.near = reason, line, column, list(near)
        where = f" (line {line}, column {column})" if line is not None else ""
        hint = f" Near: {', '.join(near)}." if near else ""
        super().__init__(f"The patch is refused{where}: {reason}.{hint}")


class UnknownName(KgError):
    """A name that stands for nothing here; says which are near."""

    def __init__(
        self, name: str, known: Sequence[str] = (), kind: str = "name", *, remedy: str = ""
    ) -> None:
        self.name, self.kind = name, kind
        self.near = get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f" Near: {', '.join(self.near)}." if self.near else ""
        hint += f" Remedy: {remedy}" if remedy else ""
        super().__init__(f"No {kind} is called '{name}'.{hint}")


class NotExpressible(KgError):
    """Something that a format has no form for."""

    def __init__(self, format_name: str, what: str) -> None:
        self.format_name, self.what = format_name, what
        super().__init__(f"{format_name} has no form for {what}.")


class UnsupportedRules(KgError):
    """Well-formed rules that a part of the engine cannot work with; carries their names."""

    def __init__(self, part: str, rules: Sequence[str], reason: str) -> None:
        self.part, self.rules, self.reason = part, list(rules), reason
        names = ", ".join(self.rules[:3])
        super().__init__(
            f"{part} takes no rules with NOT EXISTS or an aggregate: {names}; {reason}"
        )


class NotDerived(KgError):
    """A triple that nobody asserts and no rule derives; says what is nearest to a proof.

    Each of `nearest` has the rule that would give the triple, its sentence, the premise that is
    missing (a `?name` in it may be anything), and those premises that are there.
    """

    def __init__(self, triple: str, nearest: Sequence[Mapping[str, object]] = ()) -> None:
        self.triple, self.nearest = triple, list(nearest)
        hint = " No rule lacks only one premise for it."
        if self.nearest:
            first = self.nearest[0]
            hint = f" Nearest: {first['rule']}, which lacks {first['missing']}."
        super().__init__(f"Neither asserted nor derived: {triple}.{hint}")


class NotValid(KgError):
    """Curated files that may not be released; carries every finding."""

    def __init__(self, findings: Sequence[object]) -> None:
        self.findings = list(findings)
        lines = "\n".join(str(finding) for finding in self.findings)
        super().__init__(f"{len(self.findings)} finding(s):\n{lines}")


class Contradiction(KgError):
    """A rule that ends in a contradiction fired among what holds.

    `terms` are the triples that its body matched, in words; `triples` the same as terms of RDF;
    `proof` is why they stand, in words and over several lines, where somebody has looked for it.
    """

    def __init__(
        self, rule: str, terms: Sequence[str], triples: Sequence[Triple] = (), proof: str = ""
    ) -> None:
        self.rule, self.terms, self.triples = rule, list(terms), tuple(triples)
        self.proof = proof
        why = f"\n{proof}" if proof else ""
        super().__init__(f"{rule}: these cannot all hold: {'; '.join(terms)}{why}")


class LimitExceeded(KgError):
    """A limit that was reached, by name."""

    def __init__(self, limit: str, allowed: float, reason: str = "") -> None:
        self.limit, self.allowed = limit, allowed
        number = f"{allowed:,}" if isinstance(allowed, int) else f"{allowed:g}"
        super().__init__(f"{limit}: more than {number}. {reason}".strip())


class PatchTooLarge(LimitExceeded):
    """A patch of more triples than a what-if takes in."""

    def __init__(self, allowed: int) -> None:
        super().__init__("triples in a patch", allowed, "For so many, build a release.")


class ReasonerFailed(KgError):
    """The description-logic reasoner's process does not start, or ends before its time."""

    def __init__(self, reason: str, *, remedy: str) -> None:
        self.reason = reason
        super().__init__(f"The description-logic reasoner failed: {reason}. Remedy: {remedy}.")


class BrokenRelease(KgError):
    """A release folder that lacks a part or whose parts do not fit together."""

    def __init__(self, path: Path, reason: str, *, remedy: str = "glocal build") -> None:
        self.path, self.reason, self.remedy = path, reason, remedy
        super().__init__(f"{path}: {reason}. Remedy: {remedy}")
