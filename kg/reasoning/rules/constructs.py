"""Parse the SPARQL CONSTRUCT of a rule file, and check that it can be a rule.

Each variable must be bound where it is used, and the body must not be an undeclared cross product.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Store, Variable
from pyparsing import ParseException
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery

from kg.errors import MalformedRule
from kg.namespaces import RDF
from kg.reasoning.rules.algebra import AlgebraReader, WhereClause, read_where
from kg.reasoning.rules.patterns import Aggregate, Atom, Expression, Negation, variables_of


def read_construct(
    path: Path, text: str, *, is_product: bool = False
) -> tuple[tuple[Atom, ...], WhereClause]:
    """Parse the text of a rule file, to the head and the parts of its WHERE.

    `is_product` says whether the header, which is part of the text, declares the body a product. A
    `MalformedRule` is what is not a CONSTRUCT, uses a feature that a rule may not use or a variable
    where it has no value, or disagrees with `is_product`.
    """
    _check_syntax(path, text)
    try:
        algebra = translateQuery(parseQuery(text)).algebra
    except ParseException as error:  # SPARQL 1.2, which the engine parses but rdflib does not
        reason = f"not a SPARQL 1.1 CONSTRUCT: {error.msg}"
        raise MalformedRule(path, error.lineno, reason) from error
    reader = AlgebraReader(path, text)
    if algebra.name != "ConstructQuery" or algebra.datasetClause:
        raise reader.error_at("expected one CONSTRUCT without FROM", algebra.name[:6].upper())
    if not algebra.template:
        raise reader.error_at("expected a head: CONSTRUCT { … } WHERE { … }", "CONSTRUCT")
    head = tuple(reader.atoms(algebra.template, in_head=True))
    where = read_where(reader, algebra.p.p if algebra.p.name == "Project" else algebra.p)
    _check_variables(reader, head, where)
    _check_product(reader, where, is_product=is_product)
    return head, where


def _check_syntax(path: Path, text: str) -> None:
    # The engine parses the text before rdflib does: a rule must run unchanged on any SPARQL
    # engine, and rdflib raises a bare Exception for an undeclared prefix.
    try:
        Store().query(text)
    except (SyntaxError, RuntimeError) as error:  # a RuntimeError: a function that is unknown
        match = re.match(r"error at (\d+):\d+: (.{0,80})", str(error))
        line, reason = (int(match[1]), match[2]) if match else (1, str(error))
        raise MalformedRule(path, line, reason) from error


def _check_variables(reader: AlgebraReader, head: Sequence[Atom], where: WhereClause) -> None:
    """Check that each variable has a value where it is used, and one meaning."""
    bound = set(variables_of(where.body))
    if where.aggregate is not None:
        _check_aggregate(reader, where, where.aggregate)
        _check_result(reader, head, where, where.aggregate)
        bound |= set(where.aggregate.variables)
    if not bound:
        raise reader.error_at("the body binds no variable", "WHERE")
    if unbound := [variable for variable in variables_of(head) if variable not in bound]:
        raise reader.error_at(f"{unbound[0]} is in the head but not in the body", "CONSTRUCT")
    _check_filters(reader, where.filters, bound)
    for negation in where.negated:
        _check_filters(reader, negation.filters, bound | set(variables_of(negation.body)))


def _check_aggregate(reader: AlgebraReader, where: WhereClause, aggregate: Aggregate) -> None:
    inner = set(variables_of(aggregate.body))
    for variable in (*aggregate.groups, aggregate.argument):
        if variable is not None and variable not in inner:
            reason = f"{variable} is grouped or aggregated but in no pattern of the SELECT"
            raise reader.error_at(reason, "SELECT")
    _check_filters(reader, aggregate.filters, inner)
    outer = [*where.body, *(atom for negation in where.negated for atom in negation.body)]
    for variable in variables_of(outer):
        if variable in inner - set(aggregate.groups):
            reason = f"{variable} is one variable inside the SELECT and another outside; rename one"
            raise reader.error_at(reason, "SELECT")


def _check_result(
    reader: AlgebraReader, head: Sequence[Atom], where: WhereClause, aggregate: Aggregate
) -> None:
    """Check that the rule derives nothing from a group without a result, such as a sum of texts.

    In SPARQL such a group still has a row, whose unbound result would match any pattern.
    """
    result = aggregate.result
    negated = [atom for negation in where.negated for atom in negation.body]
    if result in variables_of([*where.body, *negated]):
        reason = f"{result} is an aggregate and cannot be in a pattern; compare it in a FILTER"
        raise reader.error_at(reason, "SELECT")
    is_in_whole_head = all(result in atom.variables for atom in head)
    is_compared = any(result in each.variables and _is_strict(each) for each in where.filters)
    if not (aggregate.function == "COUNT" or is_in_whole_head or is_compared):
        reason = f"{result} must be in a comparison of its own or in each triple of the head"
        consequence = f"otherwise the rule applies to groups without a {result}"
        raise reader.error_at(f"{reason}; {consequence}", "SELECT")


def _is_strict(condition: Expression) -> bool:
    """Return whether a variable without a value makes the filter an error."""
    operands = [argument for argument in condition.arguments if isinstance(argument, Expression)]
    # These can have a value although an operand is an error. The reader splits a filter at its
    # outer &&, and writes a lone variable as && of one operand.
    is_tolerant = condition.operator in {"&&", "||"} and len(condition.arguments) > 1
    return not is_tolerant and all(map(_is_strict, operands))


def _check_filters(
    reader: AlgebraReader, filters: Iterable[Expression], bound: set[Variable]
) -> None:
    for condition in filters:
        if unbound := [variable for variable in condition.variables if variable not in bound]:
            raise reader.error_at(f"{unbound[0]} is in a filter but in no pattern", "FILTER")


def _check_product(reader: AlgebraReader, where: WhereClause, *, is_product: bool) -> None:
    """Check that the body is a cross product if and only if the header says so."""
    if is_product == _is_product(where):
        return
    reason = "the header says '# product: …' but the body is not a product"
    if not is_product:
        reason = "the body is a product: two parts share no variable and name no individual"
        reason += "; join them, or say why in a header line '# product: …'"
    raise reader.error_at(reason, "WHERE")


def _is_product(where: WhereClause) -> bool:
    aggregate = where.aggregate
    selected = aggregate.variables if aggregate else ()
    outer = {*variables_of(where.body), *selected}
    return (
        len(_open_components(aggregate.body if aggregate else ())) > 1
        or len(_open_components(where.body, selected)) > 1
        or any(_joins_by_filter_only(negation, outer) for negation in where.negated)
    )


def _joins_by_filter_only(negation: Negation, outer: set[Variable]) -> bool:
    """Return whether only a filter connects some patterns of the NOT EXISTS to the rest."""
    filters = [set(condition.variables) for condition in negation.filters]
    return any(
        not component & outer and any(component & names and names - component for names in filters)
        for component in _open_components(negation.body)
    )


def _open_components(
    body: Iterable[Atom], selected: Sequence[Variable] = ()
) -> list[set[Variable]]:
    """Return the variables of each component, connected by variables, that names no individual.

    The variables that an aggregate selects count as one more pattern.
    """
    patterns = [(set(atom.variables), _names_individual(atom)) for atom in body]
    components: list[tuple[set[Variable], bool]] = []
    for variables, is_anchored in [*patterns, *([(set(selected), False)] if selected else [])]:
        connected = [component for component in components if component[0] & variables]
        components = [component for component in components if component not in connected]
        merged = variables.union(*(names for names, _ in connected))
        components.append((merged, is_anchored or any(anchored for _, anchored in connected)))
    return [variables for variables, is_anchored in components if not is_anchored]


def _names_individual(atom: Atom) -> bool:
    """Return whether the pattern names an individual, so that it is a look-up and not a scan."""
    names_object = isinstance(atom.object, NamedNode | Literal) and atom.predicate != RDF["type"]
    return isinstance(atom.subject, NamedNode) or names_object
