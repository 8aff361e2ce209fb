"""Convert our rules to a Nemo program, with one predicate for each class and each property.

A program with one generic triple predicate would be shorter, but takes several times as long.
Asserted triples have separate predicates, so that Nemo writes only new triples, as we do.

Source: the Nemo documentation, import and export directives; stratified negation is `~`.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Variable

from kg.namespaces import RDF
from kg.reasoning.rules.patterns import Atom, TermOrVariable
from kg.reasoning.rules.rule import Rule

_TYPE: Final = RDF["type"]


class NemoProgram:
    """A Nemo program, and the classes and properties of its predicates."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._rules = [line for rule in rules for line in self._rule(rule)]
        heads = {_key(atom) for rule in rules for atom in rule.head}
        self._derived = [self._names[key] for key in sorted(heads)]

    @property
    def exported(self) -> list[str]:
        """The predicates of the new triples."""
        return [f"new_{name}" for name in self._derived]

    def over_triples(self, facts: Path) -> str:
        """Return the program that reads one N-Triples file."""
        lines = [f'@import triple :- ntriples{{resource="{facts}"}} .']
        for (kind, iri), name in self._names.items():
            source = f"?x, {_TYPE}, <{iri}>" if kind == "class" else f"?x, <{iri}>, ?y"
            lines.append(f"{self._asserted(name)}({_variables(name)}) :- triple({source}) .")
        return self._with_rules(lines)

    def over_tables(self, folder: Path) -> str:
        """Return the program that reads the files of `write_tables`."""
        return self._with_rules(
            f'@import {self._asserted(name)} :- csv{{resource="{folder / name}.csv"}} .'
            for name in self._names.values()
        )

    def write_tables(self, facts: Path, folder: Path) -> None:
        """Write one CSV file for each predicate, from canonical N-Triples."""
        folder.mkdir(exist_ok=True)
        rows: dict[str, list[str]] = {name: [] for name in self._names.values()}
        with facts.open(encoding="utf-8") as file:
            for line in file:
                subject, predicate, rest = line.split(" ", 2)
                object_ = rest.removesuffix(" .\n")
                if predicate == str(_TYPE):
                    name = self._names.get(("class", object_[1:-1]))
                    row = f"{subject}\n"
                else:
                    name = self._names.get(("property", predicate[1:-1]))
                    row = f"{subject},{object_}\n"
                if name:
                    rows[name].append(row)
        for name, lines in rows.items():
            (folder / f"{name}.csv").write_text("".join(lines), encoding="utf-8")

    def _with_rules(self, imports: Iterable[str]) -> str:
        lines = [*imports]
        for name in self._derived:
            variables = _variables(name)
            asserted = f"{self._asserted(name)}({variables})"
            lines.append(f"{name}({variables}) :- {asserted} .")
            lines.append(f"new_{name}({variables}) :- {name}({variables}), ~{asserted} .")
            lines.append(f'@export new_{name} :- csv{{resource="{name}.csv"}} .')
        return "\n".join([*lines, *self._rules, ""])

    def _asserted(self, name: str) -> str:
        return f"asserted_{name}" if name in self._derived else name

    def _rule(self, rule: Rule) -> list[str]:
        body = ", ".join(map(self._atom, rule.body))
        heads = [self._atom(atom) for atom in rule.head] or ["contradiction(1)"]
        return [f"{head} :- {body} ." for head in heads]

    def _atom(self, atom: Atom) -> str:
        kind, _ = key = _key(atom)
        name = self._names.setdefault(key, f"{kind}_{len(self._names)}")
        ends = [atom.subject] if kind == "class" else [atom.subject, atom.object]
        return f"{name}({', '.join(map(_slot, ends))})"


def _key(atom: Atom) -> tuple[str, str]:
    if atom.predicate == _TYPE and isinstance(atom.object, NamedNode):
        return "class", atom.object.value
    return "property", atom.predicate.value


def _variables(name: str) -> str:
    return "?x" if name.startswith("class") else "?x, ?y"


def _slot(slot: TermOrVariable) -> str:
    return f"?{slot.value}" if isinstance(slot, Variable) else str(slot)
