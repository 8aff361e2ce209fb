"""Rules that were compiled from axioms, as text: a release has them in one file.

The README beside this file says how they differ from rule files. A blank node is written as an IRI,
because `_:x` would be a variable. rdflib reads these texts too, but takes a hundred times as long
and changes the order of patterns.

Source: RDF 1.1 Concepts, section 3.5, for blank nodes as IRIs.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Variable, parse

from kg.content import Content
from kg.errors import MalformedRule
from kg.reasoning.rules.datatypes import DATATYPE_TESTS, RESTRICTION
from kg.reasoning.rules.expressions import COMPARISONS
from kg.reasoning.rules.functions import FUNCTIONS, OPERATIONS
from kg.reasoning.rules.patterns import Atom, Expression, TermOrVariable, variables_of
from kg.reasoning.rules.rule import NEUTRAL, Rule, read_header, read_rules
from kg.sources.files import read_text
from kg.statuses import Status

TEST_NAMESPACE: Final = "urn:glocal:test:"
TESTS: Final = frozenset({*DATATYPE_TESTS, RESTRICTION})
_BLANK_NODES: Final = "urn:glocal:blank-node:"
_BEGIN: Final = "# rule: "
_MEMBERSHIP: Final = ("IN", "NOT IN")
_INFIX: Final = frozenset({*COMPARISONS, *OPERATIONS, *_MEMBERSHIP, "&&", "||"})
_IRI: Final = r'<[^<>"{}|^`\\\x00-\x20]*>'
_TERM: Final = rf'\?\w+|{_IRI}|"(?:[^"\\\n\r]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^{_IRI})?'
_TRIPLES: Final = rf"(?:    (?:{_TERM}) (?:\?\w+|{_IRI}) (?:{_TERM}) \.\n)*"
_RULE: Final = re.compile(
    rf"(.+)\n(?:#.*\n)+CONSTRUCT {{\n({_TRIPLES})}}\n"
    rf"WHERE {{\n({_TRIPLES})((?:    FILTER\(.+\)\n)*)}}\n+"
)
_TOKEN: Final = re.compile(rf"{_TERM}|NOT IN|\w+|[!<>]?=|&&|\|\||[^\s\w]")


def rules_of_content(content: Content) -> list[Rule]:
    """Return the rules of a content: those compiled from axioms, if it is a release's, and files.

    Raises BrokenRelease for a changed file of a release, MalformedRule for a file that is no rule.
    """
    path = content.compiled_rules
    content.verify(path.name, "ontology/rules/")
    compiled = read_compiled_rules(path) if path.exists() else []
    return [*compiled, *read_rules(content.rules, languages=content.languages)]


def write_compiled_rules(rules: Iterable[Rule]) -> str:
    """Write the rules, as `read_compiled_rules` reads them."""
    return "\n".join(map(_write_rule, rules))


def read_compiled_rules(path: Path) -> list[Rule]:
    """Read the rules from the file that a release has them in.

    Raises MalformedInput for an unreadable file, MalformedRule for what is not so written.
    """
    before, *texts = re.split(f"^{_BEGIN}", read_text(path), flags=re.MULTILINE)
    if before:
        raise MalformedRule(path, 1, f"expected '{_BEGIN}NAME'")
    rules, line = [], 1
    for text in texts:
        try:
            rules.append(_read_rule(path, text))
        except MalformedRule as error:
            raise MalformedRule(path, line, error.reason) from error
        line += text.count("\n")
    return rules


def _write_rule(rule: Rule) -> str:
    header = {
        "rule": rule.name,
        **{f"rule ({language})": text for language, text in rule.sentence.items()},
        "status": rule.status.value if rule.status else NEUTRAL,
        **({"passage": " ".join(rule.passages)} if rule.passages else {}),
        "source": rule.source,
        **({"location": rule.location} if rule.location else {}),
        **({"restates": "its premise"} if rule.restates else {}),
    }
    lines = [
        *(f"# {key}: {' '.join(value.splitlines())}" for key, value in header.items()),
        "CONSTRUCT {",
        *map(_write_triple, rule.head),
        "}\nWHERE {",
        *map(_write_triple, rule.body),
        *(f"    FILTER({_write_expression(each)})" for each in rule.filters),
        "}\n",
    ]
    return "\n".join(lines)


def _write_triple(atom: Atom) -> str:
    return f"    {' '.join(map(_write_term, atom))} ."


def _write_term(term: TermOrVariable) -> str:
    return f"<{_BLANK_NODES}{term.value}>" if isinstance(term, BlankNode) else str(term)


def _write_expression(expression: Expression | TermOrVariable) -> str:
    if not isinstance(expression, Expression):
        return _write_term(expression)
    operator, arguments = expression.operator, [*map(_write_expression, expression.arguments)]
    if operator in _MEMBERSHIP:
        return f"({arguments[0]} {operator} ({', '.join(arguments[1:])}))"
    if operator in _INFIX:
        return f"({f' {operator} '.join(arguments)})"
    name = f"<{TEST_NAMESPACE}{operator}>" if operator in TESTS else operator
    return f"{name}({', '.join(arguments)})"


def _read_rule(path: Path, text: str) -> Rule:
    """Read a rule from its text after `# rule: `."""
    match = _RULE.fullmatch(text)
    if match is None:
        raise MalformedRule(path, 1, "not a rule as `glocal build` writes one")
    rule, _ = read_header(path, match[1], f"# {text}", None, {}, Status)
    try:
        head, body = (tuple(_read_triples(match[part])) for part in (2, 3))
        filters = tuple(map(_read_filter, filter(None, match[4].split("\n"))))
    except (IndexError, SyntaxError, TypeError, ValueError) as error:
        raise MalformedRule(path, 1, f"a term or filter is malformed: {error}") from error
    bound = set(variables_of(body))
    used = [*variables_of(head), *(name for each in filters for name in each.variables)]
    if unbound := [name for name in used if name not in bound]:
        raise MalformedRule(path, 1, f"{unbound[0]} is not in the body")
    return replace(rule, head=head, body=body, filters=filters)


def _read_triples(text: str) -> Iterator[Atom]:
    for line in filter(None, text.split("\n")):
        subject, predicate, object_ = map(_read_term, _TOKEN.findall(line)[:3])
        if not isinstance(predicate, NamedNode | Variable):
            raise TypeError(f"expected an IRI or a variable, not {predicate}")
        yield Atom(subject, predicate, object_)


@lru_cache(maxsize=4096)
def _read_term(text: str) -> TermOrVariable:
    if text.startswith("?"):
        return Variable(text[1:])
    if text.startswith(f"<{_BLANK_NODES}"):
        return BlankNode(text[len(_BLANK_NODES) + 1 : -1])
    if text.startswith("<"):
        return NamedNode(text[1:-1])
    [quad] = parse(f"<x:x> <x:x> {text} .", format=RdfFormat.N_TRIPLES)
    return cast("Literal", quad.object)


def _read_filter(line: str) -> Expression:
    tokens = _TOKEN.findall(line.removeprefix("    FILTER"))[::-1]
    [expression] = _read_list(tokens)
    if tokens or not isinstance(expression, Expression):
        raise ValueError(line.strip())
    return expression


def _read_expression(tokens: list[str]) -> Expression | TermOrVariable:
    """Take one expression from the end of the tokens, which are in reverse order."""
    first = tokens.pop()
    if first == "(":
        operands, operator = [_read_expression(tokens)], tokens.pop()
        if operator not in _INFIX:
            raise ValueError(f"unknown operator {operator}")
        if operator in _MEMBERSHIP:
            operands += _read_list(tokens)
        else:
            operands.append(_read_expression(tokens))
            while tokens[-1] == operator:
                tokens.pop()
                operands.append(_read_expression(tokens))
        _take(")", tokens)
        return Expression(operator, tuple(operands))
    if tokens[-1] != "(":
        return _read_term(first)
    name = first.removeprefix(f"<{TEST_NAMESPACE}").removesuffix(">")
    if name not in (TESTS if first.startswith("<") else {"!", *FUNCTIONS}):
        raise ValueError(f"unknown function {first}")
    return Expression(name, tuple(_read_list(tokens)))


def _read_list(tokens: list[str]) -> list[Expression | TermOrVariable]:
    """Take expressions in brackets, separated by commas."""
    _take("(", tokens)
    members = [_read_expression(tokens)]
    while tokens[-1] == ",":
        tokens.pop()
        members.append(_read_expression(tokens))
    _take(")", tokens)
    return members


def _take(expected: str, tokens: list[str]) -> None:
    if (found := tokens.pop()) != expected:
        raise ValueError(f"expected {expected} instead of {found}")
