"""The redirects of w3id.org/glocal, as Apache's mod_rewrite reads them, lead to existing paths."""

import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from fastapi.testclient import TestClient

from kg import namespaces
from kg.namespaces import BASE

pytestmark = pytest.mark.slow

HTACCESS = Path(__file__).parents[2] / "docs" / "w3id" / ".htaccess"
HOST = "https://glocal.example.org/"
PATHS = {
    "": 200,
    "ontology": 200,
    "ontology/core": 200,
    "ontology/1.0.0": 200,
    "ontology/context.jsonld": 307,
    "context/1.0.0.jsonld": 200,
    "id/London": 303,
    "id/%E4%BC%A6%E6%95%A6": 303,
    "source/wang/p10.2": 303,
    "evidence/p10.2-fact": 303,
    "graph/derived-fact-prp-inv": 303,
    "rule/prp-inv": 303,
    "nanopub/p10.2-fact": 200,
    "data/id/London.jsonld": 200,
    "void": 200,
    "catalog": 200,
    ".well-known/void": 200,
    ".well-known/sparql-examples": 200,
    "sparql?query=ASK%20%7B%7D": 200,
    "lookup?iri=https%3A%2F%2Fw3id.org%2Fglocal%2Fid%2FLondon": 303,
}


def rules() -> list[tuple[re.Pattern[str], str, set[str]]]:
    """Return the rules in order: pattern, target, flags; there are no conditions."""
    text = HTACCESS.read_text(encoding="utf-8")
    assert "RewriteCond" not in text
    lines = [line.split() for line in text.splitlines() if line.startswith("RewriteRule")]
    return [
        (re.compile(pattern), target, set(flags.strip("[]").split(",")))
        for _, pattern, target, flags in lines
    ]


def redirected(path: str) -> str | None:
    """Return the target of a path below the folder, which is matched unescaped, then escaped again.

    Source: mod_rewrite, per-directory context; the query is kept unless the target has one.
    """
    place, mark, query = path.partition("?")
    for pattern, target, flags in rules():
        found = pattern.search(unquote(place))
        if found is not None and "R=302" in flags:
            address = target
            for number, group in enumerate(found.groups(), 1):
                address = address.replace(f"${number}", quote(group))
            return address + (mark + query if "?" not in target else "")
    return None


@pytest.mark.parametrize("path", PATHS)
def test_an_identifier_leads_to_the_same_path_here(client: TestClient, path: str) -> None:
    address = redirected(path) or ""
    assert address == HOST + path

    there = urlsplit(address)
    answer = client.get(f"{there.path}?{there.query}" if there.query else there.path)
    assert answer.status_code == PATHS[path]


def test_every_space_of_names_is_tried() -> None:
    spaces = {
        value.removeprefix(BASE).partition("/")[0].partition("#")[0]
        for value in vars(namespaces).values()
        if isinstance(value, namespaces.Namespace) and value.startswith(BASE)
    }
    assert spaces - {path.partition("/")[0] for path in PATHS} == {"contradiction"}


def test_one_line_says_where_the_service_is() -> None:
    lines = HTACCESS.read_text(encoding="utf-8").splitlines()

    assert sum(HOST in line for line in lines) == 1
    assert 'Header always set Access-Control-Allow-Origin "*"' in lines
