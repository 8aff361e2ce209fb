"""The field for a SPARQL query, on the pages that have one."""

from collections.abc import Iterable
from html import escape
from typing import Final

from kg.store.saved_queries import SavedQuery

# Shows what there is of any data.
_CLASSES: Final = """SELECT ?class (COUNT(?thing) AS ?things) WHERE {
    ?thing a ?class .
} GROUP BY ?class ORDER BY DESC(?things)"""
_FIELD: Final = """<form action="sparql">
  <label>A SPARQL query <textarea name="query" rows="9">{example}</textarea></label>
  {buttons}
</form>"""
BUTTONS: Final = """<button name="format" value="json">Ask</button>
  <button name="format" value="csv">Ask for a table (CSV)</button>"""


def query_field(queries: Iterable[SavedQuery]) -> str:
    """The field as HTML, with a query to begin with: the shortest that needs to be told nothing.

    Its address is relative to that of a page beside `/sparql`.
    """
    texts = [query.text for query in queries if not query.parameters and query.form == "SELECT"]
    # A line of text at the start of a field is lost without the empty one.
    example = "\n" + escape(min(texts, key=len, default=_CLASSES))
    return _FIELD.format(example=example, buttons=BUTTONS)
