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
    """Load the proofs as they are: they have a context of their own, so they need no compacting."""
    query = urlencode({"subject": subject, "predicate": predicate, "object": object_})
    document = jsonld.get_document_loader()(f"{service}/explain?{query}")["document"]
    for proof in document["proofs"]:
        show(proof)


if __name__ == "__main__":
    main(*sys.argv[1:])
