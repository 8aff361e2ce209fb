"""The years of a thing as a drawing: its dates, and the times of what is stated about it."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

_MAX_MOMENTS: Final = 18
_WIDTH: Final = 1_140
_EDGE: Final = 46
_LINE, _AXIS = 22, 30
_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_MAX_TICKS: Final = 9
# The width of a text, in Latin letters.
_MAX_LETTERS: Final = 72
_DATE: Final = re.compile(r"(-?\d{4,})(?:-(\d\d))?")


class Moment(NamedTuple):
    """Something at a time, as ISO 8601 writes it (`2005`, `2005-10`, `2008/..`), and its name."""

    time: str
    name: str
    address: str = ""


class Mark(NamedTuple):
    """A moment in the drawing: a dot, or a bar from `x` to `end`; the text is on `side` of it."""

    moment: Moment
    text: str
    x: float
    end: float
    y: int
    side: str


class Timeline(NamedTuple):
    """The drawing: its marks, the years of its axis and their places; `left_out` are not shown."""

    marks: Sequence[Mark]
    ticks: Sequence[tuple[int, float]]
    height: int
    left_out: int
    width: int = _WIDTH


def draw_timeline(moments: Iterable[Moment]) -> Timeline | None:
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
        Mark(
            moment,
            cut_text(moment.name, _MAX_LETTERS),
            place(spans[moment][0]),
            place(spans[moment][1]),
            (number + 1) * _LINE,
            "right" if place(spans[moment][1]) < _WIDTH / 2 else "left",
        )
        for number, moment in enumerate(shown)
    ]
    ticks = [(year, place(year)) for year in range(first, last + 1, step)]
    return Timeline(marks, ticks, (len(shown) + 1) * _LINE + _AXIS, len(ordered) - len(shown))


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
