"""Check data that is to be served with what follows from it, before the service starts."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pyoxigraph import DefaultGraph, Quad

from kg.reasoning.regimes.regime import is_schema, load_regime
from kg.reasoning.upkeep.entailment import Entailment
from kg.sources.prefixes import PrefixTable

_MAX_RECORDS: Final = 30
_log: Final = logging.getLogger("glocal.service")


class EntailmentCheck:
    """Notes the axioms of all quads while they are read, and says what no rule expresses."""

    def __init__(self, entailment: Entailment) -> None:
        self._entailment = entailment
        self._schema: list[Quad] = []
        self._has_default = self._has_named = False

    def note(self, quad: Quad) -> None:
        """Note a quad; only the default graph is reasoned over."""
        if not isinstance(quad.graph_name, DefaultGraph):
            self._has_named = True
            return
        self._has_default = True
        if is_schema(quad):
            self._schema.append(quad)

    def log_what_is_left_out(self, prefixes: Mapping[str, str] = MappingProxyType({})) -> None:
        """Log each axiom that no rule expresses, once, with these prefixes.

        For the errors see `load_regime`.
        """
        entailment = self._entailment
        regime = load_regime(entailment.regime, self._schema, entailment.rules_folder)
        # The log takes few records a minute, and a large ontology has many such axioms.
        texts = [*map(PrefixTable(prefixes).shorten_in, regime.uncompiled)]
        size = max(1, -(-len(texts) // _MAX_RECORDS))
        for start in range(0, len(texts), size):
            some = "; ".join(texts[start : start + size])
            _log.warning("Not covered by --entailment %s: %s", entailment.regime, some)
        if self._has_named and not self._has_default:
            _log.warning(
                "All triples are in named graphs. Only the default graph is reasoned over, so "
                "nothing follows."
            )
