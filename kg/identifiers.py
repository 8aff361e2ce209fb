"""Identifiers of outside data sets: which form they have, and which IRI they stand for."""

import re
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter


@dataclass(frozen=True)
class Target:
    """A data set that entities are linked to; its IRIs are `space`, an identifier, `ending`."""

    name: str
    space: str
    ending: str
    form: re.Pattern[str]
    example: str

    def iri(self, identifier: str) -> NamedNode:
        """The IRI of this identifier.

        Raises:
            MalformedParameter: it is none of this data set.
        """
        if self.form.fullmatch(identifier) is None:
            reason = f"'{identifier[:40]}' is no identifier there; right would be {self.example}"
            raise MalformedParameter(self.name, reason)
        return NamedNode(f"{self.space}{identifier}{self.ending}")

    def identifier(self, iri: str) -> str | None:
        """What stands for the identifier in an IRI of this data set, well-formed or not."""
        if not iri.startswith(self.space):
            return None
        return iri.removeprefix(self.space).removesuffix(self.ending)


TARGETS: Final = {
    target.name: target
    for target in (
        Target(
            "wikidata",
            "http://www.wikidata.org/entity/",
            "",
            re.compile(r"Q[1-9][0-9]{0,9}"),
            "Q and a number without leading zeros, such as Q84",
        ),
        Target(
            "geonames",
            "https://sws.geonames.org/",
            "/",
            re.compile(r"[1-9][0-9]{0,9}"),
            "a number without leading zeros, such as 2643743",
        ),
    )
}


def why_malformed(iri: str) -> str | None:
    """What is wrong with an IRI that lies in a known data set; nothing where all is well."""
    for target in TARGETS.values():
        identifier = target.identifier(iri)
        if identifier is None:
            continue
        try:
            right = target.iri(identifier)
        except MalformedParameter as error:
            return str(error)
        return None if right.value == iri else f"{target.name}: '{iri}' is not {right}"
    return None
