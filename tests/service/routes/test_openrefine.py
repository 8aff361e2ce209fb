"""/reconcile answers what OpenRefine 3.8 sends, as OpenRefine reads it.

Requests and readings are those of its source: `StandardReconConfig.java`,
`ReconciledDataExtensionJob.java`, `GuessTypesOfColumnCommand.java`, `HttpClient.java`,
`recon-manager.js`, `add-column-by-reconciliation.js` and `suggest-4_3a.js` in version 3.8.7.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote_plus

import httpx2
import pytest

pytestmark = pytest.mark.clients

# jQuery's $.ajax with the data type json, from the page of OpenRefine on its usual port.
_BROWSER: Final = {
    "Origin": "http://127.0.0.1:3333",
    "Accept": "application/json, text/javascript, */*; q=0.01",
}
# The options of its suggest widget that reach a service.
_SUGGEST: Final = {"spell": "always", "exact": "false", "prefixed": "true"}
_TIMEOUT_SECONDS: Final = 60

Json = dict[str, Any]


class OpenRefine:
    """The part of OpenRefine that talks to a reconciliation service."""

    def __init__(self, url: str) -> None:
        self.url, self.manifest = url, self.fetch(url)

    def fetch(self, address: str, parameters: Mapping[str, str] | None = None) -> Json:
        """Send what the page sends, which may read the answer only with the header of CORS."""
        answer = httpx2.get(
            address, params=parameters, headers=_BROWSER, timeout=_TIMEOUT_SECONDS
        ).raise_for_status()
        assert answer.headers["access-control-allow-origin"] == "*"
        return dict(answer.json())

    def post(self, name: str, value: object) -> Json:
        """Send what the server of OpenRefine sends; from 400 on it gives up the whole batch."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "OpenRefine/3.8.7",
        }
        answer = httpx2.post(
            self.url,
            content=f"{name}={quote_plus(text)}",
            headers=headers,
            timeout=_TIMEOUT_SECONDS,
        )
        return dict(answer.raise_for_status().json())

    def guess_types(self, cells: Sequence[str]) -> list[str]:
        """Return the types to choose from, the commonest among candidates first."""
        batch = {f"q{number}": {"query": cell, "limit": 3} for number, cell in enumerate(cells)}
        types = Counter(
            type_["id"]
            for answer in self.post("queries", batch).values()
            for one in answer["result"]
            for type_ in one["type"]
        )
        return [type_ for type_, _ in types.most_common()]

    def reconcile(self, cells: Sequence[str], **asked: Any) -> list[str | None]:
        """Return the identifier that each cell is matched to by itself, the column with a type."""
        strict = {"type_strict": "should"} if "type" in asked else {}
        batch = {
            f"q{number}": {"query": cell, **asked, **strict} for number, cell in enumerate(cells)
        }
        answers = self.post("queries", batch)
        results = [
            sorted(answers[name]["result"], key=lambda one: -float(one["score"])) for name in batch
        ]
        return [found[0]["id"] if found and found[0]["match"] else None for found in results]

    def propose_properties(self, type_: str) -> list[str]:
        """Return the names that its dialogue lists, in their order."""
        where = self.manifest["extend"]["propose_properties"]
        address = f"{where['service_url']}{where['service_path']}?type={type_}"
        return sorted(one["name"] for one in self.fetch(address)["properties"])

    def extend(self, ids: Sequence[str], properties: Sequence[Json]) -> dict[str, list[list[Any]]]:
        """Return the rows of new cells for each identifier, as its table has them."""
        answer = self.post("extend", {"ids": ids, "properties": properties})
        columns = [column["id"] for column in answer["meta"]]
        # A column without an array would move the cells of all later columns.
        return {
            one: [
                [_read_cell(value) for value in answer["rows"][one][column]] for column in columns
            ]
            for one in ids
        }

    def suggest(self, kind: str, typed: str, cursor: int | None = None) -> Json:
        """Return what its widget shows for a text that somebody types."""
        where = self.manifest["suggest"][kind]
        more = {"cursor": str(cursor)} if cursor else {}
        scoring = {} if kind == "entity" else {"scoring": "schema"}
        address = where["service_url"] + where["service_path"]
        return self.fetch(address, {"prefix": typed, **more, **_SUGGEST, **scoring})


