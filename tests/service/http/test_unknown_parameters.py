"""Parameters that a route ignores are named in a header, and break nothing."""

from urllib.parse import unquote

import httpx2
import pytest

DATA = "/data/id/London.jsonld"
EXPLAIN = "/explain?subject=C40&predicate=foundedAt&object=London"


def warning_of(answer: httpx2.Response) -> str:
    return unquote(answer.headers.get("glocal-warning", ""))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"{DATA}?frme=city", "Unknown parameter 'frme'. Did you mean: frame?"),
        (f"{DATA}?profile=framed", "Unknown parameter 'profile'. Expected: context, evidence, fr"),
        (f"{DATA}?limit=5", "Unknown parameter 'limit'. Expected: context, evidence, frame, vi"),
        (f"{EXPLAIN}&frame=proof", "Unknown parameter 'frame'. Did you mean: format?"),
        ("/id/London?_=123&view=facts", "Unknown parameter '_'. Expected: context, evid"),
        ("/id?typ=City", "Unknown parameter 'typ'. Did you mean: type?"),
        ("/frames?城=1", "Unknown parameter '城'. Expected: format, lang."),
    ],
)
def test_a_parameter_that_a_route_does_not_have_is_named(
    service: str, address: str, said: str
) -> None:
    headers = {"accept": "application/ld+json, */*;q=0.1"}
    answer = httpx2.get(f"{service}{address}", headers=headers, timeout=60)

    assert answer.status_code in (200, 303)
    assert warning_of(answer).removeprefix('"').startswith(said)


def test_what_is_kept_in_memory_has_the_warning_too(service: str) -> None:
    warnings = [warning_of(httpx2.get(f"{service}{DATA}?again=1")) for _ in range(3)]

    assert len(warnings[0]) > 20
    assert warnings == warnings[:1] * 3


def test_a_refusal_names_the_parameter_that_was_misspelt(service: str) -> None:
    answer = httpx2.get(f"{service}/explain?subjct=C40&predicate=foundedAt&object=London")

    assert answer.status_code == 400
    assert warning_of(answer) == "\"Unknown parameter 'subjct'. Did you mean: subject, object?\""


@pytest.mark.parametrize(
    "address",
    [
        f"{DATA}?frame=city&context=inline&view=facts&world=plans",
        f"{EXPLAIN}&limit=2&context=inline&lang=zh&format=jsonld&view=facts",
        "/sparql?query=ASK%20{}&output=json&results=json&timeout=100",
        "/queries/members-of-a-network?network=C40&limit=1",
        "/frames/city.jsonld?context=inline",
        "/ontology?context=inline&format=jsonld",
        "/reconcile/suggest/entity?prefix=Lon&cursor=1",
        "/data/id/London.html?expanded=C40&expanded=Paris&hide=status:Fact",
        f"{EXPLAIN}&show=drawing&proof=2",
        "/links?format=html&lang=zh",
        "/queries?format=html&lang=zh",
        "/?lang=zh&format=html",
        "/contradictions?lang=zh&format=html",
    ],
)
def test_what_is_read_is_not_named(service: str, address: str) -> None:
    answer = httpx2.get(f"{service}{address}", timeout=60)

    assert (answer.status_code, warning_of(answer)) == (200, "")
