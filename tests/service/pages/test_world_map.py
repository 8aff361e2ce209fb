from itertools import pairwise

from pyoxigraph import NamedNode

from kg.namespaces import GLOCAL, ID
from service.pages.world_map import NARROW, WIDE, Kinds, Place, draw_map, find_kinds, find_places
from tests.service.conftest import store_of

PLACES = """
id:Quito geo:lat -0.22 ; geo:long -78.5 . id:Oslo geo:lat 59.9 ; geo:long 10.7 ; rdfs:label "Oslo" .
id:Nowhere geo:lat 12.0 . id:Wrong geo:lat "north" ; geo:long 3.0 .
"""


def test_things_with_both_coordinates_are_places_those_with_most_statements_first() -> None:
    assert find_places(store_of(PLACES)) == [
        Place(ID["Oslo"], 59.9, 10.7, 3),
        Place(ID["Quito"], -0.22, -78.5, 2),
    ]


def test_a_map_reaches_from_line_to_line_around_its_points() -> None:
    drawn = draw_map(find_places(store_of(PLACES)), ["Oslo", "Quito"])

    assert drawn is not None
    assert [degrees for _, degrees in drawn.meridians] == [-90, -75, -60, -45, -30, -15, 0, 15, 30]
    assert [degrees for _, degrees in drawn.parallels] == [-15, 0, 15, 30, 45, 60, 75]
    # 120 degrees of longitude are 1,000 wide, and 90 of latitude are 750 high.
    assert (drawn.width, drawn.height) == (1000, 750)
    oslo, quito = drawn.points
    assert (oslo.x, oslo.y) == (839.2, 125.8)
    assert (quito.x, quito.y) == (95.8, 626.8)


def test_names_cover_no_other_name_and_no_point() -> None:
    here = NamedNode("urn:x")
    drawn = draw_map([Place(here, 10.0, 10.0 + at / 4, 1) for at in range(40)], ["Name"] * 40)

    assert drawn is not None
    placed = [point.label for point in drawn.points if point.label]
    assert 2 < len(placed) < 40
    starts = sorted((y, x) for x, y, anchor in placed if anchor == "start")
    for (row, left), (next_row, right) in pairwise(starts):
        assert row != next_row or right - left > 41


def test_larger_letters_have_larger_points_and_leave_out_more_names() -> None:
    places = [Place(NamedNode("urn:x"), 10.0, 10.0 + at, 1) for at in range(40)]
    wide, narrow = (draw_map(places, ["Name"] * 40, letter) for letter in (WIDE, NARROW))

    assert wide is not None
    assert narrow is not None
    assert [(one.x, one.y) for one in wide.points] == [(one.x, one.y) for one in narrow.points]
    assert narrow.radius > 2 * wide.radius
    named_on_wide, named_on_narrow = (
        {point.x for point in drawn.points if point.label} for drawn in (wide, narrow)
    )
    assert 0 < len(named_on_narrow) < len(named_on_wide)


def test_two_classes_that_divide_the_places_are_told_apart() -> None:
    kinds = "id:Oslo a glocal:City , glocal:Agent . id:Quito a glocal:State , glocal:Agent ."
    store = store_of(PLACES + kinds)
    undivided = store_of(PLACES + kinds + "id:Oslo a glocal:State .")

    # More is said of Oslo.
    expected = Kinds(GLOCAL["City"], GLOCAL["State"], {ID["Oslo"]})
    assert find_kinds(store, find_places(store)) == expected
    assert find_kinds(undivided, find_places(undivided)) is None


def test_a_release_without_coordinates_has_no_map() -> None:
    assert draw_map(find_places(store_of("id:Oslo a glocal:City .")), []) is None