def _read_cell(value: Json) -> object:
    if "id" in value:
        return value["id"], value["name"]
    return next(value[kind] for kind in ("str", "float", "int", "date", "bool") if kind in value)


@pytest.fixture(scope="module")
def openrefine(service: str) -> OpenRefine:
    return OpenRefine(f"{service}/reconcile")


def test_a_service_is_added_by_its_address(openrefine: OpenRefine, service: str) -> None:
    manifest = openrefine.manifest

    assert manifest["identifierSpace"] == "https://w3id.org/glocal/id/"
    assert manifest["batchSize"] == 200
    assert manifest["view"]["url"] == f"{service}/id/{{{{id}}}}"


def test_the_type_of_a_column_is_guessed_from_its_cells(openrefine: OpenRefine) -> None:
    assert openrefine.guess_types(["London", "上海市", "Pekin", "Nowhere"])[0] == "City"
    assert openrefine.guess_types(["Japan", "法国", "Kenya"])[0] == "State"


def test_a_blank_cell_does_not_keep_the_others_from_their_match(openrefine: OpenRefine) -> None:
    cells = ["London", " ", "伦敦", "Berlin", "x" * 2_000, "+ & = % “”"]

    assert openrefine.reconcile(cells) == ["London", None, "London", None, None, None]


def test_a_type_and_other_columns_narrow_the_search(openrefine: OpenRefine) -> None:
    state = {"pid": "cityOf", "v": {"id": "SingaporeState", "name": "Republic of Singapore"}}

    assert openrefine.reconcile(["Singapore"]) == [None]
    assert openrefine.reconcile(["Singapore"], type="State") == ["SingaporeState"]
    assert openrefine.reconcile(["Singapore"], properties=[state], limit=5) == ["Singapore"]
    blank = {"pid": "cityOf", "v": " "}
    assert openrefine.reconcile(["London"], type="City", properties=[blank]) == ["London"]


def test_a_column_without_a_type_is_offered_properties(openrefine: OpenRefine) -> None:
    assert "is a city of" in openrefine.propose_properties("City")
    assert len(openrefine.propose_properties("")) == 100


def test_columns_are_added_with_the_settings_of_the_dialogue(openrefine: OpenRefine) -> None:
    settings = {"language": "zh", "limit": "0"}
    properties = [
        {"id": "nonsense"},
        {"id": "cityOf"},
        {"id": "rdfs:label", "settings": settings},
        {"id": "skos:exactMatch", "settings": {"language": "any", "limit": "1"}},
    ]

    assert openrefine.extend(["London", "Nowhere"], properties) == {
        "London": [
            [],
            [("UnitedKingdom", "United Kingdom")],
            ["伦敦"],
            ["http://www.wikidata.org/entity/Q84"],
        ],
        "Nowhere": [[], [], [], []],
    }


def test_a_user_who_types_is_shown_more_on_demand(openrefine: OpenRefine) -> None:
    first = openrefine.suggest("entity", "g")
    second = openrefine.suggest("entity", "g", cursor=first["cursor"])

    assert len(first["result"]) == 10
    shown = [one["id"] for one in (*first["result"], *second["result"])]
    assert len(set(shown)) == len(shown) > 10
    assert openrefine.suggest("type", "cit")["result"][0]["id"] == "City"
    assert openrefine.suggest("property", "member of")["result"][0]["id"] == "memberOf"


def test_a_candidate_is_previewed_in_a_frame(openrefine: OpenRefine) -> None:
    page = httpx2.get(openrefine.manifest["preview"]["url"].replace("{{id}}", "London"))

    assert "frame-ancestors *" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers
    assert "伦敦" in page.text
