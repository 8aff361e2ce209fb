"""The pages of search and of classes: what was found or is in a class, with facets beside it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode

from kg.linking.name_index import language_of
from kg.namespaces import BASE, GLOCAL, expand, is_in
from service.answers.search_types import (
    Classes,
    ClassMembers,
    ClassSummary,
    Facet,
    ListedThing,
    SearchResults,
)
from service.http.request import Parameters
from service.pages.listing import class_address
from service.pages.terms import TermWriter

# The values of a facet that are shown at once; the others are folded.
_SHOWN_VALUES: Final = 8
# The most members on a page of `/id`.
_MAX_ROWS: Final = 1_000


@dataclass(frozen=True)
class ListAddress:
    """The address of a list: its path, and its parameters as the request has them."""

    path: str
    parameters: Parameters

    def toggle(self, facet: str, value: str) -> str:
        """Return the address of the first page with this value of a facet, or without it."""
        pairs = self._without("page")
        others = [pair for pair in pairs if pair != (facet, value)]
        return self._write(others if len(others) < len(pairs) else [*pairs, (facet, value)])

    def at(self, page: int) -> str:
        """Return the address of a page."""
        return self._write([*self._without("page"), ("page", str(page))])

    def without(self, *names: str) -> str:
        """Return the address without these parameters."""
        return self._write(self._without(*names))

    def in_format(self, name: str) -> str:
        """Return the address of the same list in another format."""
        return self._write([*self._without("format", "lang"), ("format", name)])

    def _without(self, *names: str) -> list[tuple[str, str]]:
        return [pair for pair in self.parameters if pair[0] not in names]

    def _write(self, pairs: Parameters) -> str:
        return quote(self.path) + (f"?{urlencode(pairs)}" if pairs else "")


class SearchPageWriter:
    """Writes the pages about lists in the language of `terms`, at an address."""

    def __init__(self, terms: TermWriter, address: ListAddress) -> None:
        self._terms, self._address = terms, address

    def write_results(self, answer: SearchResults) -> bytes:
        """Write the page of what was found, by kind, the kind of the best result first.

        Last come the things that only have the words in what is written about them. If nothing is
        called so, it says that, and lists what is spelt alike.
        """
        by_kind: dict[str, list[ListedThing]] = {}
        described: list[ListedThing] = []
        for one in answer["results"]:
            is_described = one.get("match", {}).get("by") == "description"
            (described if is_described else by_kind.setdefault(one["kind"], [])).append(one)
        asked, facets = answer["query"], _useful_facets(answer)
        named = [one for several in by_kind.values() for one in several]
        is_alike = all(one.get("match", {}).get("by") == "similar" for one in named)
        is_missing = is_alike and not described and not _is_chosen(facets)
        key = "search-missing" if is_missing else "search-results"
        shown = {"facets": () if is_missing else facets, "described": described}
        return self._write(
            "search.html",
            self._terms.words[key].format(asked=asked),
            answer=answer,
            searched=asked,
            is_missing=is_missing,
            by_kind={} if is_alike else by_kind,
            alike=named if is_alike else (),
            **shown,
        )

    def write_members(self, answer: ClassMembers, way: Sequence[NamedNode]) -> bytes:
        """Write the page of a class; `way` leads to it from the top of the hierarchy."""
        name = self._terms.label(way[-1]).value
        above = [self._step(class_address(one), self._terms.label(one).value) for one in way[:-1]]
        steps = [self._step("/search", self._terms.words["place-explore"]), *above, name]
        facets, about = _useful_facets(answer), answer["about"]
        # The same list as a table, if it is a list of entities that one page of `/id` holds.
        is_table = about["entities"] == about["count"] <= _MAX_ROWS and not _is_chosen(facets)
        query = urlencode({"type": about["name"], "size": _MAX_ROWS, "format": "csv"})
        shown = {"way": steps, "class_": way[-1], "facets": facets}
        shown["table"] = f"/id?{query}" if is_table else ""
        shown["is_filtered"] = _is_chosen(facets)
        return self._write("class.html", name, answer=answer, **shown)

    def write_classes(self, answer: Classes, main: Sequence[NamedNode]) -> bytes:
        """Write the overview: the main classes of entities with those below them, then the rest."""
        used = {one["id"]: one for one in answer["classes"] if one["count"]}
        cards = [
            (
                used[class_.value],
                [one for one in used.values() if _is_below(one, used[class_.value])],
            )
            for class_ in main
            if class_.value in used and is_in(class_, BASE) and used[class_.value]["entities"]
        ]
        cards.sort(key=lambda pair: -pair[0]["entities"])
        others = [one for one in used.values() if not one["entities"]]
        title = self._terms.words["place-explore"]
        return self._write("explore.html", title, cards=cards, others=others)

    def write_failure(self, asked: str, failure: Mapping[str, Any]) -> bytes:
        """Write the page of a search that failed, with what was searched."""
        title = self._terms.words.get(f"problem-{failure['status']}", failure["title"])
        return self._write("search-failed.html", title, searched=asked, failure=failure)

    def _write(self, template: str, title: str, **shown: Any) -> bytes:
        return self._terms.write_page(
            template,
            title=title,
            path=self._address.without("lang"),
            place="explore",
            address=self._address,
            own_path=self._address.without("lang", "view", "world", "page"),
            texts=self._texts,
            why=self._why,
            matched=lambda name: Literal(name, language=language_of(name)),
            term_of=_term_of,
            shown_values=_SHOWN_VALUES,
            **shown,
        )

    def _step(self, path: str, name: str) -> Markup:
        step: Markup = self._terms.macros["link_to"](self._terms.local(path), name)
        return step

    def _texts(self, texts: Mapping[str, str]) -> list[Literal]:
        """Return texts by language as literals, that in the language of the page first."""
        return self._terms.sorted_texts(
            Literal(text, language=tag) if tag else Literal(text) for tag, text in texts.items()
        )

    def _why(self, thing: ListedThing) -> str:
        """Return the key of the words about why a thing was found; empty if anybody sees it."""
        if "match" not in thing:
            return ""
        match = thing["match"]
        local_name = re.split("[#/]", thing["id"])[-1]
        shown = {*thing["label"].values(), *thing["description"].values(), local_name}
        if match["by"] == "identifier":
            return "search-by-link" if "relation" in match else "search-by-identifier"
        if match["by"] == "initials":
            return "search-by-initials"
        if match["by"] == "description":
            kind = "statement" if thing["kind"] == "graph" else "text"
            return "" if match["name"] in shown else f"search-by-{kind}"
        return "" if match["name"] in shown else "search-by-name"


def _useful_facets(answer: SearchResults | ClassMembers) -> Sequence[Facet]:
    """Return the facets, unless there is a single thing that nothing was chosen for."""
    facets = answer["facets"] or ()
    return facets if answer["total"] > 1 or _is_chosen(facets) else ()


def _is_chosen(facets: Sequence[Facet]) -> bool:
    return any(value["selected"] for facet in facets for value in facet["values"])


def _is_below(one: ClassSummary, other: ClassSummary) -> bool:
    return other["name"] in one["broader"]


def _term_of(identifier: str) -> NamedNode:
    """Return the class or status with an identifier of `term_identifier`."""
    return expand(identifier) if ":" in identifier else GLOCAL[identifier]
