import pytest

from service.pages.things.timeline import LETTER, Moment, cut_text, draw_timeline


def test_moments_stand_in_order_of_time_on_an_axis_of_round_years() -> None:
    drawing = draw_timeline([Moment("2016", "late"), Moment("2005-10", "early")])

    assert drawing is not None
    assert [(mark.moment.name, mark.text) for mark in drawing.marks] == [
        ("early", "early"),
        ("late", "late"),
    ]
    years = [year for year, _ in drawing.ticks]
    assert years == [2004, 2006, 2008, 2010, 2012, 2014, 2016, 2018]
    early, late = drawing.marks
    places = dict(drawing.ticks)
    assert places[2004] < early.x < places[2006]
    assert late.x == places[2016]
    # The names stand where there is room for them.
    assert (early.side, late.side) == ("right", "left")


def test_an_interval_is_a_bar_and_an_open_one_begins_at_its_bound() -> None:
    drawing = draw_timeline([Moment("2008/2012", "closed"), Moment("2009/..", "open")])

    assert drawing is not None
    closed, open_ = drawing.marks
    places = dict(drawing.ticks)
    assert (closed.x, closed.end) == (places[2008], places[2012])
    assert open_.x == open_.end == places[2009]


@pytest.mark.parametrize("times", [(), ("2005",), ("2005", "2005"), ("soon", "2005")])
def test_one_time_makes_no_timeline(times: tuple[str, ...]) -> None:
    assert draw_timeline([Moment(time, time) for time in times]) is None


def test_the_earliest_are_drawn_and_the_others_counted() -> None:
    drawing = draw_timeline([Moment(str(1900 + number), "x") for number in range(30)])

    assert drawing is not None
    assert (len(drawing.marks), drawing.left_out) == (18, 12)
    assert drawing.marks[-1].moment.time == "1917"


def test_a_text_is_cut_by_width_and_chinese_counts_double() -> None:
    assert cut_text("London", 6) == "London"
    assert cut_text("Londoners", 6) == "Londo…"
    assert cut_text("伦敦和广州", 6) == "伦敦…"


def test_a_name_stands_on_the_wider_side_and_is_cut_where_the_drawing_ends() -> None:
    long = "the city of Guangzhou and its partners " * 5
    moments = [Moment("2000/2020", long), Moment("2002", long), Moment("2019", long)]
    drawing = draw_timeline(moments)

    assert drawing is not None
    assert [mark.side for mark in drawing.marks] == ["right", "right", "left"]
    for mark in drawing.marks:
        width = LETTER * len(f"{mark.moment.time} {mark.text}")
        ends = mark.text_x + width if mark.side == "right" else mark.text_x - width
        assert mark.text.endswith("…")
        assert 0 <= ends <= drawing.width
    bar, *_ = drawing.marks
    assert bar.x < bar.text_x < bar.end
