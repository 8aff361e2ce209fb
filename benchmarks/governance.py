"""Write a synthetic governance graph of any size as canonical N-Triples, and its ontology.

    .venv/bin/python benchmarks/governance.py --triples 2000000 --out FOLDER

writes `facts.nt`, `ontology.ttl` and `quadratic.ttl`. The same number of triples gives the same
bytes on any machine. Cities join and lead networks, host and attend events, sign norms and appear
in rankings; issues and regions form trees of three levels. The number of derived triples grows in
proportion to the asserted ones: it is 0.75 to 0.81 times as large. All data is fictitious.
"""

import argparse
import random
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.lines import link, literal, named, typed

ONTOLOGY: Final = Path(__file__).with_name("governance.ttl")
QUADRATIC: Final = Path(__file__).with_name("quadratic.ttl")

_SEED: Final = 2026
# Measured.
_TRIPLES_PER_CITY: Final = 25.1
_BRANCHES: Final = 5
_THINGS_IN_A_TREE: Final = 1 + _BRANCHES + _BRANCHES**2


@dataclass(frozen=True)
class Sizes:
    """The number of things of each kind."""

    cities: int
    networks: int
    events: int
    norms: int
    sponsors: int
    rankings: int
    issues: int
    regions: int

    @classmethod
    def of(cls, triples: int) -> "Sizes":
        """Return the sizes of a graph of about `triples` triples."""
        cities = max(20, round(triples / _TRIPLES_PER_CITY))
        return cls(
            cities=cities,
            networks=max(8, cities // 300),
            events=cities // 2,
            norms=max(4, cities // 10),
            sponsors=max(4, cities // 10),
            rankings=max(2, cities // 500),
            issues=_THINGS_IN_A_TREE * max(1, cities // 200),
            regions=_THINGS_IN_A_TREE * max(1, cities // 500),
        )


def write(triples: int, folder: Path) -> int:
    """Write the three files and return the number of triples in `facts.nt`."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with (folder / "facts.nt").open("w", encoding="utf-8", newline="\n") as file:
        for lines in facts(triples):
            file.writelines(lines)
            count += len(lines)
    shutil.copyfile(ONTOLOGY, folder / "ontology.ttl")
    shutil.copyfile(QUADRATIC, folder / "quadratic.ttl")
    return count


def facts(triples: int) -> Iterator[list[str]]:
    """Yield the lines of about `triples` triples, one list for each thing, without duplicates."""
    sizes = Sizes.of(triples)
    maker = _ThingMaker(sizes)
    for number in range(sizes.issues):
        yield maker.in_a_tree("Issue", number, "narrowerThan")
    for number in range(sizes.regions):
        yield maker.in_a_tree("Region", number, "partOf")
    for number in range(sizes.rankings):
        yield named(f"Ranking{number}", "Ranking")
    for number in range(sizes.networks):
        yield maker.network(number)
    for number in range(sizes.norms):
        yield maker.norm(number)
    for number in range(sizes.sponsors):
        yield maker.sponsor(number)
    for number in range(sizes.events):
        yield maker.event(number)
    for number in range(sizes.cities):
        yield maker.city(number)


class _ThingMaker:
    """Makes the triples about one thing at a time."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        # Python promises reproducible numbers across versions only for random().
        self._random = random.Random(_SEED).random  # noqa: S311 (not used for security)

    def in_a_tree(self, kind: str, number: int, relation: str) -> list[str]:
        """Return a thing and its parent in a tree of three levels."""
        lines = named(f"{kind}{number}", kind)
        place = number % _THINGS_IN_A_TREE
        if place:
            parent = number - place + (place - 1) // _BRANCHES
            lines.append(link(f"{kind}{number}", relation, f"{kind}{parent}"))
        return lines

    def network(self, number: int) -> list[str]:
        """Return a network: when it started, the issue it addresses, the city that leads it."""
        name = f"Network{number}"
        lines = named(name, "CityNetwork")
        lines.append(literal(name, "startedIn", self._year(), "gYear"))
        lines += self._links(name, "addresses", "Issue", self._sizes.issues, 1)
        lines += self._links(name, "ledBy", "City", self._sizes.cities, 1)
        return lines

    def norm(self, number: int) -> list[str]:
        """Return a treaty or declaration: when it was adopted and the issue it is about."""
        name = f"Norm{number}"
        lines = named(name, "Declaration" if number % 3 else "Treaty")
        lines.append(literal(name, "adoptedIn", self._year(), "gYear"))
        lines += self._links(name, "about", "Issue", self._sizes.issues, 1)
        return lines

    def sponsor(self, number: int) -> list[str]:
        """Return a company or foundation and the networks it sponsors."""
        name = f"Sponsor{number}"
        lines = named(name, "Company" if number % 2 else "Foundation")
        lines += self._links(name, "sponsors", "Network", self._sizes.networks, 2)
        return lines

    def event(self, number: int) -> list[str]:
        """Return a summit or conference: its year, size, city, network and issue."""
        name = f"Event{number}"
        lines = named(name, "Conference" if number % 4 else "Summit")
        lines.append(literal(name, "year", self._year(), "gYear"))
        lines.append(literal(name, "participants", 10 + self._below(5_000), "integer"))
        lines += self._links(name, "heldIn", "City", self._sizes.cities, 1)
        lines += self._links(name, "organisedBy", "Network", self._sizes.networks, 1)
        lines += self._links(name, "about", "Issue", self._sizes.issues, 1)
        return lines

    def city(self, number: int) -> list[str]:
        """Return a city: its figures, region, networks, events, norms, twin city and ranks."""
        name, sizes = f"City{number}", self._sizes
        lines = named(name, "City")
        lines.append(literal(name, "population", self._below(20_000_000), "integer"))
        lines.append(literal(name, "area", self._below(5_000), "integer"))
        lines.append(literal(name, "foundedIn", 800 + self._below(1200), "integer"))
        if number % 50 == 0:
            lines.append(link(name, "sizeClass", "Mega"))
        lines += self._links(name, "partOf", "Region", sizes.regions, 1)
        lines += self._links(name, "memberOf", "Network", sizes.networks, 2)
        lines += self._links(name, "attends", "Event", sizes.events, 2)
        lines += self._links(name, "signs", "Norm", sizes.norms, 1)
        if number % 3 == 0:
            lines += self._links(name, "twinnedWith", "City", sizes.cities, 1)
        for entry in range(number % 4):
            lines += self._ranking_entry(f"{name}Entry{entry}", name)
        return lines

    def _ranking_entry(self, name: str, city: str) -> list[str]:
        lines = [typed(name, "RankingEntry"), link(name, "ranks", city)]
        lines += self._links(name, "inRanking", "Ranking", self._sizes.rankings, 1)
        lines.append(literal(name, "rank", self._below(500) + 1, "integer"))
        lines.append(literal(name, "score", self._below(1000), "integer"))
        lines.append(literal(name, "year", self._year(), "gYear"))
        return lines

    def _links(self, name: str, relation: str, kind: str, total: int, max_links: int) -> list[str]:
        """Return `max_links` links, fewer if draws repeat; low numbers are drawn more often."""
        drawn = {int(self._random() * self._random() * total) for _ in range(max_links)}
        return [link(name, relation, f"{kind}{number}") for number in sorted(drawn)]

    def _below(self, limit: int) -> int:
        return int(self._random() * limit)

    def _year(self) -> int:
        return 1960 + self._below(65)


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Write a synthetic governance graph.")
    parser.add_argument("--triples", type=int, default=50_000, help="approximate number of triples")
    parser.add_argument("--out", type=Path, required=True, help="output folder; created if missing")
    options = parser.parse_args()
    count = write(options.triples, options.out)
    sys.stdout.write(f"{count} triples in {options.out / 'facts.nt'}\n")


if __name__ == "__main__":
    main()
