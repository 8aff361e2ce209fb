"""Typed links between documents, as Link headers and as sets of links.

Source: Web Linking (RFC 8288); Linkset (RFC 9264).

The documents about a thing, and the typed links that lead from each to the others.

Source: FAIR Signposting Profile, level 2 (https://signposting.org/FAIR/).

What the address of a resource asks for beside a format: evidence, a frame.

What an answer says of the document that it is: its links, its address, its language.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from pyoxigraph import NamedNode

from kg.describe.json_ld_context import COMPACTED
from kg.errors import MalformedParameter
from kg.namespaces import DCTERMS, GRAPH, ONTOLOGY, RDF
from kg.store.quad_store import Store
from service.answers.formats import (
    HTML,
    JSON_LD,
    LINKSET,
    LINKSET_JSON,
    QUAD_FORMATS,
    Choice,
    Format,
)
from service.http.negotiation import LANGUAGES, Language
from service.http.request import Pairs, in_address, single


@dataclass(frozen=True)
class WebLink:
    """A typed link; `href` is a path on this host or an IRI, and the type one of its target."""

    relation: str
    href: str
    media_type: str = ""
    language: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """What is said of the target, by the names of RFC 8288."""
        given = {"type": self.media_type, "hreflang": self.language}
        return {name: value for name, value in given.items() if value}


def link_header(links: Iterable[WebLink], *, root: str = "") -> str:
    """The links as the value of a Link header, those with the same target as one.

    Args:
        links: in the order in which they are written.
        root: what stands before a path on this host.
    """
    relations: dict[tuple[str, str, str], list[str]] = {}
    for one in links:
        relations.setdefault((one.href, one.media_type, one.language), []).append(one.relation)
    return ", ".join(
        _written(WebLink(" ".join(names), _on_host(target, root), media_type, language))
        for (target, media_type, language), names in relations.items()
    )


def linkset_text(links: Mapping[str, Sequence[WebLink]], base: str) -> str:
    """A set of links in the form of Link headers, each with its anchor (RFC 9264, section 4.1)."""
    return ",\n".join(
        f"{_written(WebLink(one.relation, _on_host(one.href, base), **_rest(one)))}; "
        f'anchor="{base}{anchor}"'
        for anchor, several in links.items()
        for one in several
    )


def linkset_json(links: Mapping[str, Sequence[WebLink]], base: str) -> dict[str, object]:
    """The same as JSON: contexts, and per relation the targets (RFC 9264, section 4.2)."""
    contexts: list[dict[str, object]] = []
    for anchor, several in links.items():
        targets: dict[str, list[dict[str, object]]] = {}
        for one in several:
            targets.setdefault(one.relation, []).append(_target(one, base))
        contexts.append({"anchor": f"{base}{anchor}", **targets})
    return {"linkset": contexts}


def in_header(iri: str) -> str:
    """The IRI as a URI, since headers are ASCII."""
    return quote(iri, safe="%:/?#[]@!$&'()*+,;=~")


def _target(link: WebLink, base: str) -> dict[str, object]:
    attributes: dict[str, object] = dict(link.attributes)
    # Of a target's languages there may be several, so that these alone are a list.
    if link.language:
        attributes["hreflang"] = [link.language]
    return {"href": _on_host(link.href, base), **attributes}


def _rest(link: WebLink) -> dict[str, str]:
    return {"media_type": link.media_type, "language": link.language}


def _written(link: WebLink) -> str:
    attributes = {"rel": link.relation, **link.attributes}
    return f"<{link.href}>" + "".join(f'; {key}="{value}"' for key, value in attributes.items())


def _on_host(href: str, base: str) -> str:
    return f"{base}{href}" if href.startswith("/") else href


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


_TRUTH: Final = {"": False, "0": False, "1": True}
# What is said of the document, and so has to be said again where a thing leads to it.
_KEPT: Final = ("context", "evidence", "frame")


@dataclass(frozen=True)
class ResourceRequest:
    """Whether each statement is wanted in the graphs that say so, and by which frame, if any."""

    evidence: bool
    frame: str | None

    def formats(self, usual: Sequence[Format]) -> Sequence[Format]:
        """Those that can give what is asked for, of the usual ones."""
        if self.evidence:
            return QUAD_FORMATS
        return usual if self.frame is None else (JSON_LD,)


def resource_request(request: Request) -> ResourceRequest:
    """What this request asks for.

    Raises:
        MalformedParameter: `evidence` is neither 0 nor 1, or one of them is given twice, or both
            evidence and a frame are asked for, which has no room for named graphs.
    """
    pairs = in_address(request)
    evidence, frame = single(pairs, "evidence") or "", single(pairs, "frame") or None
    if evidence not in _TRUTH:
        raise MalformedParameter("evidence", f"is 0 or 1, not '{evidence}'")
    if _TRUTH[evidence] and frame is not None:
        reason = "a framed document has no named graphs; right would be evidence=1 without it"
        raise MalformedParameter("frame", reason)
    return ResourceRequest(_TRUTH[evidence], frame)


def kept_parameters(request: Request) -> str:
    """The part of the address, with its question mark, that goes on to the document."""
    pairs: Pairs = [(name, value) for name, value in in_address(request) if name in _KEPT and value]
    return f"?{urlencode(pairs)}" if pairs else ""


def headers_of(
    request: Request, about: Documents, choice: Choice, language: Language | None = None
) -> dict[str, str]:
    """What an answer with one of the documents says of it and of the others.

    Where the format or the language was negotiated, Content-Location is the address that gives
    the same without, if there is one.
    """
    root = request.scope.get("root_path", "")
    path = f"{root}{about.path(choice.format)}"
    headers = {"Link": link_header(about.links_at(choice.format), root=root)}
    is_in_place = quote(request.scope["path"]) == path and "format" not in dict(in_address(request))
    if language is not None:
        path = f"{path}?lang={language.tag}"
        is_in_place = is_in_place and language.is_asked
    else:
        path += kept_parameters(request)
    # A form of JSON-LD or a version of RDF that Accept asked for has no address of its own.
    if not is_in_place and choice.profiles == COMPACTED and not choice.version:
        headers["Content-Location"] = path
    return headers | of_page(language) if HTML in about.formats else headers


def of_page(language: Language | None) -> dict[str, str]:
    """What any form of a document says that can also be a page: its language if it is one."""
    # A page in a language is one of the things that may be negotiated, whatever was chosen.
    vary = {"Vary": "Accept, Accept-Encoding, Accept-Language"}
    return vary if language is None else {**vary, "Content-Language": language.tag}


def see_other(request: Request, about: Documents, choice: Choice) -> Response:
    """An answer that leads from the thing to the document in the chosen format."""
    root = request.scope.get("root_path", "")
    language = single(in_address(request), "lang") if choice.format == HTML else None
    asked = f"?lang={quote(language)}" if language else ""
    # A path alone: whichever host and scheme answers here also has the document.
    return Response(
        status_code=303,
        headers={
            "Location": f"{root}{about.path(choice.format)}{asked}",
            "Link": link_header(about.links_of_the_thing(), root=root),
            "Vary": "Accept",
        },
    )
