"""Draw a city's networks and their other members as SVG.

python examples/draw_a_network.py Guangzhou guangzhou.svg
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import rdflib

import kg

MEMBERSHIPS = """
SELECT DISTINCT ?network ?networkName ?member ?memberName WHERE {
    id:%s glocal:memberOf ?network .
    ?network a glocal:TransnationalCityNetwork ; rdfs:label ?networkName .
    ?member glocal:memberOf ?network ; a glocal:City ; rdfs:label ?memberName .
    FILTER (LANG(?networkName) = "en" && LANG(?memberName) = "en")
} ORDER BY ?network ?member
"""
# Horizontal positions of the city, the networks and the other members, in pixels.
CITY, NETWORK, MEMBER = 60, 300, 700
WIDTH, ROW = 860, 70
STYLE = (
    "text{font:14px sans-serif;paint-order:stroke;stroke:white;stroke-width:4px} "
    "line{stroke:#9aa} .city{fill:#c33} .network{fill:#357} .member{fill:#7a9}"
)

Edges = set[tuple[str, str]]
Places = dict[str, tuple[str, int, int]]


def memberships(dataset: rdflib.Dataset, city: str) -> Edges:
    """Return the members of this city's networks, the city included, as pairs of English names."""
    rows = dataset.query(MEMBERSHIPS % city)
    return {(str(row.memberName), str(row.networkName)) for row in rows}


def column(names: Sequence[str], kind: str, x: int, height: int) -> Places:
    """Place names below each other, centred vertically; return kind and position of each."""
    first = (height - ROW * (len(names) - 1)) // 2
    return {name: (kind, x, first + ROW * number) for number, name in enumerate(names)}


def svg(city: str, edges: Edges) -> str:
    """Return the drawing; members that share most networks with the city are at the top."""
    networks = sorted({network for _, network in edges})
    shared = {name: sum(name == member for member, _ in edges) for name, _ in edges if name != city}
    members = sorted(shared, key=lambda name: (-shared[name], name))
    height = ROW * (max(len(networks), len(members)) + 1)
    places = {
        **column([city], "city", CITY, height),
        **column(networks, "network", NETWORK, height),
        **column(members, "member", MEMBER, height),
    }
    parts = [f"<title>Networks of {escape(city)}</title><style>{STYLE}</style>"]
    for member, network in sorted(edges):
        (_, x1, y1), (_, x2, y2) = places[member], places[network]
        parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>')
    for name, (kind, x, y) in places.items():
        parts.append(f'<circle class="{kind}" cx="{x}" cy="{y}" r="7"/>')
        parts.append(f'<text x="{x + 12}" y="{y - 8}">{escape(name)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">'
    return "\n".join([head, *parts, "</svg>", ""])


def main(name: str, out: str) -> None:
    """Write the drawing and print a summary."""
    dataset = kg.open_release()
    city = rdflib.URIRef(f"https://w3id.org/glocal/id/{name}")
    labels = [label for label in dataset.objects(city, rdflib.RDFS.label) if label.language == "en"]
    if not labels:
        sys.exit(
            f"The release has no id:{name}; expected the name of a city, such as id:Guangzhou."
        )
    edges = memberships(dataset, name)
    if not edges:
        sys.exit(f"{labels[0]} is not in any network of the release.")
    Path(out).write_text(svg(str(labels[0]), edges), encoding="utf-8")
    print(f"{out}: {labels[0]} in {len({network for _, network in edges})} networks")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
