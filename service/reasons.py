"""The proofs of the release that is served; what they need is read when the first is asked for."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import Triple

from kg.namespaces import GLOCAL
from kg.store import Store

if TYPE_CHECKING:
    from kg.explain import ContradictionProof, Explainer, Proof

_ANY: Final = f"ASK {{ ?one a <{GLOCAL['Contradiction'].value}> }}"


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
        return self._made().explain(triple, limit=limit)

    def contradictions(self) -> "Sequence[ContradictionProof]":
        """The proofs of all contradictions: see `kg.explain.Explainer.contradictions`.

        Raises:
            BrokenRelease: as there.
        """
        # Most releases have none, which is quickly seen.
        return self._made().contradictions() if self._store.query(_ANY) else ()

    def _made(self) -> "Explainer":
        with self._lock:
            if self._explainer is None:
                # Rule files are read by rdflib, which takes half a second to import: a service
                # that nobody asks for reasons starts without it.
                from kg.explain import Explainer

                self._explainer = Explainer(self._store, self._rules_folder)
        return self._explainer
