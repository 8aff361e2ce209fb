"""Follow derived triples down to their sources, in a folder with witnesses, without Spark.

DuckDB reads the Parquet files. Each level of a proof is one query for all triples on it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from kg.errors import MalformedParameter, UnknownName
from kg.namespaces import expand, shorten
from kg.spark.errors import BrokenDerivation, NotInDerivation, SparkUnavailable

_ASSERTED: Final = -1
_TABLES: Final = ("facts", "terms", "rules")
_INDENT: Final = "    "

_Codes = tuple[int, int, int]


class _Row(NamedTuple):
    """One standing of a triple: the rule and the premises that it was first derived by."""

    triple: _Codes
    base: int
    world: int
    rule: int
    round: int
    premises: tuple[_Codes, ...]


_Proof = dict[_Row, list[_Row]]


@dataclass(frozen=True)
class _Rule:
    name: str
    sentence: str
    source: str


class StoredDerivation:
    """A folder that `glocal reason --witness` wrote, on this machine."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; raise BrokenDerivation if it is none, or SparkUnavailable."""
        try:
            import duckdb
        except ImportError as error:
            remedy = "pip install 'glocal-kg[spark]'"
            raise SparkUnavailable("the package duckdb is not installed", remedy=remedy) from error
        for name in _TABLES:
            if not any((folder / name).glob("*.parquet")):
                raise BrokenDerivation(folder, f"{name}/ has no Parquet files")
        self._connection: Any = duckdb.connect()
        for name in _TABLES:
            files = str(folder / name / "*.parquet").replace("'", "''")
            self._connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}')")  # noqa: S608
        rows = self._connection.execute("SELECT rule, name, sentence, source FROM rules").fetchall()
        self._rules = {index: _Rule(*texts) for index, *texts in rows}

    def explain(self, subject: str, predicate: str, object_: str) -> str:
        """Return a proof of a triple as lines of text, a premise below what follows from it.

        Terms are IRIs, CURIEs, or in N-Triples. Each triple is proved once. Raises
        MalformedParameter for what is no term, NotInDerivation if the triple is not in the folder.
        """
        spellings = [_spelling(subject), _spelling(predicate), _spelling(object_)]
        codes = self._codes(spellings)
        triple = tuple(codes.get(spelling, 0) for spelling in spellings)
        rows = self._rows([triple]).get(triple, [])  # type: ignore[arg-type,list-item]
        if not rows:
            raise NotInDerivation(" ".join(map(_short, spellings)))
        root = min(rows, key=_rank)
        proof = self._proof(root)
        terms = self._spellings({code for row in proof for code in row.triple})
        return "\n".join(self._lines(root, proof, terms, 0, set()))

    def _proof(self, root: _Row) -> _Proof:
        """Return the rows of a proof, each with the rows of its premises.

        A premise stands where its conclusion stands, and was there in an earlier round.
        """
        proof: _Proof = {}
        level = [root]
        while level:
            known = self._rows({premise for row in level for premise in row.premises})
            following: dict[_Row, None] = {}
            for row in level:
                proof[row] = [_usable(known[premise], row) for premise in row.premises]
                following |= dict.fromkeys(each for each in proof[row] if each not in proof)
            level = [row for row in following if row not in proof]
        return proof

    def _lines(
        self, row: _Row, proof: _Proof, terms: Mapping[int, str], depth: int, shown: set[_Row]
    ) -> Iterator[str]:
        indent = _INDENT * depth
        text = " ".join(_short(terms[code]) for code in row.triple)
        if row.rule == _ASSERTED:
            yield f"{indent}{text}  (asserted)"
        elif row in shown:
            yield f"{indent}{text}  (proved above)"
        else:
            shown.add(row)
            rule = self._rules[row.rule]
            reason = rule.sentence or rule.source
            yield f"{indent}{text}  (by {rule.name}{f': {reason}' if reason else ''})"
            for premise in proof[row]:
                yield from self._lines(premise, proof, terms, depth + 1, shown)

    def _rows(self, triples: Iterable[_Codes]) -> dict[_Codes, list[_Row]]:
        found: dict[_Codes, list[_Row]] = {}
        rows = self._joined(
            "wanted(s BIGINT, p BIGINT, o BIGINT)",
            list(triples),
            "SELECT f.s, f.p, f.o, f.base, f.world, f.rule, f.round, f.premises "
            "FROM facts f JOIN wanted w ON f.s = w.s AND f.p = w.p AND f.o = w.o",
        )
        for s, p, o, base, world, rule, number, flat in rows:
            codes = flat or []
            premises = tuple(tuple(codes[i : i + 3]) for i in range(0, len(codes), 3))
            row = _Row((s, p, o), base, world, rule, number, premises)
            found.setdefault((s, p, o), []).append(row)
        return found

    def _codes(self, spellings: Iterable[str]) -> dict[str, int]:
        query = "SELECT t.spelling, t.code FROM terms t JOIN named n ON t.spelling = n.spelling"
        return dict(self._joined("named(spelling VARCHAR)", [(s,) for s in spellings], query))

    def _spellings(self, codes: Iterable[int]) -> dict[int, str]:
        query = "SELECT t.code, t.spelling FROM terms t JOIN coded c ON t.code = c.code"
        return dict(self._joined("coded(code BIGINT)", [(code,) for code in codes], query))

    def _joined(self, table: str, rows: list[Any], query: str) -> list[Any]:
        """Return the result of a query that joins a temporary table with these rows."""
        name, _, columns = table.partition("(")
        places = ", ".join("?" * (columns.count(",") + 1))
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {table}")
        if rows:
            self._connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608
        return list(self._connection.execute(query).fetchall())


def _usable(rows: Iterable[_Row], conclusion: _Row) -> _Row:
    """Return the strongest row that stands where the conclusion does, from an earlier round."""
    return min(
        (
            row
            for row in rows
            if row.round < conclusion.round
            and row.base <= conclusion.base
            and row.world in (0, conclusion.world)
        ),
        key=_rank,
    )


def _rank(row: _Row) -> tuple[bool, int, int]:
    """Sort standings: outside of worlds first, then by base, then by round."""
    return row.world != 0, row.base, row.round


def _spelling(text: str) -> str:
    if text == "a":
        return str(expand("rdf:type"))
    if text.startswith(('"', "_:")):
        return text
    try:
        return str(expand(text))
    except UnknownName:
        if ":" in text:
            return f"<{text}>"
        raise MalformedParameter("term", f"expected an IRI or a CURIE, got '{text}'") from None


def _short(spelling: str) -> str:
    return shorten(spelling[1:-1]) if spelling.startswith("<") else spelling
