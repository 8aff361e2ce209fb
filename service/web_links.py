"""Typed links between documents, as Link headers and as sets of links.

Source: Web Linking (RFC 8288); Linkset (RFC 9264).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote


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
