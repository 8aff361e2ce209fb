"""The Wikidata items that are the same as some things, with labels in both languages.

python examples/json_ld/links.py http://127.0.0.1:8000 London ParisAgreement Lyon
"""

import sys

from pyld import jsonld


def main(service: str, *names: str) -> None:
    """Read each thing, compacted by the newest context."""
    for name in names:
        thing = jsonld.compact(f"{service}/id/{name}", f"{service}/context.jsonld")
        if "id" not in thing:
            sys.exit(thing["description"]["none"])
        items = [iri for iri in thing.get("exactMatch", []) if iri.startswith("wd:")]
        print(thing["id"], thing["label"]["en"], thing["label"]["zh"], *items, sep="\t")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
