"""Put the rows of a server in order as the embedded engine does.

Servers compare texts, and values of several kinds, in orders of their own.
"""

from typing import Final

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode, Quad, QuerySolutions

from kg.remote.queries.query_tree import Select
from kg.store.engine import Results

# Rows that are put in order here, which takes about a second.
MAX_ROWS: Final = 100_000
_ROW: Final = NamedNode("x:row")
_FRESH: Final = "?number_of_row_"


def put_in_order(rows: QuerySolutions, select: Select) -> Results | None:
    """Return rows in the order of a query, cut by its LIMIT and OFFSET; None if there are too many.

    They are all rows of the query. It must return the variables that it puts in order.
    """
    names = rows.variables
    columns = [NamedNode(f"x:{number}") for number in range(len(names))]
    quads = list[Quad]()
    for number, row in enumerate(rows):
        if number == MAX_ROWS:
            return None
        node = BlankNode()
        quads.append(Quad(node, _ROW, _ROW))
        given = zip(columns, row, strict=True)
        quads += [Quad(node, column, term) for column, term in given if term is not None]
    store = pyoxigraph.Store()
    store.extend(quads)
    cells = (
        f"OPTIONAL {{ {_FRESH} {column} {name} }}"
        for column, name in zip(columns, names, strict=True)
    )
    keys = (
        f"{'DESC' if is_descending else 'ASC'}({key})"
        for key, is_descending in zip(select.order, select.descending, strict=True)
    )
    limit = "" if select.limit is None else f" LIMIT {select.limit}"
    return store.query(
        f"SELECT {' '.join(map(str, names))} {{ {_FRESH} {_ROW} {_ROW} {' '.join(cells)} }} "
        f"ORDER BY {' '.join(keys)} OFFSET {select.offset or 0}{limit}"
    )
