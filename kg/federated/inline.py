"""Solutions of another endpoint -> SPARQL that has just these solutions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.federated.blocks import ServiceBlock
from kg.namespaces import BASE

Term = NamedNode | BlankNode | Literal | Triple

# No IRI of the ontology: it stands in no query that somebody has written.
BLANK_NODE: Final = NamedNode(f"{BASE}function/blank-node")


@dataclass(frozen=True)
class Solutions:
    """Rows of terms, one column for each variable (without its mark); none where it is unbound."""

    variables: Sequence[str]
    rows: Sequence[Sequence[Term | None]]

    def keep(self, variables: Collection[str]) -> "Solutions":
        """The same with no other variables than these."""
        places = [at for at, name in enumerate(self.variables) if name in variables]
        names = [self.variables[at] for at in places]
        return Solutions(names, [[row[at] for at in places] for row in self.rows])


def with_solutions(text: str, block: ServiceBlock, solutions: Solutions) -> str:
    """The query with a group of these solutions in the place of a block."""
    return f"{text[: block.start]}{{ {_values_pattern(solutions)} }}{text[block.end :]}"


def values(solutions: Solutions) -> str:
    """`VALUES` with these solutions, among which is no blank node."""
    names = " ".join(f"?{name}" for name in solutions.variables)
    rows = "\n".join(f"({' '.join(map(_written, row))})" for row in solutions.rows)
    return f"VALUES ({names}) {{\n{rows}\n}}"


def _values_pattern(solutions: Solutions) -> str:
    """A blank node is no term of VALUES: it is made of its label by a function of the store."""
    columns = list(zip(*solutions.rows, strict=True)) or [()] * len(solutions.variables)
    nodes = [at for at, column in enumerate(columns) if any(_is_node(term) for term in column)]
    if not nodes:
        return values(solutions)
    # Longer than every name, and so none of them.
    new = "_" * (max(map(len, solutions.variables)) + 1)
    names, binds = list(solutions.variables), []
    for at in nodes:
        term, label = f"{new}term{at}", f"{new}label{at}"
        name, names[at] = names[at], term
        names.append(label)
        binds.append(f"BIND(COALESCE(?{term}, {BLANK_NODE}(?{label})) AS ?{name})")
    rows = [
        [
            *(None if _is_node(term) else term for term in row),
            *(_label(row[at]) for at in nodes),
        ]
        for row in solutions.rows
    ]
    shown = " ".join(f"?{name}" for name in solutions.variables)
    return f"SELECT {shown} {{ {values(Solutions(names, rows))} {' '.join(binds)} }}"


def blank_node(label: Literal) -> BlankNode:
    """The blank node with this label; the function `BLANK_NODE` of the store."""
    return BlankNode(label.value)


def has_node(term: Term | None) -> bool:
    """Whether a term is a blank node, or a triple term with one in it."""
    if isinstance(term, Triple):
        return has_node(term.subject) or has_node(term.object)
    return isinstance(term, BlankNode)


def _is_node(term: Term | None) -> bool:
    return isinstance(term, BlankNode)


def _label(term: Term | None) -> Literal | None:
    return Literal(term.value) if isinstance(term, BlankNode) else None


def _written(term: Term | None) -> str:
    if term is None:
        return "UNDEF"
    if isinstance(term, Triple):
        parts = (term.subject, term.predicate, term.object)
        return f"<<( {' '.join(map(_written, parts))} )>>"
    return str(term)
