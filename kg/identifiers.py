"""Identifiers in external data sets: their syntax, and their conversion to and from IRIs."""

import re
from typing import Final, NamedTuple

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter


class ExternalDataset(NamedTuple):
    """A data set whose IRIs are namespace, identifier and suffix; `example` is for messages.

    `pages` matches the beginnings of addresses: of its pages, and of IRIs written in other ways.
    """

    name: str
    namespace: str
    suffix: str
    pattern: re.Pattern[str]
    example: str
    pages: re.Pattern[str]

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

    def find_identifier(self, text: str) -> str | None:
        """Return the identifier that a text is, or is the address of; None if it is neither."""
        found = self.pages.match(text)
        identifier = re.split("[/?#]", text[found.end() :])[0] if found else text
        return identifier if self.pattern.fullmatch(identifier) else None


EXTERNAL_DATASETS: Final = {
    dataset.name: dataset
    for dataset in (
        ExternalDataset(
            "wikidata",
            "http://www.wikidata.org/entity/",
            "",
            re.compile(r"Q[1-9][0-9]{0,9}"),
            "Q and a number without leading zeros, such as Q84",
            re.compile(r"<?https?://(?:www\.|m\.)?wikidata\.org/(?:wiki|entity)/|wd:"),
        ),
        ExternalDataset(
            "geonames",
            "https://sws.geonames.org/",
            "/",
            re.compile(r"[1-9][0-9]{0,9}"),
            "a number without leading zeros, such as 2643743",
            re.compile(r"<?https?://(?:www\.|sws\.)?geonames\.org/"),
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
