"""The ranks of a city, by indicator and year.

python examples/json_ld/ranks.py http://127.0.0.1:8000 London
"""

import sys

from pyld import jsonld


def main(service: str, name: str) -> None:
    """Frame the city: its observations are nested in it, with their indicators."""
    city = jsonld.frame(f"{service}/id/{name}", f"{service}/frames/city.jsonld")
    if "id" not in city:
        sys.exit(f"Unknown city '{name}'.")
    print(city["label"]["en"])
    for observation in city.get("hasObservation", []):
        if "rank" in observation:
            year = observation["year"]["@value"] if "year" in observation else "undated"
            indicator = observation["indicator"]
            total = f" of {indicator['populationSize']}" if "populationSize" in indicator else ""
            print(f"- {indicator['label']['en']}: {observation['rank']}{total} ({year})")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
