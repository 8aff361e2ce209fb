"""The text of a SPARQL CONSTRUCT -> head, body and filters of a rule."""

import re
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Store
from pyparsing import ParseException
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import MalformedRule
from kg.rules.algebra import Reader
from kg.rules.patterns import Aggregate, Atom, Filter, Negation
from kg.rules.scopes import check_product, check_scopes
from kg.rules.where import Where, read_where


@dataclass(frozen=True)
class Construct:
    """What a CONSTRUCT makes of what."""

    head: tuple[Atom, ...]
    body: tuple[Atom, ...]
    filters: tuple[Filter, ...]
    negated: tuple[Negation, ...]
    aggregate: Aggregate | None


def read_construct(path: Path, text: str, *, is_product: bool = False) -> Construct:
    """The rule that the text of this file says.

    Args:
        path: for the refusals.
        text: the whole file, so that lines are counted right.
        is_product: the file says that its body is a product, and why.

    Raises:
        MalformedRule: it is no SPARQL, no CONSTRUCT, or has what a rule has not; or a variable
            stands where it has no value; or the body is a product and does not say so, or says
            so and is none.
    """
    _check_syntax(path, text)
    reader = Reader(path, text)
    algebra = _algebra(path, text)
    if algebra.name != "ConstructQuery" or algebra.datasetClause:
        raise reader.refusal("a rule is one CONSTRUCT without FROM", algebra.name[:6].upper())
    if not algebra.template:
        raise reader.refusal("a rule has a head: CONSTRUCT { … } WHERE { … }", "CONSTRUCT")
    head = tuple(reader.atoms(algebra.template, in_head=True))
    where = read_where(reader, algebra.p.p if algebra.p.name == "Project" else algebra.p)
    check_scopes(reader, head, where)
    check_product(reader, where, is_product=is_product)
    return _construct(head, where)


def _algebra(path: Path, text: str) -> CompValue:
    try:
        return translateQuery(parseQuery(text)).algebra
    except ParseException as error:  # SPARQL 1.2, which the engine reads and rdflib does not
        reason = f"no CONSTRUCT of SPARQL 1.1: {error.msg}"
        raise MalformedRule(path, error.lineno, reason) from error


def _construct(head: tuple[Atom, ...], where: Where) -> Construct:
    body, filters, negated = tuple(where.body), tuple(where.filters), tuple(where.negated)
    return Construct(head, body, filters, negated, where.aggregate)


def _check_syntax(path: Path, text: str) -> None:
    # The engine is asked first: a rule must run as it stands on any SPARQL engine, and rdflib
    # raises a bare Exception for an undeclared prefix.
    try:
        Store().query(text)
    except SyntaxError as error:
        place = re.match(r"error at (\d+):\d+: (.{0,80})", str(error))
        line = int(place[1]) if place else 1
        raise MalformedRule(path, line, place[2] if place else str(error)) from error
