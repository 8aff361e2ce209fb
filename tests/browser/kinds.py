"""Every kind of page, with the address of one, for the tests and for screenshots."""

from typing import Final, NamedTuple
from urllib.parse import urlencode

from playwright.sync_api import Page

_PREFIXES: Final = (
    "PREFIX glocal: <https://w3id.org/glocal/ontology#>\nPREFIX id: <https://w3id.org/glocal/id/>\n"
)
_MEMBERS: Final = "SELECT ?member ?p ?o WHERE { ?member glocal:memberOf id:C40 ; ?p ?o }"
_JOINING: Final = "id:Beijing glocal:memberOf id:ICLEI"
_NETWORKS: Final = "SELECT ?network WHERE { id:Beijing glocal:memberOf ?network }"
_WITHDRAWAL: Final = "id:London glocal:withdrewFrom id:ParisAgreement"
_FALLEN: Final = ["id:C40 a glocal:TransnationalCityNetwork", "id:Shanghai glocal:memberOf id:C40"]
_LAUNCH: Final = {
    "predicate": "glocal:contributedToLaunchOf",
    "object": "id:CitiesAndClimateChangeInitiative",
}


class Kind(NamedTuple):
    """A kind of page: where one is, and whether the button there that says why leads to it."""

    path: str
    is_why: bool = False
    is_failure: bool = False

    def open(self, page: Page, service: str) -> None:
        """Open the page in a browser."""
        page.goto(service + self.path)
        if self.is_why:
            follow_why(page)


def follow_why(page: Page) -> None:
    """Open why the first row is in a result, on a page of its own."""
    page.locator("button[name=row]").first.click()
    with page.expect_navigation():
        page.locator("a[href*='/sparql/support?']").first.click()


def _sparql(query: str) -> str:
    return f"/sparql?{urlencode({'query': query})}"


def _explain(subject: str) -> str:
    return f"/explain?{urlencode({'subject': subject, **_LAUNCH, 'view': 'readings'})}"


KINDS: Final = {
    "home": Kind("/"),
    "search": Kind("/search?q=伦敦"),
    "search-nothing": Kind("/search?q=Atlantis"),
    "search-unasked": Kind("/search"),
    "classes": Kind("/classes"),
    "class": Kind("/classes/City"),
    "class-filtered": Kind("/classes/City?status=Claim"),
    "class-empty": Kind("/classes/City?status=Claim&holder=id:Nobody", is_failure=True),
    "entities": Kind("/id?type=City"),
    "passages": Kind("/source"),
    "thing": Kind("/data/id/London.html"),
    "thing-in-readings": Kind("/data/id/London.html?view=readings"),
    "concept": Kind("/data/id/City.html"),
    "term": Kind("/data/ontology/City.html"),
    "passage": Kind("/data/source/wang/p10.2.html"),
    "person": Kind("/data/id/BenjaminBarber.html"),
    "evidence": Kind("/data/evidence/p10.2-fact.html"),
    "graph": Kind("/data/graph/derived.html"),
    "rule": Kind("/data/rule/prp-spo2-initiatedBy-mayorOf-initiatedByCity.html"),
    "questions": Kind("/queries"),
    "question": Kind("/queries/members-of-a-network"),
    "question-answered": Kind("/queries/members-of-a-network?network=C40"),
    "question-failed": Kind("/queries/members-of-a-network?network=Atlantis", is_failure=True),
    "editor": Kind("/sparql"),
    "result": Kind(_sparql(_PREFIXES + _MEMBERS)),
    "result-long": Kind(_sparql("SELECT * { ?s ?p ?o } LIMIT 500")),
    "result-empty": Kind(_sparql(_PREFIXES + "SELECT ?x { ?x glocal:memberOff id:C40 }")),
    "result-of-ask": Kind(_sparql(_PREFIXES + "ASK { ?x glocal:memberOf id:C40 }")),
    "result-graph": Kind(_sparql(_PREFIXES + "DESCRIBE id:C40")),
    "query-failed": Kind(_sparql("ASK { ?x none:such ?y }"), is_failure=True),
    "support": Kind(_sparql(_PREFIXES + _MEMBERS), is_why=True),
    "explain": Kind("/explain"),
    "explain-failed": Kind("/explain?subject=Londn&predicate=a&object=City", is_failure=True),
    "proof": Kind(_explain("id:London")),
    "why-not": Kind(_explain("id:Beijing"), is_failure=True),
    "whatif": Kind("/whatif"),
    "outcome": Kind(
        f"/whatif?{urlencode({'remove': 'id:C40 glocal:initiatedBy id:KenLivingstone'})}"
    ),
    "outcome-long": Kind(
        f"/whatif?{urlencode({'remove': _FALLEN, 'view': 'readings'}, doseq=True)}"
    ),
    "outcome-clash": Kind(f"/whatif?{urlencode({'add': _WITHDRAWAL})}"),
    "outcome-answered": Kind(f"/whatif?{urlencode({'add': _JOINING, 'query': _NETWORKS})}"),
    "whatif-failed": Kind(f"/whatif?{urlencode({'add': 'Londn a City'})}", is_failure=True),
    "contradictions": Kind("/contradictions"),
    "disagreements": Kind("/disagreements"),
    "ontology": Kind("/ontology"),
    "data": Kind("/data"),
    "dumps": Kind("/dumps"),
    "catalog": Kind("/catalog"),
    "void": Kind("/void"),
    "links": Kind("/links"),
    "links-of-one": Kind("/links/wikidata"),
    "rules": Kind("/rules"),
    "frames": Kind("/frames"),
    "problems": Kind("/problems"),
    "problem": Kind("/problems/malformed-query"),
    "lookup-failed": Kind("/lookup?label=Londn", is_failure=True),
    "not-found": Kind("/id/Londn", is_failure=True),
}
