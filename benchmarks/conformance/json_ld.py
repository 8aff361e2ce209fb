"""Run the W3C's tests of toRdf and fromRdf for JSON-LD against the graph store of a scratch store.

    .venv/bin/python benchmarks/conformance/json_ld.py FOLDER

FOLDER is `tests` in a checkout of https://github.com/w3c/json-ld-api. For `toRdf` the runner PUTs a
document and fetches N-Quads; for `fromRdf` it PUTs N-Quads and fetches JSON-LD. The service reads
contexts in other files from a folder (`context_folder`) and fetches none over the network. The 12
tests of JSON-LD 1.0, which 1.1 replaces, are not run. The exit code is 1 unless the failed tests
are exactly those in `failures.py`.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    parse,
)

from benchmarks.conformance.failures import JSON_LD_REASONS
from benchmarks.conformance.scratch import ScratchClient, serving_scratch
from service.settings import Settings

SUITES: Final = ("toRdf", "fromRdf")
_QUADS: Final = "application/n-quads"
_JSON_LD: Final = "application/ld+json"
# Options of the JSON-LD API that the graph store takes as parameters.
_PARAMETERS: Final = ("base", "processingMode", "rdfDirection", "useNativeTypes", "useRdfType")


@dataclass(frozen=True, eq=False)
class JsonLdTest:
    """A test: a document, the expected result, and options.

    A negative test expects an error and has no result.
    """

    name: str
    kind: str
    base: str
    source: Path
    expected: Path | None
    options: Mapping[str, Any]

    @property
    def is_of_1_0(self) -> bool:
        """Whether it is a test of JSON-LD 1.0, which 1.1 replaces."""
        return self.options.get("specVersion") == "json-ld-1.0"

    def parameters(self) -> str:
        """Return its options as a query string."""
        parameters = {name: self.options[name] for name in _PARAMETERS if name in self.options}
        parameters = {
            name: "true" if value is True else value for name, value in parameters.items()
        }
        context = self.options.get("expandContext")
        if context is not None:
            parameters["expandContext"] = self.base + context
        return urlencode({"base": self.base + str(self.source), **parameters})


def read_tests(folder: Path, suite: str) -> list[JsonLdTest]:
    """Read the tests of `SUITE-manifest.jsonld` in this folder."""
    manifest = json.loads((folder / f"{suite}-manifest.jsonld").read_text(encoding="utf-8"))
    return [
        JsonLdTest(
            f"{suite}/{test['@id'].lstrip('#')}",
            test["@type"][0].removeprefix("jld:"),
            manifest["baseIri"],
            Path(test["input"]),
            Path(test["expect"]) if "expect" in test else None,
            test.get("option", {}),
        )
        for test in manifest["sequence"]
    ]


def run(test: JsonLdTest, folder: Path, store: ScratchClient) -> str:
    """Run a test and return what is wrong; an empty string if it passes."""
    is_to_rdf = test.name.startswith("toRdf")
    body = (folder / test.source).read_bytes()
    address = f"/graphs?{test.parameters()}"
    status, response = store.send("PUT", address, _JSON_LD if is_to_rdf else _QUADS, body)
    accept = _QUADS if is_to_rdf else _JSON_LD
    if status == 204:
        status, response = store.send("GET", address, "", b"", accept=accept)
    if "Negative" in test.kind:
        return "" if status == 400 else f"status {status}, expected 400"
    if status != 200 or test.expected is None:
        return "" if status == 200 else f"status {status}: {response.decode()}"
    expected = (folder / test.expected).read_bytes()
    is_equal = _are_same_rdf if is_to_rdf else _are_same_json
    return "" if is_equal(response, expected) else f"unexpected result: {response.decode()[:200]}"


def _are_same_rdf(actual: bytes, expected: bytes) -> bool:
    try:
        datasets = [Dataset(_by_value(quads)) for quads in (actual, expected)]
    except SyntaxError:
        # The test expects generalised RDF, which a store cannot hold.
        return False
    for dataset in datasets:
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return datasets[0] == datasets[1]


def _by_value(quads: bytes) -> Iterator[Quad]:
    """Return the quads as the engine keeps them, with numbers in their canonical form."""
    store = Store()
    store.extend(parse(quads, format=RdfFormat.N_QUADS))
    return iter(store)


@cache
def _spelling(value: str, datatype: str) -> str:
    """Return the canonical form in which the engine writes a literal."""
    literal = Literal(value, datatype=NamedNode(datatype))
    store = Store()
    store.add(Quad(NamedNode("a:s"), NamedNode("a:p"), literal))
    [stored] = (quad.object for quad in store)
    return stored.value if isinstance(stored, Literal) else value


def _are_same_json(actual: bytes, expected: bytes) -> bool:
    """Return whether two documents are equal up to names of blank nodes and order of nodes.

    Literals with a datatype are compared by their values.
    """
    document, expected_document = json.loads(actual), json.loads(expected)
    names, new_names = sorted(_blank_nodes(document)), sorted(_blank_nodes(expected_document))
    expected_order = _ordered(expected_document)
    return len(names) == len(new_names) and any(
        _ordered(_renamed(document, dict(zip(names, permutation, strict=True)))) == expected_order
        for permutation in permutations(new_names)
    )


def _blank_nodes(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if value.startswith("_:") else set()
    if isinstance(value, dict):
        return set().union(*(_blank_nodes(part) for part in (*value, *value.values())), set())
    return set().union(*map(_blank_nodes, value)) if isinstance(value, list) else set()


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {_renamed(key, names): _renamed(member, names) for key, member in value.items()}
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value


def _ordered(value: Any, *, is_list: bool = False) -> Any:
    """Sort everything whose order has no meaning: all but the items of an `@list`."""
    if isinstance(value, dict):
        datatype, literal = value.get("@type"), value.get("@value")
        is_json = datatype == "@json"
        if isinstance(literal, str) and isinstance(datatype, str) and not is_json:
            value = {**value, "@value": _spelling(literal, datatype)}
        return {
            key: member if is_json else _ordered(member, is_list=key == "@list")
            for key, member in sorted(value.items())
        }
    if not isinstance(value, list):
        return value
    items = [_ordered(item) for item in value]
    return items if is_list else sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def summary(outcomes: Mapping[JsonLdTest, str]) -> str:
    """Return the numbers of passed tests by suite and kind as Markdown, then the errors."""
    total: Counter[tuple[str, str]] = Counter()
    passed: Counter[tuple[str, str]] = Counter()
    for test, error in outcomes.items():
        row = (test.name.partition("/")[0], test.kind)
        total[row] += 1
        passed[row] += not error
    lines = ["| suite | kind | passed | tests |", "| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} | {passed[row]} | {total[row]} |" for row in sorted(total)]
    for test, error in outcomes.items():
        if error:
            reason = JSON_LD_REASONS.get(test.name, "**no known reason**")
            lines.append(f"\n- {test.name}: {error}: {reason}")
    return "\n".join(lines)


@contextmanager
def _contexts(folder: Path, base: str) -> Iterator[Path]:
    """Yield a folder that has the files of the checkout at the paths of their addresses."""
    address = urlsplit(base)
    with tempfile.TemporaryDirectory() as name:
        link = Path(name, address.netloc, *address.path.strip("/").split("/"))
        link.parent.mkdir(parents=True)
        link.symlink_to(folder.resolve(), target_is_directory=True)
        yield Path(name)


def main() -> None:
    """Run all tests and print the outcomes."""
    parser = argparse.ArgumentParser(description="Run the W3C's tests of toRdf and fromRdf.")
    parser.add_argument("folder", type=Path, help="tests in a checkout of json-ld-api")
    folder = parser.parse_args().folder
    tests = [test for suite in SUITES for test in read_tests(folder, suite) if not test.is_of_1_0]
    with (
        _contexts(folder, tests[0].base) as contexts,
        serving_scratch(Settings(context_folder=contexts)) as address,
    ):
        store = ScratchClient(address)
        outcomes = {test: run(test, folder, store) for test in tests}
    sys.stdout.write(f"{summary(outcomes)}\n")
    failed = {test.name for test, error in outcomes.items() if error}
    raise SystemExit(int(failed != set(JSON_LD_REASONS)))


if __name__ == "__main__":
    main()
