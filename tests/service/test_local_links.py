"""Every link from this host to itself leads somewhere, including its fragment.

Tested in process on the paper's release, pages and descriptions for programs. Of addresses that
exist in thousands, some are followed, and the names among the others must be names of the release.
With `--hypothesis-profile=thorough` all pages are followed.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from pyoxigraph import NamedNode, RdfFormat, parse

from kg.namespaces import BASE, WITHDRAWN
from kg.sources.folders import read_curated
from kg.store.quad_store import Store
from service.http.negotiation import LANGUAGES
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

HOST = "http://testserver/"
HEADERS = {"accept": "text/html, text/turtle;q=0.5, */*;q=0.1", "accept-encoding": "identity"}
STARTS = (
    *("/", "/sitemap.xml", "/linkset/ontology", "/linkset/id/London", "/ontology.ttl"),
    *("/.well-known/api-catalog", "/.well-known/sparql-examples"),
    *("/.well-known/void?format=ttl", "/catalog?format=ttl", "/id/London"),
)
# Addresses that differ only in their last part or parameters; a few of each kind are followed.
ALIKE = re.compile(
    r"/data/(\w+)/.*\.(ttl|nt|rdf|jsonld|trig|nq)$"
    r"|/(linkset|explain|graphs|sparql|whatif|search|classes)[/?]"
    r"|.*[?&](lang|view|world|type|status|holder|pattern|passage)="
)
MOST_ALIKE = 12
# Names of the release, of each kind; each has a page.
MOST_NAMES = 30
NAME = re.compile(r"/(?:data/)?((id|ontology|source|evidence|graph|rule)/[^?]+?)(?:\.[a-z]+)?")
WITHDRAWN_NAMES = {
    quad.subject.value
    for quad in read_curated()
    if quad.graph_name == WITHDRAWN and isinstance(quad.subject, NamedNode)
}
OF_DESCRIPTIONS = re.compile(f"{BASE}(void|catalog)#|{HOST}sparql#|{BASE}data/.*#incoming$")
PAGES = (
    *("/data", "/dumps", "/catalog", "/void", "/frames", "/rules", "/links", "/ontology"),
    *("/problems", "/problems/unknown-name", "/data/id/London.html"),
)
# An address that the client completes.
COMPLETED = "/lookup?iri="


@dataclass
class Answer:
    """The status and links of an answer, and the anchors of a page."""

    status: int
    anchors: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()


@dataclass
class Walk:
    """Follows links; remembers answers by path and parameters, and bodies by their entity tag."""

    client: TestClient
    names: frozenset[str]
    most_names: float
    answers: dict[str, Answer] = field(default_factory=dict)
    found_on: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    alike: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    tagged: defaultdict[str, dict[bytes, str]] = field(default_factory=lambda: defaultdict(dict))

    def go(self, starts: Iterable[str]) -> None:
        """Request these addresses, and all that their answers link to."""
        waiting = list(starts)
        while waiting:
            address = urldefrag(waiting.pop())[0]
            if address in self.answers or self._is_one_of_many(address):
                continue
            answer = self.answers[address] = self._ask(address)
            for link in sorted(answer.links):
                self.found_on[link].add(address)
                waiting.append(link)

    def dead(self) -> dict[str, set[str]]:
        """Return the broken links, and the pages that have each of them."""
        return {
            link: pages
            for link, pages in self.found_on.items()
            if not self._leads_somewhere(*urldefrag(link))
        }

    def _ask(self, address: str) -> Answer:
        response = self.client.get(address, headers=HEADERS)
        if tag := response.headers.get("etag"):
            self.tagged[tag].setdefault(response.content, address)
        links = {local(urljoin(HOST + address[1:], link)) for link in links_of(response)}
        is_page = response.headers.get("content-type", "").startswith("text/html")
        anchors = re.findall(r' id="([^"]*)"', response.text) if is_page else ()
        return Answer(response.status_code, frozenset(anchors), frozenset(links - {"", COMPLETED}))

    def _leads_somewhere(self, address: str, fragment: str) -> bool:
        answer = self.answers.get(address)
        if answer is None:
            # One of many that are alike.
            name = NAME.fullmatch(address)
            return name is None or name[1] in self.names
        if answer.status == 303:
            [location] = answer.links
            return self._leads_somewhere(location, fragment)
        is_page = bool(answer.anchors)
        # A withdrawn name is gone, which its document says; no other link may lead to one.
        if answer.status == 410:
            return f"{BASE}{address.removeprefix('/')}" in WITHDRAWN_NAMES
        return answer.status == 200 and (not is_page or not fragment or fragment in answer.anchors)

    def _is_one_of_many(self, address: str) -> bool:
        if found := ALIKE.match(address):
            kind, most = " ".join(part for part in found.groups() if part), MOST_ALIKE
        elif found := NAME.fullmatch(address):
            if found[1] not in self.names:
                return False
            kind, most = found[2], self.most_names
        else:
            return False
        self.alike[kind] += 1
        return self.alike[kind] > most


def links_of(response: Response) -> Iterable[str]:
    """Return the links in an answer, as they are written."""
    kind = response.headers.get("content-type", "").partition(";")[0]
    if response.status_code == 303:
        return [response.headers["location"]]
    if kind == "text/html":
        return map(unescape, re.findall(r' href="([^"]*)"', response.text))
    if kind == "text/turtle":
        triples = parse(response.content, format=RdfFormat.TURTLE)
        # What these describe with names of their own has no anchor on the page beside them.
        return [
            urldefrag(end.value)[0] if OF_DESCRIPTIONS.match(end.value) else end.value
            for one in triples
            for end in (one.subject, one.predicate, one.object)
            if isinstance(end, NamedNode)
        ]
    if kind == "application/linkset+json":
        contexts = response.json()["linkset"]
        targets = [one for context in contexts for one in context.values() if isinstance(one, list)]
        return [context["anchor"] for context in contexts] + [
            one["href"] for several in targets for one in several
        ]
    return re.findall("<loc>([^<]*)</loc>", response.text) if "xml" in kind else []


def local(address: str) -> str:
    """Return the path of an address on this host; empty for other hosts."""
    found = [start for start in (BASE, HOST) if address.startswith(start)]
    return f"/{address.removeprefix(found[0])}" if found else ""


@pytest.fixture(scope="module")
def walk(newest_release: Path, pytestconfig: pytest.Config) -> Iterator[Walk]:
    store = Store.open(newest_release)
    named = {quad.subject for quad in store.quads()} | {*store.named_graphs}
    names = frozenset(
        one.value.removeprefix(BASE).replace("#", "/")
        for one in named
        if isinstance(one, NamedNode)
    )
    is_thorough = pytestconfig.getoption("--hypothesis-profile") == "thorough"
    # Without a cache, which would send for one address what it has written for another.
    settings = Settings(release=newest_release, cache_mebibytes=0)
    with TestClient(create_app(settings), follow_redirects=False) as client:
        walk = Walk(client, names, math.inf if is_thorough else MOST_NAMES)
        walk.go(STARTS)
        yield walk


def test_no_link_is_dead(walk: Walk) -> None:
    assert walk.dead() == {}


def test_an_entity_tag_stands_for_one_answer(walk: Walk) -> None:
    assert len(walk.tagged) > 200
    assert [list(found.values()) for found in walk.tagged.values() if len(found) > 1] == []


def test_the_walk_met_every_kind_of_page(walk: Walk) -> None:
    pages = [path for path, answer in walk.answers.items() if answer.anchors]
    kinds = {path.split("/")[2] for path in pages if path.startswith("/data/")}

    assert kinds >= {"id", "source", "evidence", "graph", "rule"}
    assert len(pages) > 200
    assert {"/ontology", "/rules", "/id/London", "/void", "/catalog"} <= walk.answers.keys()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_same_links_in_each_language(client: TestClient, page: str) -> None:
    # The walk above follows those of the pages in English, but few in other languages.
    first, *others = (
        {
            re.sub(r"[?&]lang=\w+", "", link)
            for link in links_of(client.get(f"{page}?lang={language}", headers=HEADERS))
            if not link.startswith("#")
        }
        for language in LANGUAGES
    )

    assert {"/ontology", "/data"} <= first
    assert others == [first] * len(others)
