"""How many of the W3C's tests of JSON-LD and RDF a scratch store passes, by its graph store.

    .venv/bin/python benchmarks/conformance/json_ld.py FOLDER

FOLDER is `tests` in a checkout of https://github.com/w3c/json-ld-api. For `toRdf` a document is
PUT and N-Quads are fetched; for `fromRdf` N-Quads are PUT and JSON-LD is fetched. Contexts that
stand in other files are handed to the service as a folder (`context_folder`); nothing is fetched.
The 12 tests of JSON-LD 1.0, which 1.1 replaces, are not run. Exit code 1 if a test fails that
`failures.py` gives no reason for, or passes that it does.
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
# Options of the API that are parameters of the graph store.
_PARAMETERS: Final = ("base", "processingMode", "rdfDirection", "useNativeTypes", "useRdfType")


@dataclass(frozen=True, eq=False)
class JsonLdTest:
    """A document, what it is to become, by which options; or the code of its error."""

    name: str
    kind: str
    base: str
    source: Path
    expected: Path | None
    options: Mapping[str, Any]

    @property
    def is_of_1_0(self) -> bool:
        """Whether it is of JSON-LD 1.0, which 1.1 replaces."""
        return self.options.get("specVersion") == "json-ld-1.0"

    def parameters(self) -> str:
        """Its options as they stand in an address."""
        said = {name: self.options[name] for name in _PARAMETERS if name in self.options}
        said = {
            name: str(value).lower() if value is True else value for name, value in said.items()
        }
        context = self.options.get("expandContext")
        if context is not None:
            said["expandContext"] = self.base + context
        return urlencode({"base": self.base + str(self.source), **said})


def read_tests(folder: Path, suite: str) -> list[JsonLdTest]:
    """The tests of `SUITE-manifest.jsonld` in this folder."""
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
    """What is wrong with what becomes of a test's document; nothing if it is passed."""
    is_to_rdf = test.name.startswith("toRdf")
    body = (folder / test.source).read_bytes()
    address = f"/graphs?{test.parameters()}"
    status, said = store.send("PUT", address, _JSON_LD if is_to_rdf else _QUADS, body)
    accept = _QUADS if is_to_rdf else _JSON_LD
    if status == 204:
        status, said = store.send("GET", address, "", b"", accept=accept)
    if "Negative" in test.kind:
        return "" if status == 400 else f"is accepted ({status})"
    if status != 200 or test.expected is None:
        return "" if status == 200 else f"{status}: {said.decode()}"
    expected = (folder / test.expected).read_bytes()
    is_equal = _are_same_rdf if is_to_rdf else _are_same_json
    return "" if is_equal(said, expected) else f"another result: {said.decode()[:200]}"


def _are_same_rdf(found: bytes, expected: bytes) -> bool:
    try:
        datasets = [Dataset(_by_value(one)) for one in (found, expected)]
    except SyntaxError:
        # Generalised RDF is expected, which no store holds.
        return False
    for one in datasets:
        one.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return datasets[0] == datasets[1]


def _by_value(quads: bytes) -> Iterator[Quad]:
    """The quads as the engine keeps them: of a number its value, not how it is written."""
    store = Store()
    store.extend(parse(quads, format=RdfFormat.N_QUADS))
    return iter(store)


@cache
def _spelling(value: str, datatype: str) -> str:
    """How the engine writes a literal of this value."""
    literal = Literal(value, datatype=NamedNode(datatype))
    store = Store()
    store.add(Quad(NamedNode("a:s"), NamedNode("a:p"), literal))
    [found] = (quad.object for quad in store)
    return found.value if isinstance(found, Literal) else value


def _are_same_json(found: bytes, expected: bytes) -> bool:
    """Whether two documents are one, whatever blank nodes are called and how nodes are ordered.

    Literals with a datatype are compared by their values.
    """
    one, other = json.loads(found), json.loads(expected)
    names, others = sorted(_blank_nodes(one)), sorted(_blank_nodes(other))
    wanted = _ordered(other)
    return len(names) == len(others) and any(
        _ordered(_renamed(one, dict(zip(names, chosen, strict=True)))) == wanted
        for chosen in permutations(others)
    )


def _blank_nodes(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if value.startswith("_:") else set()
    if isinstance(value, dict):
        return set().union(*(_blank_nodes(each) for each in (*value, *value.values())), set())
    return set().union(*map(_blank_nodes, value)) if isinstance(value, list) else set()


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {_renamed(key, names): _renamed(each, names) for key, each in value.items()}
    return [_renamed(each, names) for each in value] if isinstance(value, list) else value


def _ordered(value: Any, *, is_list: bool = False) -> Any:
    """The value in one order of what has none: everything but the items of an `@list`."""
    if isinstance(value, dict):
        datatype, literal = value.get("@type"), value.get("@value")
        is_json = datatype == "@json"
        if isinstance(literal, str) and isinstance(datatype, str) and not is_json:
            value = {**value, "@value": _spelling(literal, datatype)}
        return {
            key: each if is_json else _ordered(each, is_list=key == "@list")
            for key, each in sorted(value.items())
        }
    if not isinstance(value, list):
        return value
    items = [_ordered(each) for each in value]
    return items if is_list else sorted(items, key=lambda each: json.dumps(each, sort_keys=True))


def summary(outcomes: Mapping[JsonLdTest, str]) -> str:
    """How many passed, by suite and kind, as Markdown; then what is wrong."""
    every: Counter[tuple[str, str]] = Counter()
    passed: Counter[tuple[str, str]] = Counter()
    for test, wrong in outcomes.items():
        row = (test.name.partition("/")[0], test.kind)
        every[row] += 1
        passed[row] += not wrong
    lines = ["| suite | kind | passed | tests |", "| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} | {passed[row]} | {every[row]} |" for row in sorted(every)]
    for test, wrong in outcomes.items():
        if wrong:
            reason = JSON_LD_REASONS.get(test.name, "**no reason is known**")
            lines.append(f"\n- {test.name}: {wrong}: {reason}")
    return "\n".join(lines)


@contextmanager
def _contexts(folder: Path, base: str) -> Iterator[Path]:
    """A folder in which the files of the checkout stand at their addresses."""
    place = urlsplit(base)
    with tempfile.TemporaryDirectory() as name:
        link = Path(name, place.netloc, *place.path.strip("/").split("/"))
        link.parent.mkdir(parents=True)
        link.symlink_to(folder.resolve(), target_is_directory=True)
        yield Path(name)


def main() -> None:
    """Run them all."""
    parser = argparse.ArgumentParser(description="Run the W3C's JSON-LD tests of toRdf, fromRdf.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    every = [test for suite in SUITES for test in read_tests(folder, suite)]
    tests = [test for test in every if not test.is_of_1_0]
    with (
        _contexts(folder, tests[0].base) as contexts,
        serving_scratch(Settings(context_folder=contexts)) as address,
    ):
        store = ScratchClient(address)
        outcomes = {test: run(test, folder, store) for test in tests}
    sys.stdout.write(f"{summary(outcomes)}\n")
    failed = {test.name for test, wrong in outcomes.items() if wrong}
    raise SystemExit(int(failed != set(JSON_LD_REASONS)))


if __name__ == "__main__":
    main()
