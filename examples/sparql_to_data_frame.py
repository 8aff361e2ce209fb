"""Load SPARQL results into a data frame: the ranks of cities in two rankings, side by side.

python examples/sparql_to_data_frame.py                          # the newest release on disk
python examples/sparql_to_data_frame.py http://127.0.0.1:8000    # a service, or a SPARQL endpoint

Only the first needs the package `kg`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pandas

if TYPE_CHECKING:
    import rdflib

RANKS = """
PREFIX glocal: <https://w3id.org/glocal/ontology#>
PREFIX id: <https://w3id.org/glocal/id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?city ?network ?rank WHERE {
    VALUES (?ranking ?network) {
        (id:RankGaWCIOConnectivity "international organisations")
        (id:RankGaWCNGOConnectivity "NGOs")
    }
    ?observation glocal:indicator ?ranking ; glocal:rank ?rank ; glocal:subject/rdfs:label ?city .
    FILTER (LANG(?city) = "en")
} ORDER BY ?rank ?city
"""


def from_release(dataset: rdflib.Dataset, query: str) -> pandas.DataFrame:
    """Run a SELECT on a data set; return the rows with native Python numbers and dates."""
    results = dataset.query(query)
    rows = [[None if term is None else term.toPython() for term in row] for row in results]
    return pandas.DataFrame(rows, columns=[str(name) for name in results.vars])


def from_endpoint(address: str, query: str) -> pandas.DataFrame:
    """Run a SELECT at a SPARQL endpoint, which returns CSV; a service without path has one there.

    Raises:
        SystemExit: the endpoint cannot be reached, or responds with an error.
    """
    endpoint = address if urlsplit(address).path.strip("/") else f"{address.rstrip('/')}/sparql"
    form = urlencode({"query": query}).encode()
    try:
        with urlopen(Request(endpoint, form, {"Accept": "text/csv"})) as response:
            return pandas.read_csv(response)
    except HTTPError as error:
        text = error.read().decode(errors="replace")
        is_problem = error.headers.get_content_type() == "application/problem+json"
        detail = json.loads(text)["detail"] if is_problem else text[:200]
        sys.exit(f"{endpoint}: {error.code} {error.reason}: {detail}")
    except URLError as error:
        sys.exit(f"{endpoint}: {error.reason}. `make serve` starts a service.")


def main(addresses: list[str]) -> None:
    """Print the table and the correlation of the two rankings."""
    if addresses:
        ranks = from_endpoint(addresses[0], RANKS)
    else:
        import kg

        ranks = from_release(kg.open_release(), RANKS)
    table = ranks.pivot(index="city", columns="network", values="rank").astype("Int64")
    both = table.dropna()
    print(table.sort_values("NGOs").to_string(na_rep="–"))
    # Spearman's coefficient is Pearson's coefficient of the ranks among the cities in both.
    correlation = both.rank().astype(float).corr().iloc[0, 1]
    print(f"\nRank correlation of the {len(both)} cities in both: {correlation:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
