"""The years of a thing as a drawing: its dates, and the times of what is stated about it."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

_MAX_MOMENTS: Final = 18
_WIDTH: Final = 1_140
_EDGE: Final = 40
_LINE, _AXIS = 22, 30
_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_MAX_TICKS: Final = 9
# The width of a Latin letter, rather too wide than too narrow: names must not run over the edge.
LETTER: Final = 7.5
# The distance of a name from a dot, and from the end of the bar that it stands in.
_BESIDE, _WITHIN = 10, 6
_DATE: Final = re.compile(r"(-?\d{4,})(?:-(\d\d))?")


class Moment(NamedTuple):
    """Something at a time, as ISO 8601 writes it (`2005`, `2005-10`, `2008/..`), and its name."""

    time: str
    name: str
    address: str = ""


class Mark(NamedTuple):
    """A moment in the drawing: a dot, or a bar from `x` to `end`; `when` is its time in words.

    The text begins at `text_x` if it is on the right side, or else ends there. It may be longer
    than the bar that it stands in.
    """

    moment: Moment
    when: str
    text: str
    x: float
    end: float
    y: int
    text_x: float
    side: str


class Timeline(NamedTuple):
    """The drawing: its marks, the years of its axis and their places; `left_out` are not shown."""

    marks: Sequence[Mark]
    ticks: Sequence[tuple[int, float]]
    height: int
    left_out: int
    width: int = _WIDTH


def draw_timeline(
    moments: Iterable[Moment], write_time: Callable[[str], str] = str
) -> Timeline | None:
    """Draw moments in order of time; None if there are not two different times."""
    spans = {moment: span for moment in moments if (span := _span(moment.time)) is not None}
    ordered = sorted(spans, key=lambda moment: (spans[moment][0], moment.time, moment.name))
    shown = ordered[:_MAX_MOMENTS]
    years = {year for moment in shown for year in spans[moment]}
    if len(years) < 2:
        return None
    first, last = int(min(years)), int(max(years)) + 1
    step = next((one for one in _STEPS if (last - first) / one <= _MAX_TICKS), _STEPS[-1])
    first, last = first // step * step, -(-last // step) * step
    scale = (_WIDTH - 2 * _EDGE) / (last - first)

    def place(year: float) -> float:
        return round(_EDGE + (year - first) * scale, 1)

    marks = [
        _mark(moment, write_time(moment.time), place(start), place(end), number * _LINE)
        for number, moment in enumerate(shown, 1)
        for start, end in [spans[moment]]
    ]
    ticks = [(year, place(year)) for year in range(first, last + 1, step)]
    return Timeline(marks, ticks, (len(shown) + 1) * _LINE + _AXIS, len(ordered) - len(shown))


def _mark(moment: Moment, when: str, x: float, end: float, y: int) -> Mark:
    """Mark a moment, with as much of its name as there is room for on the wider side."""
    starts, ends = (x + _BESIDE, x - _BESIDE) if x == end else (x + _WITHIN, end - _WITHIN)
    side, text_x = ("right", starts) if _WIDTH - starts >= ends else ("left", ends)
    letters = int(max(_WIDTH - starts, ends) / LETTER) - len(when) - 1
    return Mark(moment, when, cut_text(moment.name, letters), x, end, y, round(text_x, 1), side)


def cut_text(text: str, letters: int) -> str:
    """Cut a text to a width in Latin letters; Chinese characters are twice as wide."""
    if 2 * len(text) <= letters:
        return text
    width = 0
    for index, character in enumerate(text):
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width > letters:
            return f"{text[: index - 1].rstrip()}…"
    return text


def _span(time: str) -> tuple[float, float] | None:
    """Return the start and end of a time in years; an open interval has only one of them."""
    bounds = [_year(part) for part in time.split("/")]
    known = [year for year in bounds if year is not None]
    return (min(known), max(known)) if known else None


def _year(text: str) -> float | None:
    match = _DATE.match(text)
    return int(match[1]) + (int(match[2] or 1) - 1) / 12 if match else None
