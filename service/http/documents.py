"""The documents about a resource: the parameters that choose one, its headers, and typed links.

A resource has a document in each format. Typed links between them are written as Link headers and
as link sets.

Source: Web Linking (RFC 8288); Linkset (RFC 9264); FAIR Signposting Profile, level 2
(https://signposting.org/FAIR/).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from pyoxigraph import NamedNode, Triple

from kg.describe.json_ld_context import COMPACTED_ONLY
from kg.errors import MalformedParameter
from kg.namespaces import DCTERMS, GRAPH, ONTOLOGY, RDF
from kg.store.quad_store import Store
from service.answers.formats import HTML, JSON_LD, LINKSET_FORMATS, QUAD_FORMATS, Choice, Format
from service.http.negotiation import LANGUAGES, Language
from service.http.request import chosen_value, query_parameters, single_value

# The data set that all documents belong to.
_COLLECTION: Final = "/void"
_ABOUT_PAGE: Final = "https://schema.org/AboutPage"
# Parameters of the document, which a redirect from the resource must repeat.
_KEPT: Final = ("context", "evidence", "frame")
_KEPT_BY_PAGES: Final = ("view", "world")


@dataclass(frozen=True)
class WebLink:
    """A typed link; `href` is a path on this host or an IRI, `media_type` that of its target."""

    relation: str
    href: str
    media_type: str = ""
    language: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """The target attributes, by their names in RFC 8288."""
        attributes = {"type": self.media_type, "hreflang": self.language}
        return {name: value for name, value in attributes.items() if value}


def link_header(links: Iterable[WebLink], *, root: str = "") -> str:
    """Write a Link header, with links to the same target as one; `root` prefixes local paths.

    An alternate stands alone, since clients that follow it read `rel` as one name.
    """
    merged: dict[tuple[WebLink, bool], list[str]] = {}
    for link in links:
        target = replace(link, relation="", href=_on_host(link.href, root))
        merged.setdefault((target, link.relation == "alternate"), []).append(link.relation)
    return ", ".join(
        _write_link(replace(target, relation=" ".join(names)))
        for (target, _), names in merged.items()
    )


def page_links(links: Iterable[WebLink]) -> str:
    """Write a Link header with one relation per link; most clients read `rel` as one name."""
    return ", ".join(map(_write_link, links))


def linkset_as_text(links: Mapping[str, Sequence[WebLink]], base: str) -> str:
    """Write a link set in the form of Link headers with anchors (RFC 9264, section 4.1)."""
    return ",\n".join(
        f'{_write_link(replace(link, href=_on_host(link.href, base)))}; anchor="{base}{anchor}"'
        for anchor, anchor_links in links.items()
        for link in anchor_links
    )


def linkset_as_json(links: Mapping[str, Sequence[WebLink]], base: str) -> dict[str, object]:
    """Convert a link set to JSON: one context per anchor, its targets by relation (section 4.2)."""
    contexts: list[dict[str, object]] = []
    for anchor, anchor_links in links.items():
        targets: dict[str, list[dict[str, object]]] = {}
        for link in anchor_links:
            targets.setdefault(link.relation, []).append(_target(link, base))
        contexts.append({"anchor": f"{base}{anchor}", **targets})
    return {"linkset": contexts}


def to_uri(iri: str) -> str:
    """Percent-encode an IRI as a URI, since headers are ASCII."""
    return quote(iri, safe="%:/?#[]@!$&'()*+,;=~")


def _target(link: WebLink, base: str) -> dict[str, object]:
    # A target may have several languages, so they are a list.
    languages = {"hreflang": [link.language]} if link.language else {}
    return {"href": _on_host(link.href, base), **link.attributes, **languages}


def _write_link(link: WebLink) -> str:
    attributes = {"rel": link.relation, **link.attributes}
    return f"<{link.href}>" + "".join(f'; {key}="{value}"' for key, value in attributes.items())


def _on_host(href: str, base: str) -> str:
    return f"{base}{href}" if href.startswith("/") else href


@dataclass(frozen=True)
class Documents:
    """The documents about a resource; it, its `types` and the `licences` are given as URIs.

    `stem` is their path without file extension, `linkset` the path of the set of all their links.
    """

    iri: str
    stem: str
    linkset: str
    formats: Sequence[Format]
    types: Sequence[str] = ()
    licences: Sequence[str] = ()

    def path(self, form: Format) -> str:
        """Return the path of the document in this format."""
        return f"{self.stem}.{form.name}"

    def links_from(self, form: Format) -> Iterator[WebLink]:
        """Yield the links from the document in this format."""
        yield WebLink("cite-as", self.iri)
        if form == HTML:
            # In the profile, the HTML page is the landing page of the resource.
            yield from (WebLink("type", iri) for iri in (_ABOUT_PAGE, *self.types))
            yield from self._links("describedby", HTML)
            for language in LANGUAGES:
                path = f"{self.path(HTML)}?lang={language}"
                yield WebLink("alternate", path, HTML.media_type, language)
        else:
            yield WebLink("describes", self.iri)
            if HTML in self.formats:
                yield WebLink("describes", self.path(HTML), HTML.media_type)
        yield from self._links("alternate", form)
        yield from (WebLink("license", iri) for iri in self.licences)
        yield WebLink("collection", _COLLECTION)
        yield from (WebLink("linkset", self.linkset, one.media_type) for one in LINKSET_FORMATS)

    def header_links(self, form: Format) -> list[WebLink]:
        """Return the links for the header of the document in this format.

        In JSON-LD and pages only one alternate, of pages the JSON-LD: PyLD follows it from a page,
        and fails on several. The link set has them all.
        """
        links = list(self.links_from(form))
        alternates = [link for link in links if link.relation == "alternate"]
        alternates.sort(key=lambda link: link.media_type != JSON_LD.media_type)
        left_out = alternates[1:] if form in (JSON_LD, HTML) else []
        return [link for link in links if link not in left_out]

    def redirect_links(self) -> list[WebLink]:
        """Return the links of a redirect to any of the documents."""
        linkset = WebLink("linkset", self.linkset, LINKSET_FORMATS[0].media_type)
        return [*self._links("describedby", HTML), linkset]

    def _links(self, relation: str, left_out: Format) -> Iterator[WebLink]:
        """Yield the links to the documents in all formats but one."""
        for form in self.formats:
            if form != left_out:
                yield WebLink(relation, self.path(form), form.media_type)


def documents_about(
    store: Store, iri: NamedNode, path: str, formats: Sequence[Format], *, stem: str
) -> Documents:
    """Return the documents about a resource; `path` is the end of its IRI, such as `id/London`."""
    types = store.triples(iri, RDF["type"], graph=GRAPH["asserted"])
    licences = store.triples(ONTOLOGY, DCTERMS["license"])
    linkset = quote(f"/linkset/{path}")
    return Documents(
        to_uri(iri.value), quote(stem), linkset, tuple(formats), _objects(types), _objects(licences)
    )


def _objects(triples: Iterable[Triple]) -> tuple[str, ...]:
    objects = (triple.object for triple in triples)
    return tuple(sorted(to_uri(term.value) for term in objects if isinstance(term, NamedNode)))


@dataclass(frozen=True)
class ResourceRequest:
    """The options of a request: whether it wants the graphs of statements, and a frame's name."""

    evidence: bool
    frame: str | None

    def formats(self, usual: Sequence[Format]) -> Sequence[Format]:
        """Return the formats that can hold what was requested."""
        if self.evidence:
            return QUAD_FORMATS
        return usual if self.frame is None else (JSON_LD,)


