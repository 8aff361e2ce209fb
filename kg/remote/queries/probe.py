"""Find out which kind of server it is, by what it answers and not by its address."""

from kg.remote.client import SparqlServer
from kg.remote.errors import StoreFailed
from kg.remote.queries.dialects import Dialect
from kg.remote.queries.standard import Standard
from kg.remote.queries.virtuoso import Virtuoso


def find_dialect(server: SparqlServer) -> Dialect:
    """Return the dialect of a server by its answer to an ASK; StoreFailed if it has none."""
    answer = server.query("ASK {}")
    if b"__ASK_RETVAL" in answer.body:
        return Virtuoso()
    if b"boolean" not in answer.body:
        shown = answer.body.decode(errors="replace")
        raise StoreFailed(server.address, 200, f"no answer to an ASK query: {shown}")
    return Standard()
