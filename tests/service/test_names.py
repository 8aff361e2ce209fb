"""One way to name a thing: every spelling is accepted in every place, and gives the same answer."""

import html
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx2
import pytest
from typer.testing import CliRunner

import kg
from kg.cli import app
from kg.errors import UnknownName
from kg.namespaces import ID

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning"),
]

# Spellings of id:C40 and of id:LiuJianghua; `{host}` is the address of the service.
SPELLINGS: Final = [
    "c40",
    "entity:C40",
    f"<{ID}C40>",
    "C40 Cities Climate Leadership Group",
    "C40組織",
    "{host}/id/C40?view=facts",
    "{host}/data/id/C40.html?lang=zh",
    "http://localhost:1/id/c40%20cities",
]
HOLDERS: Final = ["entity:LiuJianghua", "Liu Jianghua", "劉江華", "{host}/id/LiuJianghua"]
WIDE: Final = f"ASK {{ <{ID}Paris> a <https://w3id.org/glocal/ontology#WideNormActor> }}"
QUESTION: Final = "members-of-a-network"
Ask = Callable[[str, str], str]


@pytest.fixture(autouse=True)
def releases(newest_release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line and Python open the release that is served."""
    monkeypatch.setenv("GLOCAL_RELEASES", str(newest_release.parent))


def get(service: str, path: str, **parameters: str) -> httpx2.Response:
    """Get a document, and wait until the evaluators have loaded if it needs them."""
    end = time.monotonic() + 300
    while True:
        answer = httpx2.get(
            service + path, params=parameters or None, follow_redirects=True, timeout=60
        )
        if answer.status_code != 503 or time.monotonic() > end:
            return answer
        time.sleep(0.2)


def print_by(*arguments: str) -> str:
    printed = CliRunner().invoke(app, list(arguments))
    assert printed.exit_code == 0, printed.stderr
    return printed.stdout


def fill_in_form(service: str, name: str) -> str:
    """Send the form of a question as a browser does, and download the answer."""
    page = get(service, f"/queries/{QUESTION}", format="html").text
    [form] = re.findall(rf'<form action="(/queries/{QUESTION})"[^>]*>(.*?)</form>', page, re.DOTALL)
    [field] = re.findall(r'<input id="[^"]*" name="(\w+)"', form[1])
    answer = get(service, html.unescape(form[0]), **{field: name, "format": "html"}).text
    [download] = re.findall('<a href="([^"]*)" rel="nofollow">CSV</a>', answer)
    return get(service, html.unescape(download)).text


def send_whatif(service: str, world: str) -> str:
    """Send the form of /whatif."""
    form = {"update": "DELETE DATA { <x:a> <x:b> <x:c> }", "query": WIDE, "view": "readings"}
    get(service, "/contradictions")
    answer = httpx2.post(f"{service}/whatif", data={**form, "world": world}, timeout=60)
    return str(answer.json()["answers"]["before"]["boolean"])


FOUNDED: Final = {"predicate": "glocal:foundedAt", "object": "id:London", "format": "txt"}
PLACES: Final[dict[str, Ask]] = {
    "path": lambda service, name: str(get(service, f"/id/{quote(name)}").url.path),
    "document": lambda service, name: get(service, f"/data/id/{quote(name)}.nt").text,
    "link set": lambda service, name: str(get(service, f"/linkset/id/{quote(name)}").json()),
    "parameter": lambda service, name: (
        get(service, f"/queries/{QUESTION}", network=name, format="csv").text
    ),
    "form": fill_in_form,
    "explain": lambda service, name: get(service, "/explain", subject=name, **FOUNDED).text,
    "describe": lambda _, name: print_by("describe", name, "--format", "nt"),
    "glocal explain": lambda _, name: print_by("explain", name, "foundedAt", "伦敦"),
    "glocal query": lambda _, name: print_by("query", QUESTION, "--bind", f"network={name}"),
    "Python": lambda _, name: str(kg.resolve(kg.open_release(), name)),
}
OVER_HTTP: Final = ("path", "document", "link set", "parameter", "form", "explain")
WORLDS: Final[dict[str, Ask]] = {
    "/sparql": lambda service, world: (
        get(service, "/sparql", query=WIDE, view="readings", world=world).text
    ),
    "form of /sparql": lambda service, world: (
        httpx2.post(
            f"{service}/sparql",
            data={"query": WIDE, "view": "readings", "world": world},
            timeout=60,
        ).text
    ),
    "/data": lambda service, world: (
        get(service, "/data/id/Paris.nt", view="readings", world=world).text
    ),
    "/queries": lambda service, world: get(
        service, "/queries/ethos-of-cities", world=world, format="csv"
    ).headers["glocal-world"],
    "/explain": lambda service, world: (
        get(
            service,
            "/explain",
            subject="Paris",
            predicate="rdf:type",
            object="WideNormActor",
            view="readings",
            world=world,
            format="txt",
        ).text
    ),
    "form of /whatif": send_whatif,
    "glocal query": lambda _, world: print_by(
        "query", "--text", WIDE, "--view", "readings", "--world", world
    ),
    "Python": lambda _, world: str(
        kg.open_release(view="readings", world=world).query(WIDE).askAnswer
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_spelling_has_the_same_answer_in_every_place(service: str, place: str) -> None:
    expected = PLACES[place](service, "id:C40")

    # The command line and Python read a name as the service does, and open a release each time.
    spellings = SPELLINGS if place in OVER_HTTP else SPELLINGS[::4]
    answers = {name: PLACES[place](service, name.format(host=service)) for name in spellings}

    assert answers == dict.fromkeys(spellings, expected)
    assert "C40" in expected


@pytest.mark.parametrize("place", WORLDS)
def test_a_holder_has_the_same_world_by_every_name(service: str, place: str) -> None:
    expected = WORLDS[place](service, "LiuJianghua")

    names = HOLDERS[::2] if place in ("glocal query", "Python") else HOLDERS
    answers = {name: WORLDS[place](service, name.format(host=service)) for name in names}

    assert answers == dict.fromkeys(names, expected)
    assert re.search("true|LiuJianghua", expected, re.IGNORECASE)


AMBIGUOUS: Final = "城市应对气候变化项目"
MEANT: Final = ["id:CitiesAndClimateChangeInitiative", "id:ICLEICCP"]


def test_a_path_that_may_mean_several_things_is_300_with_their_addresses(service: str) -> None:
    answer = httpx2.get(f"{service}/id/{AMBIGUOUS}")

    assert (answer.status_code, "location" in answer.headers) == (300, False)
    assert [one["name"] for one in answer.json()["candidates"]] == MEANT
    addresses = [service + one["href"] for one in answer.json()["candidates"]]
    assert [httpx2.get(address).status_code for address in addresses] == [303, 303]


@pytest.mark.parametrize(
    ("path", "parameter"), [(f"/queries/{QUESTION}", "network"), ("/explain", "subject")]
)
def test_a_parameter_that_may_mean_several_things_is_400_with_all_of_them(
    service: str, path: str, parameter: str
) -> None:
    answer = get(service, path, **FOUNDED, **{parameter: AMBIGUOUS})
    if path.startswith("/queries"):
        answer = get(service, path, **{parameter: AMBIGUOUS})

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (400, "/problems/ambiguous-name")
    assert [one["name"] for one in problem["candidates"]] == MEANT
    assert problem["candidates"][0]["href"] == f"/id/{MEANT[0].removeprefix('id:')}"
    assert problem["candidates"][0]["label"]["zh"] == f"联合国人居署{AMBIGUOUS}"
    assert problem["detail"].endswith(f" Expected one of: {', '.join(MEANT)}.")


def test_a_page_names_what_a_name_may_mean_once_as_links(service: str) -> None:
    page = httpx2.get(f"{service}/id/{AMBIGUOUS}", headers={"accept": "text/html"})

    alert = page.text.partition('role="alert">')[2].partition("</div>")[0]
    assert "is the name of several things.</p>" in alert
    assert [alert.count(f"<code>{name}</code>") for name in MEANT] == [1, 1]
    assert [alert.count(f">{name}<") for name in MEANT] == [1, 1]
    assert "Expected one of" not in alert


def test_the_command_line_lists_several_and_fails() -> None:
    printed = CliRunner().invoke(app, ["describe", AMBIGUOUS])

    assert (printed.exit_code, printed.stdout) == (1, "")
    assert f"Expected one of: {', '.join(MEANT)}." in printed.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("{host}/id/Londn", "id:London"),
        ("{host}/data/id/Londn.html", "id:London"),
        (f"{ID}Londn", "id:London"),
        ("UCGL", "UCLG"),
        ("id:Londn", "id:London"),
    ],
)
def test_an_address_or_name_of_nothing_is_no_empty_answer(
    service: str, name: str, near: str
) -> None:
    answer = get(service, f"/queries/{QUESTION}", network=name.format(host=service))

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-thing")
    assert answer.json()["near"][0] == near


def test_a_withdrawn_thing_is_no_empty_answer_either(service: str) -> None:
    answer = get(service, f"/queries/{QUESTION}", network="id:InnerUrbanSpace")

    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/withdrawn")
    assert answer.json()["successors"] == [f"{ID}PublicLifeInsideGlobalCity"]


def test_a_redirect_keeps_the_extension_and_the_parameters(service: str) -> None:
    answer = httpx2.get(f"{service}/data/id/伦敦.ttl?view=facts&x=%E4%BC%A6")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/data/id/London.ttl?view=facts&x=%E4%BC%A6"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/id/城市", "/id/City"),
        ("/id/memberOf", "/data/ontology/memberOf.ttl"),
        ("/data/ontology/城市.ttl", "/data/ontology/City.ttl"),
        ("/data/id/glocal:City", "/data/ontology/City"),
        ("/source/p10.2", "/source/wang/p10.2"),
        ("/rule/PRP-trp-subkindOf", "/rule/prp-trp-subkindOf"),
        ("/linkset/evidence/ev:p10.2-fact", "/linkset/evidence/p10.2-fact"),
    ],
)
def test_terms_passages_rules_and_evidence_have_names_in_paths(
    service: str, path: str, location: str
) -> None:
    answer = httpx2.get(service + path)

    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert httpx2.get(service + location).status_code in (200, 303)


@pytest.mark.parametrize(
    "name", ["city", "城市", "glocal:city", "{host}/ontology.html?lang=zh#City"]
)
def test_a_class_of_a_collection_has_names(service: str, name: str) -> None:
    answer = get(service, "/id", type=name.format(host=service), format="csv")

    assert answer.text == get(service, "/id", type="City", format="csv").text
    assert f"{ID}London" in answer.text


@pytest.mark.parametrize("name", ["{host}/id/C40", "{host}/data/id/C40.html", "entity:C40"])
def test_lookup_leads_from_an_address_or_curie_to_the_thing(service: str, name: str) -> None:
    answer = httpx2.get(f"{service}/lookup", params={"iri": name.format(host=service)})

    assert (answer.status_code, answer.headers["location"]) == (303, "/id/C40")


@pytest.mark.parametrize("name", ["x" * 501, "\0", "../..", "%", "<>", "://", "?", "\u202e", "id:"])
def test_odd_names_are_problem_documents(service: str, name: str) -> None:
    answers = [
        get(service, f"/id/{quote(name, safe='')}"),
        get(service, f"/queries/{QUESTION}", network=name),
        get(service, "/explain", **FOUNDED, subject=name),
        get(service, "/sparql", query=WIDE, world=name),
    ]

    assert {answer.status_code for answer in answers} <= {400, 404}
    types = {answer.headers["content-type"] for answer in answers}
    assert types == {"application/problem+json"}


def test_python_names_a_thing_in_any_dataset_of_a_release_only() -> None:
    dataset = kg.open_release(view="facts", world="Liu Jianghua")

    assert str(kg.resolve(dataset, "伦敦")) == f"{ID}London"
    with pytest.raises(UnknownName, match="Did you mean: London"):
        kg.resolve(dataset, "Londn")


def test_an_item_of_others_stands_for_the_thing_that_is_the_same(service: str) -> None:
    by_item = get(service, "/queries/ranks-of-a-city", city="wd:Q84", format="csv").text
    by_name = get(service, "/queries/ranks-of-a-city", city="London", format="csv").text
    unlinked = httpx2.get(f"{service}/queries/{QUESTION}?network=wd:Q64")

    assert by_item == by_name
    assert by_name.count("\n") > 2
    assert unlinked.json()["detail"] == "Unknown thing 'wd:Q64'."


def test_near_names_begin_with_those_that_have_all_the_words(service: str) -> None:
    problem = httpx2.get(f"{service}/id/Republic of China").json()

    assert problem["near"][0] == "People's Republic of China"
