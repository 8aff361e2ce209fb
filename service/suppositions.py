"""What-ifs of the release that is served; what they need is read when the first is asked for."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from kg.store import Store

if TYPE_CHECKING:
    from kg.whatif import Outcome, Patch, WhatIf


class Suppositions:
    """Supposes patches of one release, for any number of threads, none of which sees another."""

    def __init__(self, store: Store, rules_folder: Path) -> None:
        self._store, self._rules_folder = store, rules_folder
        self._whatif: WhatIf | None = None
        self._lock = threading.Lock()

    def suppose(self, patch: "Patch") -> "Outcome":
        """What would be otherwise.

        Raises:
            RefusedPatch: it changes more than facts.
            LimitExceeded, BrokenRelease: see `kg.whatif`.
        """
        # Rule files are read by rdflib: see `Reasons`.
        from kg.whatif import WhatIf

        with self._lock:
            if self._whatif is None:
                self._whatif = WhatIf(self._store, self._rules_folder)
        return self._whatif.suppose(patch)