def resource_request(request: Request) -> ResourceRequest:
    """Read the options of this request; raise MalformedParameter if they cannot be met."""
    pairs = query_parameters(request)
    evidence, frame = chosen_value(pairs, "evidence", "0", "1") == "1", single_value(pairs, "frame")
    if evidence and frame:
        reason = "a framed document cannot hold evidence graphs; expected evidence=1 or a frame"
        raise MalformedParameter("frame", reason)
    return ResourceRequest(evidence, frame or None)


def _kept_parameters(request: Request, choice: Choice, language: str | None) -> str:
    """Return the query string of a document, with its question mark; empty without parameters."""
    kept = _KEPT_BY_PAGES if choice.format == HTML else (*_KEPT, *_KEPT_BY_PAGES)
    pairs = [(key, value) for key, value in query_parameters(request) if key in kept and value]
    pairs += [("lang", language)] if language else []
    return f"?{urlencode(pairs)}" if pairs else ""


def document_headers(
    request: Request, about: Documents, choice: Choice, language: Language | None = None
) -> dict[str, str]:
    """Return the headers of a document about a resource: typed links, address and language.

    If the format or the language was negotiated, Content-Location names the address that returns
    the same document without negotiation, if there is one.
    """
    root = request.scope.get("root_path", "")
    path = f"{root}{about.path(choice.format)}"
    headers = {"Link": link_header(about.header_links(choice.format), root=root)}
    has_format = "format" in dict(query_parameters(request))
    is_at_own_address = quote(request.scope["path"]) == path and not has_format
    path += _kept_parameters(request, choice, language and language.tag)
    if language is not None:
        is_at_own_address = is_at_own_address and language.is_explicit
    # Profiles of JSON-LD and versions of RDF, chosen by Accept, have no address of their own.
    if not is_at_own_address and choice.profiles == COMPACTED_ONLY and not choice.version:
        headers["Content-Location"] = path
    return headers | language_headers(language) if HTML in about.formats else headers


def language_headers(language: Language | None) -> dict[str, str]:
    """Return the headers about language, for a document in any format that is also a page."""
    # Always in Vary: with another Accept-Language, the answer may be a page in another language.
    vary = {"Vary": "Accept, Accept-Encoding, Accept-Language"}
    return vary if language is None else {**vary, "Content-Language": language.tag}


def redirect(request: Request, path: str) -> Response:
    """Redirect (303) to a path on this host, with all parameters of the request.

    Not permanently: what a name stands for is up to the release.
    """
    path, hash_sign, fragment = path.partition("#")
    query = request.scope["query_string"].decode("latin-1")
    root = request.scope.get("root_path", "")
    location = f"{root}{quote(path)}{'?' if query else ''}{query}{hash_sign}{quote(fragment)}"
    return Response(status_code=303, headers={"Location": location})


def see_other(request: Request, about: Documents, choice: Choice) -> Response:
    """Redirect (303) from a resource to its document in the chosen format."""
    root = request.scope.get("root_path", "")
    language = single_value(query_parameters(request), "lang") if choice.format == HTML else None
    # A path without host, so that it is valid under any host name and scheme.
    return Response(
        status_code=303,
        headers={
            "Location": f"{root}{about.path(choice.format)}"
            + _kept_parameters(request, choice, language),
            "Link": link_header(about.redirect_links(), root=root),
            "Vary": "Accept",
        },
    )
