from pyoxigraph import NamedNode, Triple

from kg.describe.evidence import ProvenanceReader
from kg.namespaces import GLOCAL, ID
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.terms import TermWriter
from service.pages.things.neighbourhood import Drawing, draw_neighbourhood, find_neighbours
from service.pages.things.statement_groups import Statement
from service.pages.things.statements import StatementWriter
from service.pages.things.timeline import LETTER
from tests.service.conftest import store_of

LONDON = ID["London"]
FACT, CLAIM, DERIVED = (
    NamedNode(f"https://w3id.org/glocal/{name}")
    for name in ("evidence/a-fact", "evidence/a-claim-Doe", "graph/derived-fact-r")
)
TRIG = """
ev:a-fact a glocal:Evidence ; glocal:hasStatus glocal:Fact .
ev:a-claim-Doe a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
graph:derived-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Fact .
id:Doe rdfs:label "J. Doe"@en . id:C40 rdfs:label "C40"@en .
"""


def draw(*statements: tuple[Statement, NamedNode], store: Store | None = None) -> Drawing | None:
    store = store or store_of(TRIG)
    writer = StatementWriter(TermWriter(store, Language("en", False)), ProvenanceReader(store))
    graphs = {statement.triple: (graph,) for statement, graph in statements}
    neighbours = find_neighbours(writer, LONDON, [one for one, _ in statements], graphs)
    return draw_neighbourhood(writer, LONDON, neighbours)


def to(name: str, predicate: str = "near") -> Statement:
    return Statement(Triple(LONDON, GLOCAL[predicate], ID[name]))


def by(name: str, predicate: str = "foundedAt") -> Statement:
    return Statement(Triple(ID[name], GLOCAL[predicate], LONDON), is_incoming=True)


def test_what_refers_to_a_thing_stands_on_the_left_with_an_arrow_to_it() -> None:
    drawing = draw((by("C40"), FACT), (to("Paris"), FACT))

    assert drawing is not None
    (left,), (right,) = drawing.nodes["left"], drawing.nodes["right"]
    assert (left.text, left.style) == ("C40", "status-Fact")
    assert right.text == "id:Paris"
    assert [heading.text for heading in drawing.headings["left"]] == ["glocal:foundedAt"]
    # Each edge ends where its arrow points: at the box on the left, at the other name on the right.
    assert left.path.endswith(f" {drawing.centre - drawing.half_box},{drawing.height // 2}")
    assert right.path.startswith(f"M{drawing.centre + drawing.half_box},{drawing.height // 2} ")


def test_an_edge_has_the_strongest_status_and_claims_the_name_of_their_holder() -> None:
    drawing = draw((to("Paris", "rules"), CLAIM), (to("C40"), DERIVED), (to("C40", "likes"), FACT))

    assert drawing is not None
    told = {node.thing: (node.style, node.holder) for node in drawing.nodes["right"]}
    assert told == {ID["C40"]: ("status-Fact", ""), ID["Paris"]: ("status-Claim", "J. Doe")}
    assert [one.statement.triple.predicate for one in drawing.sentences] == [
        GLOCAL["likes"],
        GLOCAL["rules"],
    ]


def test_what_is_derived_is_styled_so() -> None:
    drawing = draw((to("C40"), DERIVED))

    assert drawing is not None
    assert drawing.nodes["right"][0].style == "status-Fact derived"


def test_at_most_24_things_are_drawn_and_the_others_counted() -> None:
    drawing = draw(
        *((to(f"n{number:02}"), FACT) for number in range(40)),
        *((by(f"m{number:02}"), FACT) for number in range(5)),
    )

    assert drawing is not None
    assert {side: len(nodes) for side, nodes in drawing.nodes.items()} == {"left": 5, "right": 14}
    assert drawing.left_out == 45 - 19
    assert len(drawing.sentences) == 19


def test_the_same_statements_give_the_same_drawing_in_any_order() -> None:
    several = [(to(f"n{number}"), FACT) for number in range(30)]

    assert draw(*several) == draw(*reversed(several))


def test_passages_literals_and_the_thing_itself_are_no_neighbours() -> None:
    passage = NamedNode("https://w3id.org/glocal/source/wang/p10.2")
    of_passage = Statement(Triple(LONDON, GLOCAL["mentionedIn"], passage))

    assert draw((of_passage, FACT), (to("London"), FACT)) is None


def test_long_names_end_within_the_drawing_and_are_there_in_full() -> None:
    long = "Organisation"
    drawing = draw((to(long * 9), FACT), (by("机构" * 30), CLAIM))

    assert drawing is not None
    (right,), (left,) = drawing.nodes["right"], drawing.nodes["left"]
    assert right.name == f"id:{long * 9}"
    assert right.text == f"id:{long * 3}Org…"
    # Beside it there is place for a button.
    assert drawing.places["right"] + LETTER * len(right.text) + 26 <= drawing.width
    # A Chinese character is as wide as two letters.
    letters = len("id:…") + 2 * left.text.count("机构") * 2 + len(f" · {left.holder}")
    assert left.holder == "J. Doe"
    assert LETTER * letters <= drawing.places["left"] + LETTER


def test_statements_are_filtered_by_what_they_have() -> None:
    drawing = draw((by("C40"), FACT), (to("Paris"), CLAIM))
    assert drawing is not None

    choices = drawing.choices(lambda one: [ID["Nearness"]] if one == GLOCAL["near"] else [])

    assert choices == {
        "pattern": [ID["Nearness"]],
        "status": [GLOCAL["Fact"], GLOCAL["Claim"]],
        "holder": [ID["Doe"]],
    }
