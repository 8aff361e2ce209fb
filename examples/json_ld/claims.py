"""Who claims what about a thing, and on which page.

python examples/json_ld/claims.py http://127.0.0.1:8000 GlobalCity
"""

import sys

from pyld import jsonld


def main(service: str, name: str) -> None:
    """Get each statement in the graph that says who says so: its evidence."""
    address, context = f"{service}/data/id/{name}.jsonld", f"{service}/context.jsonld"
    thing = jsonld.compact(f"{address}?evidence=1", context)
    if "id" not in thing:
        sys.exit(thing["description"]["none"])
    nodes = {node["id"]: node for node in [thing, *thing["included"]]}

    def label(name: object) -> str:
        """Return the label of a thing, in English if it has one; any other value is its own."""
        labels = nodes[name]["label"] if isinstance(name, str) and name in nodes else {}
        return str(labels.get("en") or next(iter(labels.values()), name))

    for claim in nodes.values():
        if claim.get("hasStatus") != "glocal:Claim" or "graph" not in claim:
            continue
        holders = ", ".join(map(label, claim["heldBy"]))
        pages = ", ".join(str(nodes[passage]["page"]) for passage in claim["fromPassage"])
        for statement in claim["graph"]:
            subject = label(statement.pop("id"))
            for key, values in statement.items():
                for value in values if isinstance(values, list) else [values]:
                    predicate = label(f"glocal:{key}")
                    print(f"{holders}, page {pages}: {subject} {predicate} {label(value)}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
