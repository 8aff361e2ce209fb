"""The cities of a network, and when it was founded.

python examples/json_ld/members.py http://127.0.0.1:8000 C40
"""

import sys

from pyld import jsonld


def main(service: str, name: str) -> None:
    """Frame the network: what it refers to is then nested in it, with labels."""
    network = jsonld.frame(f"{service}/id/{name}", f"{service}/frames/network.jsonld")
    if "id" not in network:
        sys.exit(f"Unknown network '{name}'.")
    founded = network["foundedOn"]["@value"] if "foundedOn" in network else "unknown"
    print(f"{network['label']['en']} (founded: {founded})")
    for city in network.get("hasMember", []):
        print(f"- {city['label']['en']}, {city['label']['zh']}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
