"""Change a large scratch store that reasons, and time until what follows is seen.

    .venv/bin/python benchmarks/upkeep.py [--triples 2000000] [--updates 40] [--pause 0]

The data are people, each with ten triples, under an ontology with a hierarchy of classes, domains,
ranges, an inverse, a transitive and a symmetric property and a chain. Each update inserts five
triples about a new person or removes them, by turns; a query then asks for what follows from them.
Prints the time of the start and the median and maximum of both times together. Exits with 1 if a
query does not see the change, or the median is above 100 ms.
"""

import argparse
import http.client
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_urlsafe
from statistics import median
from typing import Final
from urllib.parse import urlencode

from benchmarks.servers import GLOCAL, Server, free_port, running

_TARGET_SECONDS: Final = 0.1
_TRIPLES_PER_PERSON: Final = 10
_BASE: Final = "http://example.org/"
_PREFIX: Final = f"PREFIX : <{_BASE}> "
_ONTOLOGY: Final = """
@prefix : <http://example.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Student rdfs:subClassOf :Person . :Person rdfs:subClassOf :Agent . :Agent rdfs:subClassOf :Being .
:Town rdfs:subClassOf :Place . :Person owl:disjointWith :Place .
:livesIn rdfs:domain :Person ; rdfs:range :Town ; rdfs:subPropertyOf :locatedIn .
:within a owl:TransitiveProperty . :knows a owl:SymmetricProperty ; rdfs:domain :Person .
:advises owl:inverseOf :advisedBy . :worksFor rdfs:subPropertyOf :affiliatedWith .
:colleagueOf owl:propertyChainAxiom ( :advisedBy :worksFor ) .
"""


def _person(number: int, towns: int) -> Iterator[str]:
    """Yield the ten triples of a person as N-Triples."""
    name = f"<{_BASE}person{number}>"
    yield f"{name} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{_BASE}Student> ."
    yield f'{name} <http://www.w3.org/2000/01/rdf-schema#label> "Person {number}" .'
    yield f"{name} <{_BASE}livesIn> <{_BASE}town{number % towns}> ."
    yield f"{name} <{_BASE}worksFor> <{_BASE}group{number % (towns * 7)}> ."
    yield f"{name} <{_BASE}advisedBy> <{_BASE}person{number // 2}> ."
    for step in (1, 7, 31):
        yield f"{name} <{_BASE}knows> <{_BASE}person{max(number - step, 0)}> ."
    yield f'{name} <{_BASE}code> "{number}"^^<http://www.w3.org/2001/XMLSchema#integer> .'
    yield f'{name} <{_BASE}note> "Note {number % 1000}" .'


def write_people(path: Path, triples: int) -> None:
    """Write about this many triples about people, and the places that they live in."""
    people = triples // _TRIPLES_PER_PERSON
    towns = max(people // 1000, 1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(people):
            file.writelines(f"{line}\n" for line in _person(number, towns))
        for town in range(towns):
            file.write(f"<{_BASE}town{town}> <{_BASE}within> <{_BASE}land{town % 20}> .\n")


def _five(number: int) -> str:
    name = f":new{number}"
    return (
        f"{name} a :Student ; :livesIn :town0 ; :knows :person1 ; :advisedBy :person2 ; "
        ":worksFor :group1 ."
    )


def _send(server: Server, token: str, kind: str, text: str) -> bytes:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/sparql-results+json",
    }
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)) as connection:
        connection.request("POST", "/sparql", urlencode({kind: text}).encode(), headers)
        response = connection.getresponse()
        body = response.read()
    if response.status not in (200, 204):
        raise SystemExit(f"{kind} failed: {body.decode()}")
    return body


def _time_update(server: Server, token: str, number: int, *, adds: bool) -> float:
    """Return the seconds until what follows from an update is seen, or is seen no more."""
    person = number // 2
    update = f"{_PREFIX} {'INSERT' if adds else 'DELETE'} DATA {{ {_five(person)} }}"
    query = f"{_PREFIX} ASK {{ :new{person} a :Being . :person1 :knows :new{person} }}"
    start = time.perf_counter()
    _send(server, token, "update", update)
    answer = json.loads(_send(server, token, "query", query))
    seconds = time.perf_counter() - start
    if answer["boolean"] is not adds:
        raise SystemExit(f"after update {number}, the answer is {answer['boolean']}")
    return seconds


def main() -> None:
    """Start the service, make the updates, and judge the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triples", type=int, default=2_000_000)
    parser.add_argument("--updates", type=int, default=40)
    parser.add_argument("--entailment", choices=["rdfs", "owl-rl"], default="owl-rl")
    parser.add_argument("--pause", type=float, default=0, help="seconds between two updates")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, ontology = Path(folder) / "people.nt", Path(folder) / "ontology.ttl"
        token_file, token, port = Path(folder) / "token", token_urlsafe(), free_port()
        write_people(data, chosen.triples)
        ontology.write_text(_ONTOLOGY, encoding="utf-8")
        token_file.write_text(token, encoding="ascii")
        command = [GLOCAL, "serve", "--scratch", str(data), str(ontology)]
        command += ["--entailment", chosen.entailment, "--writable"]
        command += ["--token-file", str(token_file), "--port", str(port)]
        start = time.perf_counter()
        with running(command, port) as server:
            _send(server, token, "query", "ASK {}")
            ready = time.perf_counter() - start
            times = []
            for number in range(chosen.updates):
                times.append(_time_update(server, token, number, adds=number % 2 == 0))
                time.sleep(chosen.pause)
            memory = server.memory_mebibytes()
    sys.stdout.write(
        f"{chosen.triples:,} triples, {chosen.entailment}: ready after {ready:.1f} s, "
        f"{memory:,.0f} MiB; update and query: median {1000 * median(times):.0f} ms, "
        f"longest {1000 * max(times):.0f} ms\n"
    )
    raise SystemExit(int(median(times) > _TARGET_SECONDS))


if __name__ == "__main__":
    main()
