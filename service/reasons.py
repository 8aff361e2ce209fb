"""The proofs of the release that is served; what they need is read when the first is asked for."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Triple

from kg.store import Store

if TYPE_CHECKING:
    from kg.explain import Explainer, Proof


class Reasons:
    """Explains triples of one release, for any number of threads."""

    def __init__(self, store: Store, rules_folder: Path) -> None:
        self._store, self._rules_folder = store, rules_folder
        self._explainer: Explainer | None = None
        self._lock = threading.Lock()

    def explain(self, triple: Triple, limit: int) -> "Sequence[Proof]":
        """The proofs of a triple: see `kg.explain.Explainer.explain`.

        Raises:
            NotDerived, UnknownName, LimitExceeded, BrokenRelease: as there.
        """
        with self._lock:
            if self._explainer is None:
                # Rule files are read by rdflib, which takes half a second to import: a service
                # that nobody asks for reasons starts without it.
                from kg.explain import Explainer

                self._explainer = Explainer(self._store, self._rules_folder)
        return self._explainer.explain(triple, limit=limit)
