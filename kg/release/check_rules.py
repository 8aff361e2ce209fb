"""Check the rule files: each is a rule, what it names exists, and its sentences can be read."""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pyoxigraph import Quad

from kg.content import Content
from kg.errors import MalformedRule, UnstratifiedRules
from kg.namespaces import GLOCAL, ID, expand, is_in, shorten
from kg.reasoning.rules.rule import Rule, read_rule
from kg.reasoning.rules.stratification import stratify
from kg.release.check_files import file_finding, first_line
from kg.sources.files import read_text
from kg.validation.findings import Finding
from kg.validation.names import declared_types
from kg.validation.texts import script_error


def check_rules(content: Content, quads: Sequence[Quad]) -> tuple[list[Rule], list[Finding]]:
    """Return the valid rules and the findings about rule files; the quads declare the names."""
    declared = declared_types(quads)
    rules: list[Rule] = []
    findings: list[Finding] = []
    for path in sorted(content.rules.glob("*.rq")):
        try:
            rule = read_rule(path, languages=content.languages)
        except MalformedRule as error:
            message = f"the file is not a valid rule: {error.reason}."
            remedy = "one CONSTRUCT query with a header, as in the other rule files."
            findings.append(file_finding(path, error.line, message, remedy, "well-formed-rules"))
        else:
            rules.append(rule)
            findings += _undeclared_names(path, rule, declared)
            findings += _wrong_headers(path, rule, declared)
            findings += _wrong_sources(path, rule, content.languages)
    return rules, findings


def check_strata(path: Path, rules: Sequence[Rule]) -> list[Finding]:
    """Return a finding, at this path, if the rules of axioms and files cannot be stratified."""
    try:
        stratify(rules)
    except UnstratifiedRules as error:
        remedy = f"{error.remedy}."
        return [file_finding(path, None, f"{error.cycle}.", remedy, "strata-of-rules")]
    return []


def _undeclared_names(path: Path, rule: Rule, declared: Collection[object]) -> Iterator[Finding]:
    """Find the project's own names in head and body that are not declared."""
    atoms = (*rule.head, *rule.matched_atoms)
    terms = {term for atom in atoms for term in (atom.subject, atom.predicate, atom.object)}
    for name in sorted((n for n in terms if is_in(n, GLOCAL, ID) and n not in declared), key=str):
        curie = shorten(name.value)
        # Not in the comments of the header.
        line = first_line(read_text(path), rf"(?!#).*(?<![\w:-]){re.escape(curie)}(?![\w-])")
        message = f"{curie} is used but not declared."
        yield file_finding(path, line, message, "a declared name.", "declared-terms")


def _wrong_sources(path: Path, rule: Rule, languages: Sequence[str]) -> Iterator[Finding]:
    """Find the languages that the source of a rule lacks, or is not written in."""
    line = first_line(read_text(path), "# *source:")
    for language in languages:
        source = rule.source if language == "en" else rule.translated_source.get(language)
        if source is None:
            message, remedy = (
                f"the source lacks its text ({language})",
                f"'# source ({language}): …'",
            )
        elif error := script_error(source, language):
            message, remedy = f"the source ({language}) is {error[0]}", error[1]
        else:
            continue
        yield file_finding(path, line, f"{message}.", f"{remedy}.", "well-formed-rules")


def _wrong_headers(path: Path, rule: Rule, declared: Collection[object]) -> Iterator[Finding]:
    """Find passages that do not exist, and sentences in another language than they should be."""
    for name in rule.passages:
        if expand(f"passage:{name.removeprefix('passage:')}") not in declared:
            line = first_line(read_text(path), "# *passage:")
            message = f"the passage {name} does not exist."
            yield file_finding(path, line, message, "a passage of the text.", "declared-terms")
    for language, sentence in rule.sentence.items():
        if error := script_error(sentence, language):
            line = first_line(read_text(path), rf"# *rule \({language}\):")
            message = f"the sentence ({language}) is {error[0]}."
            yield file_finding(path, line, message, f"{error[1]}.", "well-formed-rules")
