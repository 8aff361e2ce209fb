r"""Why a statement holds: its rules, down to the pages that it rests on.

python examples/json_ld/proof.py http://127.0.0.1:8000 \
    id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative
"""

import sys
from typing import Any
from urllib.parse import urlencode

from pyld import jsonld


def show(proof: dict[str, Any], depth: int = 0) -> None:
    """Print a statement with its status, then what it rests on, further to the right."""
    status, holders = proof["hasStatus"], proof.get("heldBy", [])
    thing = proof["object"].get("id") or proof["object"]["@value"]
    statement = " ".join([proof["subject"], proof["predicate"], thing])
    print(f"{'  ' * depth}{statement} [{' of '.join([status, *holders])}]")
    if "derivation" in proof:
        rule = proof["derivation"]["association"]["plan"]
        print(f"{'  ' * depth}  by the rule: {rule['ruleSentence']['en']}")
    for evidence in proof.get("evidence", []):
        for passage in evidence.get("fromPassage", []):
            print(f"{'  ' * depth}  page {passage['page']}, paragraph {passage['paragraph']}")
    for premise in proof.get("premises", []):
        show(premise, depth + 1)


def main(service: str, subject: str, predicate: str, object_: str) -> None:
    """Frame the proofs: whatever they rest on is nested in them."""
    query = urlencode({"subject": subject, "predicate": predicate, "object": object_})
    address, frame = f"{service}/explain?{query}", f"{service}/frames/proof.jsonld"
    framed = jsonld.frame(address, frame, {"embed": "@always"})
    # PyLD reads an answer with the status 404 like any other.
    if "proofs" not in framed:
        sys.exit(framed["description"]["none"])
    for proof in framed["proofs"]:
        show(proof)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
