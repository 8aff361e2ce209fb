"""Where the variables of a rule have values, and whether its parts hang together.

The text of a SPARQL CONSTRUCT -> head, body and filters of a rule.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Store, Variable
from pyparsing import ParseException
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import MalformedRule
from kg.namespaces import RDF
from kg.reasoning.rules.algebra import Reader, Where, read_where
from kg.reasoning.rules.patterns import Aggregate, Atom, Filter, Negation, variables_of

# What may have a value although one of its parts has none.
_LENIENT: Final = frozenset({"&&", "||"})


def check_scopes(reader: Reader, head: Sequence[Atom], where: Where) -> None:
    """Refuses variables of head, filters and aggregate that nothing binds.

    Raises:
        MalformedRule: a variable has no value where it stands, or two meanings.
    """
    bound = set(variables_of(where.body))
    if where.aggregate is not None:
        _check_aggregate(reader, where, where.aggregate)
        _check_result(reader, head, where, where.aggregate)
        bound |= set(where.aggregate.variables)
    if not bound:
        raise reader.refusal("the body binds no variable", "WHERE")
    unbound = [variable for variable in variables_of(head) if variable not in bound]
    if unbound:
        raise reader.refusal(f"{unbound[0]} stands in the head and not in the body", "CONSTRUCT")
    _check_filters(reader, where.filters, bound)
    for negation in where.negated:
        _check_filters(reader, negation.filters, bound | set(variables_of(negation.body)))


def _check_aggregate(reader: Reader, where: Where, aggregate: Aggregate) -> None:
    inner = set(variables_of(aggregate.body))
    argument = () if aggregate.argument is None else (aggregate.argument,)
    for variable in (*aggregate.groups, *argument):
        if variable not in inner:
            reason = f"{variable} is grouped or aggregated and stands in no pattern of the SELECT"
            raise reader.refusal(reason, "SELECT")
    _check_filters(reader, aggregate.filters, inner)
    outer = [*where.body, *(atom for each in where.negated for atom in each.body)]
    for variable in variables_of(outer):
        if variable in inner - set(aggregate.groups):
            reason = f"{variable} is one variable inside the SELECT and another outside: rename one"
            raise reader.refusal(reason, "SELECT")


def _check_result(reader: Reader, head: Sequence[Atom], where: Where, aggregate: Aggregate) -> None:
    """Refuses what would hold of a group without a value: a sum of texts, say, has none.

    In SPARQL the row of such a group is there, its result unbound: that fits any pattern.
    """
    result = aggregate.result
    negated = [atom for each in where.negated for atom in each.body]
    if result in variables_of([*where.body, *negated]):
        reason = f"{result} is a result and stands in a pattern: compare it in a FILTER"
        raise reader.refusal(reason, "SELECT")
    is_made = all(result in atom.variables for atom in head)
    is_asked = any(result in each.variables and _is_strict(each) for each in where.filters)
    if not (aggregate.function == "COUNT" or is_made or is_asked):
        reason = f"{result} stands in no comparison of its own and not in the whole head"
        raise reader.refusal(f"{reason}: it would hold where there is no {result}", "SELECT")


def _is_strict(condition: Filter) -> bool:
    """Whether a variable without a value makes the filter an error."""
    parts = [each for each in condition.arguments if isinstance(each, Filter)]
    # Reading splits a filter at its outer &&; a lone variable is written as && of one.
    is_lenient = condition.operator in _LENIENT and len(condition.arguments) > 1
    return not is_lenient and all(map(_is_strict, parts))


def _check_filters(reader: Reader, filters: Iterable[Filter], bound: set[Variable]) -> None:
    for condition in filters:
        loose = [variable for variable in condition.variables if variable not in bound]
        if loose:
            raise reader.refusal(f"{loose[0]} stands in a filter and in no pattern", "FILTER")


def check_product(reader: Reader, where: Where, *, is_product: bool) -> None:
    """Refuses a body that multiplies, unless it says so; and one that only says so.

    Raises:
        MalformedRule: the one or the other.
    """
    if is_product == _multiplies(where):
        return
    if is_product:
        raise reader.refusal("the header says '# product: …' and the body is none", "WHERE")
    reason = "the body is a product: two parts share no variable and name no individual"
    hint = "join them, or say why in a header line '# product: …'"
    raise reader.refusal(f"{reason}; {hint}", "WHERE")


def _multiplies(where: Where) -> bool:
    aggregate = where.aggregate
    selected = aggregate.variables if aggregate else ()
    if aggregate and len(_open_parts(aggregate.body)) > 1:
        return True
    if len(_open_parts(where.body, selected)) > 1:
        return True
    outer = {*variables_of(where.body), *selected}
    return any(_is_compared(each, outer) for each in where.negated)


def _is_compared(negation: Negation, outer: set[Variable]) -> bool:
    """Whether only a filter ties a part of the NOT EXISTS to the rest, so each meets each."""
    for part in _open_parts(negation.body):
        asked = [set(condition.variables) for condition in negation.filters]
        if not part & outer and any(part & names and names - part for names in asked):
            return True
    return False


def _open_parts(body: Iterable[Atom], selected: Sequence[Variable] = ()) -> list[set[Variable]]:
    """The parts, joined by shared variables, that list more than one individual's triples."""
    pieces = [(set(atom.variables), _is_anchored(atom)) for atom in body]
    parts: list[tuple[set[Variable], bool]] = []
    for names, is_anchored in [*pieces, *([(set(selected), False)] if selected else [])]:
        touching = [part for part in parts if part[0] & names]
        merged = names.union(*(part[0] for part in touching))
        anchored = is_anchored or any(part[1] for part in touching)
        parts = [part for part in parts if part not in touching] + [(merged, anchored)]
    return [names for names, is_anchored in parts if not is_anchored]


def _is_anchored(atom: Atom) -> bool:
    """Whether the pattern names an individual (so it is a look-up, not a listing)."""
    names_object = isinstance(atom.object, NamedNode | Literal) and atom.predicate != RDF["type"]
    return isinstance(atom.subject, NamedNode) or names_object


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
