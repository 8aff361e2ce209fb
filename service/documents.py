"""The documents about a thing, and the typed links that lead from each to the others.

Source: FAIR Signposting Profile, level 2 (https://signposting.org/FAIR/).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from pyoxigraph import NamedNode

from kg.namespaces import DCTERMS, GRAPH, ONTOLOGY, RDF
from kg.store.quad_store import Store
from service.answers.formats import HTML, LINKSET, LINKSET_JSON, Format
from service.languages import LANGUAGES
from service.web_links import WebLink, in_header

# The data set that all documents are a part of.
COLLECTION: Final = "/void"
_ABOUT_PAGE: Final = "https://schema.org/AboutPage"


@dataclass(frozen=True)
class Documents:
    """A thing and the documents about it.

    `stem` is their path without the ending, `linkset` the path of the set of all links,
    `types` the IRIs of the thing's classes, `licences` those of what the documents say.
    """

    iri: str
    stem: str
    linkset: str
    formats: Sequence[Format]
    types: Sequence[str] = field(default=())
    licences: Sequence[str] = field(default=())

    def path(self, form: Format) -> str:
        """The path of the document in this format."""
        return f"{self.stem}.{form.name}"

    def links_at(self, form: Format) -> list[WebLink]:
        """The links that lead from the document in this format."""
        here = list(self._of_page() if form == HTML else self._of_metadata())
        others = [
            WebLink("alternate", self.path(one), one.media_type)
            for one in self.formats
            if one != form
        ]
        return [WebLink("cite-as", self.iri), *here, *others, *self._of_both()]

    def links_of_the_thing(self) -> list[WebLink]:
        """The links of an answer that only leads on, to any of the documents."""
        return [*self._metadata(), WebLink("linkset", self.linkset, LINKSET_JSON.media_type)]

    def by_document(self) -> dict[str, list[WebLink]]:
        """The links of every document, by its path: what the set of links says."""
        return {self.path(form): self.links_at(form) for form in self.formats}

    def _of_page(self) -> Iterator[WebLink]:
        """Of a page for people, which counts as the landing page."""
        yield WebLink("type", _ABOUT_PAGE)
        yield from (WebLink("type", one) for one in self.types)
        yield from self._metadata()
        for language in LANGUAGES:
            path = f"{self.path(HTML)}?lang={language}"
            yield WebLink("alternate", path, HTML.media_type, language)

    def _of_metadata(self) -> Iterator[WebLink]:
        yield WebLink("describes", self.iri)
        if HTML in self.formats:
            yield WebLink("describes", self.path(HTML), HTML.media_type)

    def _of_both(self) -> Iterator[WebLink]:
        yield from (WebLink("license", one) for one in self.licences)
        yield WebLink("collection", COLLECTION)
        yield WebLink("linkset", self.linkset, LINKSET_JSON.media_type)
        yield WebLink("linkset", self.linkset, LINKSET.media_type)

    def _metadata(self) -> Iterator[WebLink]:
        for form in self.formats:
            if form != HTML:
                yield WebLink("describedby", self.path(form), form.media_type)


def documents(
    store: Store, iri: NamedNode, path: str, formats: Sequence[Format], *, stem: str
) -> Documents:
    """The documents about a thing of this release.

    Args:
        store: the release.
        iri: the thing.
        path: what its IRI and that of its set of links end in, such as `id/London`.
        formats: in which there are documents.
        stem: their path without the ending.
    """
    types = store.matching(iri, RDF["type"], graph=GRAPH["asserted"])
    licences = store.matching(ONTOLOGY, DCTERMS["license"])
    return Documents(
        in_header(iri.value),
        quote(stem),
        quote(f"/linkset/{path}"),
        tuple(formats),
        _iris(one.object for one in types),
        _iris(one.object for one in licences),
    )


def _iris(terms: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted(in_header(one.value) for one in terms if isinstance(one, NamedNode)))
