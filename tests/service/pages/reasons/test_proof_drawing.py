"""The layout of proofs by steps of single letters."""

import re
from dataclasses import dataclass
from itertools import pairwise

from service.pages.reasons.proof_drawing import Drawing, draw


@dataclass(frozen=True)
class Step:
    """A step that rests on others."""

    anchor: str
    premises: tuple["Step", ...] = ()


A, B = Step("a"), Step("b")


def drawn(root: Step) -> Drawing:
    return draw(root, {name: f"the text of {name}" for name in "abcdr"})


def tops(drawing: Drawing) -> dict[str, float]:
    return {box.anchor: box.y for box in drawing.boxes}


def test_what_is_proved_stands_above_its_premises_from_left_to_right() -> None:
    drawing = drawn(Step("r", (A, B)))

    [root, left, right] = sorted(drawing.boxes, key=lambda box: (box.y, box.x))
    assert [root.anchor, left.anchor, right.anchor] == ["r", "a", "b"]
    assert left.y == right.y > root.y + root.height
    assert left.x + left.width < right.x
    assert root.x == (left.x + right.x) / 2
    assert (drawing.width, drawing.height) == (right.x + right.width + 1, left.y + left.height + 1)


def test_a_premise_of_several_steps_is_drawn_once_below_all_of_them() -> None:
    drawing = drawn(Step("r", (Step("c", (A, B)), Step("d", (Step("a"),)), A)))

    assert len(drawing.boxes) == len({box.anchor for box in drawing.boxes}) == 5
    height = tops(drawing)
    assert height["a"] > height["c"] == height["d"] > height["r"]
    edges = {(edge.premise, edge.conclusion) for edge in drawing.edges}
    assert edges == {("c", "r"), ("d", "r"), ("a", "r"), ("a", "c"), ("a", "d"), ("b", "c")}


def test_an_edge_passes_between_the_boxes_of_the_layers_that_it_skips() -> None:
    drawing = drawn(Step("r", (Step("c", (A,)), Step("d", (A,)), A)))

    [long] = [edge for edge in drawing.edges if (edge.premise, edge.conclusion) == ("a", "r")]
    numbers = [float(one) for one in re.findall(r"[\d.]+", long.path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    skipped = [box for box in drawing.boxes if box.anchor in "cd"]
    inside = [x for x, y in points if skipped[0].y <= y <= skipped[0].y + skipped[0].height]
    assert inside
    assert not any(box.x <= x <= box.x + box.width for box in skipped for x in inside)


def test_the_same_proof_gives_the_same_drawing() -> None:
    assert drawn(Step("r", (A, B))) == drawn(Step("r", (Step("a"), Step("b"))))


def test_no_two_boxes_overlap() -> None:
    wide = Step("r", tuple(Step(name, (A, B)) for name in "cd"))

    rows: dict[float, list[float]] = {}
    for box in drawn(wide).boxes:
        rows.setdefault(box.y, []).append(box.x)
    for places in rows.values():
        ordered = sorted(places)
        assert all(right - left > 218 for left, right in pairwise(ordered))
