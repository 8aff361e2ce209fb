"""The pages about the data: how to get it, its files and releases, and its statistics."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kg.namespaces import BASE
from kg.release.catalogue import DumpFile, KeptRelease
from service.answers.formats import GRAPH_FORMATS, RESULT_FORMATS
from service.http.html import write_html
from service.pages.dataset_summary import DatasetSummary
from service.pages.terms import TermWriter

_PLACE: Final = "data"


def write_data_page(
    terms: TermWriter,
    summary: DatasetSummary,
    *,
    base: str,
    query: str,
    files: Mapping[str, DumpFile],
    link_counts: Mapping[str, int],
    interfaces: Mapping[str, Mapping[str, str]],
    without_link: Sequence[str],
) -> bytes:
    """Write the page that tells people how to get and cite the data.

    `base` is the address of the service, and `query` the one of the examples; `link_counts` has
    the number of links by link file, `interfaces` the texts about each path.
    """
    example = next((iri.value.removeprefix(BASE) for iri in summary.examples), "")
    requests = {
        name: write_html(f"request-{name}.txt", base=base, query=query, thing=example).decode()
        for name in ("curl", "python")
    }
    return _write_page(
        terms,
        "data",
        "/data",
        summary=summary,
        base_iri=BASE,
        files=files,
        link_counts=link_counts,
        requests=requests,
        formats={"data-results": RESULT_FORMATS, "data-graphs": GRAPH_FORMATS},
        interfaces=interfaces,
        without_link=without_link,
    )


def write_dumps_page(terms: TermWriter, files: Mapping[str, DumpFile]) -> bytes:
    """Write the page of the files of the served release."""
    return _write_page(terms, "dumps", "/dumps", files=files)


def write_catalogue_page(terms: TermWriter, releases: Sequence[KeptRelease]) -> bytes:
    """Write the page of the releases, the served one first, each with its files."""
    return _write_page(terms, "catalogue", "/catalog", releases=releases)


def write_void_page(terms: TermWriter, summary: DatasetSummary) -> bytes:
    """Write the page of the numbers of the data set, with its classes, properties and links."""
    return _write_page(terms, "void", "/void", summary=summary)


def _write_page(terms: TermWriter, name: str, path: str, **shown: Any) -> bytes:
    title = terms.words[f"{name}-title"]
    above = terms.macros["local_link"]("/data", terms.words["place-data"])
    way = [title] if name == _PLACE else [above, title]
    return terms.write_page(f"{name}.html", title=title, path=path, place=_PLACE, way=way, **shown)
