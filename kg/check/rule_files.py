"""Rule files that are no rules, and names in rules that nothing declares."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from kg.errors import MalformedRule, UnstratifiedRules
from kg.namespaces import GLOCAL, ID, RDF, shorten
from kg.reasoning.rules.rule import Rule, read_rule
from kg.reasoning.rules.stratification import stratify
from kg.sources.files import text_of
from kg.validation.findings import Finding, displayed


def check_rules(folder: Path, quads: Sequence[Quad]) -> tuple[list[Rule], list[Finding]]:
    """The rules of a folder, and what is wrong with its files.

    Args:
        folder: of files `<rule>.rq`.
        quads: of the ontology and the curated files, which declare the names.
    """
    known = {quad.subject for quad in quads if quad.predicate == RDF["type"]}
    rules: list[Rule] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.rq")):
        try:
            rule = read_rule(path)
        except MalformedRule as error:
            message = f"the file is no rule: {error.reason}."
            remedy = "one CONSTRUCT with its header, as the other rules have."
            findings.append(
                Finding(displayed(path), error.line, message, remedy, "well-formed-rules")
            )
        else:
            rules.append(rule)
            findings += _undeclared(path, _names(rule) - known)
    return rules, findings


def unstratified(path: Path, rules: Sequence[Rule]) -> list[Finding]:
    """What is wrong with the rules together, in the folder of the rule files."""
    try:
        stratify(rules)
    except UnstratifiedRules as error:
        message = f"{error.cycle}."
        return [Finding(displayed(path), None, message, f"{error.remedy}.", "strata-of-rules")]
    return []


def _undeclared(path: Path, names: set[NamedNode]) -> Iterator[Finding]:
    for name in sorted(names, key=str):
        message = f"{shorten(name.value)} is used but not declared."
        line = _line_of_name(path, name)
        yield Finding(displayed(path), line, message, "a declared name.", "declared-terms")


def _names(rule: Rule) -> set[NamedNode]:
    """The project's own names in head and body."""
    terms = (
        term
        for atom in (*rule.head, *rule.atoms_read)
        for term in (atom.subject, atom.predicate, atom.object)
    )
    return {
        term
        for term in terms
        if isinstance(term, NamedNode) and term.value.startswith((GLOCAL, ID))
    }


def _line_of_name(path: Path, name: NamedNode) -> int | None:
    """The first line below the header that holds the name."""
    word = re.compile(rf"(?<![\w:-]){re.escape(shorten(name.value))}(?![\w-])")
    lines = enumerate(text_of(path).split("\n"), 1)
    return next((n for n, line in lines if word.search(line) and line[:1] != "#"), None)
