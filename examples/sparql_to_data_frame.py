"""SPARQL to a data frame: how cities rank by two kinds of network, side by side.

python examples/sparql_to_data_frame.py                 # from the newest release on disk
python examples/sparql_to_data_frame.py http://127.0.0.1:8000/sparql    # from a service
"""

import sys
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pandas
import rdflib

import kg

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
    """The rows of a SELECT as a data frame, with Python's own numbers and dates."""
    found = dataset.query(query)
    rows = [[None if term is None else term.toPython() for term in row] for row in found]
    return pandas.DataFrame(rows, columns=[str(name) for name in found.vars])


def from_endpoint(address: str, query: str) -> pandas.DataFrame:
    """The same from a SPARQL endpoint, which answers in CSV."""
    form = urlencode({"query": query}).encode()
    with urlopen(Request(address, form, {"Accept": "text/csv"})) as answer:
        return pandas.read_csv(answer)


def main(addresses: list[str]) -> None:
    """Print the table and how alike the two rankings are."""
    if addresses:
        ranks = from_endpoint(addresses[0], RANKS)
    else:
        ranks = from_release(kg.open_release(), RANKS)
    table = ranks.pivot(index="city", columns="network", values="rank").astype("Int64")
    both = table.dropna()
    print(table.sort_values("NGOs").to_string(na_rep="–"))
    # Spearman's coefficient is Pearson's of the ranks, anew among the cities in both.
    likeness = both.rank().astype(float).corr().iloc[0, 1]
    print(f"\nRank correlation of the {len(both)} cities in both: {likeness:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
