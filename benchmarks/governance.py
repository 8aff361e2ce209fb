"""A synthetic governance graph of any size, as canonical N-Triples, and the ontology for it.

    .venv/bin/python benchmarks/governance.py --triples 2000000 --out FOLDER

writes `facts.nt`, `ontology.ttl` and `quadratic.ttl`. The same number of triples gives the same
bytes on any machine. Cities join and lead networks, host and attend events, sign norms and stand
in rankings; issues and regions form trees of three levels, so that what follows grows as what is
stated does: 0.75 to 0.81 times as many triples. All of it is made up.
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
_TRIPLES_PER_CITY: Final = 25.1  # measured
_BRANCHES: Final = 5
_THINGS_IN_A_TREE: Final = 1 + _BRANCHES + _BRANCHES**2


@dataclass(frozen=True)
class Sizes:
    """How many there are of each kind of thing."""

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
        """Those that make about so many triples."""
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
    """Writes the three files and says how many triples the first of them has."""
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
    """The lines of about so many triples, one list for each thing, no line twice."""
    sizes = Sizes.of(triples)
    make = _Things(sizes)
    for number in range(sizes.issues):
        yield make.in_a_tree("Issue", number, "narrowerThan")
    for number in range(sizes.regions):
        yield make.in_a_tree("Region", number, "partOf")
    for number in range(sizes.rankings):
        yield named(f"Ranking{number}", "Ranking")
    for number in range(sizes.networks):
        yield make.network(number)
    for number in range(sizes.norms):
        yield make.norm(number)
    for number in range(sizes.sponsors):
        yield make.sponsor(number)
    for number in range(sizes.events):
        yield make.event(number)
    for number in range(sizes.cities):
        yield make.city(number)


class _Things:
    """Makes the triples about one thing after another."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        # Of all its methods, only random() is promised to be the same in every Python to come.
        self._random = random.Random(_SEED).random  # noqa: S311 (nothing is kept secret by it)

    def in_a_tree(self, kind: str, number: int, relation: str) -> list[str]:
        """A thing, and what it is directly below, in trees of three levels."""
        lines = named(f"{kind}{number}", kind)
        place = number % _THINGS_IN_A_TREE
        if place:
            above = number - place + (place - 1) // _BRANCHES
            lines.append(link(f"{kind}{number}", relation, f"{kind}{above}"))
        return lines

    def network(self, number: int) -> list[str]:
        """A network: its age, what it works on, who leads it."""
        name = f"Network{number}"
        lines = named(name, "CityNetwork")
        lines.append(literal(name, "startedIn", self._year(), "gYear"))
        lines += self._links(name, "addresses", "Issue", self._sizes.issues, 1)
        lines += self._links(name, "ledBy", "City", self._sizes.cities, 1)
        return lines

    def norm(self, number: int) -> list[str]:
        """A treaty or declaration: its age and what it is about."""
        name = f"Norm{number}"
        lines = named(name, "Declaration" if number % 3 else "Treaty")
        lines.append(literal(name, "adoptedIn", self._year(), "gYear"))
        lines += self._links(name, "about", "Issue", self._sizes.issues, 1)
        return lines

    def sponsor(self, number: int) -> list[str]:
        """A company or foundation and the networks that it sponsors."""
        name = f"Sponsor{number}"
        lines = named(name, "Company" if number % 2 else "Foundation")
        lines += self._links(name, "sponsors", "Network", self._sizes.networks, 2)
        return lines

    def event(self, number: int) -> list[str]:
        """A summit or conference: when, where, by whom, on what."""
        name = f"Event{number}"
        lines = named(name, "Conference" if number % 4 else "Summit")
        lines.append(literal(name, "year", self._year(), "gYear"))
        lines.append(literal(name, "participants", 10 + self._below(5_000), "integer"))
        lines += self._links(name, "heldIn", "City", self._sizes.cities, 1)
        lines += self._links(name, "organisedBy", "Network", self._sizes.networks, 1)
        lines += self._links(name, "about", "Issue", self._sizes.issues, 1)
        return lines

    def city(self, number: int) -> list[str]:
        """A city: what it is, what it belongs to, what it does, where it is ranked."""
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

    def _links(self, name: str, relation: str, kind: str, among: int, most: int) -> list[str]:
        """So many links or fewer, since none is there twice; small numbers are drawn more often."""
        drawn = {int(self._random() * self._random() * among) for _ in range(most)}
        return [link(name, relation, f"{kind}{number}") for number in sorted(drawn)]

    def _below(self, limit: int) -> int:
        return int(self._random() * limit)

    def _year(self) -> int:
        return 1960 + self._below(65)


def main() -> None:
    """Write the files that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write a synthetic governance graph.")
    parser.add_argument("--triples", type=int, default=50_000, help="about how many")
    parser.add_argument("--out", type=Path, required=True, help="a folder; made if missing")
    options = parser.parse_args()
    count = write(options.triples, options.out)
    sys.stdout.write(f"{count} triples in {options.out / 'facts.nt'}\n")


if __name__ == "__main__":
    main()
