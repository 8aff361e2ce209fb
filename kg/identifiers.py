"""Identifiers in external data sets: their syntax, and their conversion to and from IRIs."""

import re
from typing import Final, NamedTuple

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter


class ExternalDataset(NamedTuple):
    """A data set whose IRIs are namespace, identifier and suffix; `example` is for messages."""

    name: str
    namespace: str
    suffix: str
    pattern: re.Pattern[str]
    example: str

    def iri_for(self, identifier: str) -> NamedNode:
        """Return the IRI of an identifier, or raise MalformedParameter if it has a wrong form."""
        if self.pattern.fullmatch(identifier) is None:
            reason = f"'{identifier[:40]}' is not a valid identifier; expected {self.example}"
            raise MalformedParameter(self.name, reason)
        return NamedNode(f"{self.namespace}{identifier}{self.suffix}")

    def identifier_in(self, iri: str) -> str | None:
        """Return the identifier in an IRI, unchecked; None if the IRI is not in this data set."""
        if not iri.startswith(self.namespace):
            return None
        return iri.removeprefix(self.namespace).removesuffix(self.suffix)


EXTERNAL_DATASETS: Final = {
    dataset.name: dataset
    for dataset in (
        ExternalDataset(
            "wikidata",
            "http://www.wikidata.org/entity/",
            "",
            re.compile(r"Q[1-9][0-9]{0,9}"),
            "Q and a number without leading zeros, such as Q84",
        ),
        ExternalDataset(
            "geonames",
            "https://sws.geonames.org/",
            "/",
            re.compile(r"[1-9][0-9]{0,9}"),
            "a number without leading zeros, such as 2643743",
        ),
    )
}


def identifier_error(iri: str) -> str | None:
    """Return the error in an IRI of a known data set, or None if there is none."""
    for dataset in EXTERNAL_DATASETS.values():
        if (identifier := dataset.identifier_in(iri)) is None:
            continue
        try:
            expected = dataset.iri_for(identifier)
        except MalformedParameter as error:
            return str(error)
        if expected.value != iri:
            return f"{dataset.name}: expected {expected}, got '{iri}'"
    return None
