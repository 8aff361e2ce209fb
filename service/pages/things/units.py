"""Numbers with their unit, as people write them in the language of a page."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup, escape
from pyoxigraph import Literal, NamedNode

from kg.namespaces import GLOCAL, SKOS
from kg.store.quad_store import Store
from service.pages.terms import TermWriter

# The code of a plain count in UCUM, the Unified Code for Units of Measure.
_ONE: Final = Literal("1")
_SPAN: Final = "–"


class Units:
    """Writes numbers in the units of one release."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, terms: TermWriter, ends: Sequence[Decimal], unit: NamedNode | None) -> Markup:
        """Write a number, or a span by its two ends, with its unit.

        A sign such as % follows the number at once. A unit that is a multiple of another, such as a
        billion dollars, is written by the multiples of the language. Nobody says of what is counted
        that it is a count.
        """
        number = escape(_SPAN.join(f"{end:,f}" for end in ends))
        if unit is None or _ONE in self._values(unit, SKOS["notation"]):
            return number
        if sign := self._sign(unit):
            return number + sign
        name = terms.macros["name"]
        if (base := next(iter(self._values(unit, GLOCAL["baseUnit"])), None)) is None:
            return terms.space.join([number, name(unit)])
        multiple = terms.label(unit).value.removesuffix(terms.label(base).value).strip()
        scales = self._scales(terms)
        if not multiple.endswith(tuple(scales)):
            return terms.space.join([number, name(unit)])
        factor = next(Decimal(one.value) for one in self._values(unit, GLOCAL["factor"]))
        fitting = {word: size for word, size in scales.items() if size <= max(ends) * factor}
        word = max(fitting, key=lambda one: fitting[one], default="")
        sizes = [(end * factor / fitting.get(word, 1)).normalize() for end in ends]
        written = _SPAN.join(f"{size:f}" for size in sizes)
        return terms.space.join(filter(None, [written, word, name(base)]))

    def _values(self, unit: NamedNode, predicate: NamedNode) -> list[Any]:
        return [triple.object for triple in self._store.triples(unit, predicate)]

    def _sign(self, unit: NamedNode) -> str:
        """Return the alternative name of a unit that has no letters, such as %, or ""."""
        names = [name.value for name in self._values(unit, SKOS["altLabel"])]
        return next((name for name in names if not any(map(str.isalnum, name))), "")

    def _scales(self, terms: TermWriter) -> dict[str, Decimal]:
        """Return the words of a language for large numbers, each with the number."""
        pairs = (pair.split() for pair in terms.words["figure-scales"].split(", "))
        return {word: Decimal(10) ** int(power) for word, power in pairs}
