"""What-ifs of the release that is served; what they need is read when the first is asked for."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from kg.store import Store

if TYPE_CHECKING:
    from kg.whatif import Answers, Asker, Outcome, Patch, WhatIf


class Suppositions:
    """Supposes patches of one release, for any number of threads, none of which sees another."""

    def __init__(self, store: Store, rules_folder: Path) -> None:
        self._store, self._rules_folder = store, rules_folder
        self._made: tuple[WhatIf, Asker] | None = None
        self._lock = threading.Lock()

    def suppose(self, patch: "Patch", query: str | None) -> "tuple[Outcome, Answers | None]":
        """What would be otherwise, and what the query gives now and would give.

        Raises:
            RefusedPatch: it changes more than facts.
            MalformedQuery, RefusedQuery, LimitExceeded, BrokenRelease: see `kg.whatif`.
        """
        # Rule files are read by rdflib: see `Reasons`.
        from kg.whatif import Asker, WhatIf

        with self._lock:
            if self._made is None:
                self._made = WhatIf(self._store, self._rules_folder), Asker(self._store)
        whatif, asker = self._made
        outcome = whatif.suppose(patch)
        return outcome, None if query is None else asker.ask(outcome.dataset, query)
