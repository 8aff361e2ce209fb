"""How many explanations and suppositions are made at once, and that none leaves results behind.

They stay in the process that speaks HTTP: no user writes their search, which has its own limits.

The proofs of the release that is served; what they need is read when the first is asked for.

What-ifs of the release that is served; what they need is read when the first is asked for.

What the routes of a release answer from: its store, the saved queries, the context.
"""

import hashlib
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from fastapi import Request
from pyoxigraph import NamedNode, Triple

from kg.describe.description import Describer
from kg.describe.json_ld_context import Context
from kg.describe.json_ld_frames import Frame, frame_for
from kg.errors import KgError, UnknownName
from kg.linking.name_index import NameIndex
from kg.linking.reconciler import Reconciler
from kg.namespaces import GLOCAL
from kg.release.void import void_of
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery
from service.errors import TooManyExplanations
from service.http.endpoint import Endpoint, endpoint_of
from service.pages.ontology_files import OntologyFile
from service.pages.ontology_page import OntologyPages
from service.pages.proof_page import ProofPages
from service.pages.resource_page import ResourcePages

if TYPE_CHECKING:
    from kg.reasoning.proofs.explainer import Explainer
    from kg.reasoning.proofs.proof import ContradictionProof, Proof
    from kg.reasoning.whatif.engine import WhatIf
    from kg.reasoning.whatif.outcome import Outcome, Patch


_RETRY_SECONDS: Final = 5
T = TypeVar("T")


class RunningExplanations:
    """Lets up to so many explanations be made at once, each in the thread that asks for it.

    One more is refused and not kept waiting: it would wait in a thread, and threads are what the
    rest of the service answers with.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many are being made now."""
        return self._count

    def run(self, explanation: Callable[[], T]) -> T:
        """What this explanation returns.

        Raises:
            TooManyExplanations: as many as are allowed are being made already.
        """
        with self._lock:
            if self._count >= self._most:
                raise TooManyExplanations(self._most, _RETRY_SECONDS)
            self._count += 1
        try:
            return explanation()
        except KgError as error:
            # The engine's results can be dropped only in the thread that made them. The error
            # travels on to another one, with every frame that still holds them.
            traceback.clear_frames(error.__traceback__)
            raise
        finally:
            with self._lock:
                self._count -= 1


_ANY: Final = f"ASK {{ ?one a <{GLOCAL['Contradiction'].value}> }}"


class Reasons:
    """Explains triples of one release, for any number of threads."""

    def __init__(self, store: Store, rules_folder: Path) -> None:
        self._store, self._rules_folder = store, rules_folder
        self._explainer: Explainer | None = None
        self._lock = threading.Lock()

    def explain(self, triple: Triple, limit: int) -> "Sequence[Proof]":
        """The proofs of a triple: see `kg.reasoning.proofs.Explainer.explain`.

        Raises:
            NotDerived, UnknownName, LimitExceeded, BrokenRelease: as there.
        """
        return self._made().explain(triple, limit=limit)

    def contradictions(self) -> "Sequence[ContradictionProof]":
        """The proofs of all contradictions: see `kg.reasoning.proofs.Explainer.contradictions`.

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
                from kg.reasoning.proofs.explainer import Explainer

                self._explainer = Explainer(self._store, self._rules_folder)
        return self._explainer


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
            LimitExceeded, BrokenRelease: see `kg.reasoning.whatif`.
        """
        # Rule files are read by rdflib: see `Reasons`.
        from kg.reasoning.whatif.engine import WhatIf

        with self._lock:
            if self._whatif is None:
                self._whatif = WhatIf(self._store, self._rules_folder)
        return self._whatif.suppose(patch)


@dataclass(frozen=True, kw_only=True)
class Served(Endpoint):
    """One release and all that is needed to speak about it.

    `federated_queries` ask other endpoints too and are not asked by name. `contexts` are by
    version, the newest last, `ontology_files` by what follows `/ontology/` in their addresses,
    `rules` by name, `link_files` (SSSOM) by what follows `/links/`.
    """

    store: Store
    queries: Mapping[str, SavedQuery]
    federated_queries: Mapping[str, SavedQuery]
    contexts: Mapping[str, Context]
    frames: Mapping[str, Frame]
    ontology_files: Mapping[str, OntologyFile]
    rules: Mapping[str, str]
    link_files: Mapping[str, str]
    explanations: RunningExplanations
    reasons: Reasons
    suppositions: Suppositions

    @cached_property
    def context_version(self) -> str:
        """The newest version of the JSON-LD context."""
        return list(self.contexts)[-1]

    @property
    def context(self) -> Context:
        """The JSON-LD context that documents are written by."""
        return self.contexts[self.context_version]

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """What stands after `/ontology/` in the address of a module or a rule file."""
        return (*self.ontology_files, *(f"rules/{name}.rq" for name in self.rules))

    @cached_property
    def describer(self) -> Describer:
        """What describes each resource, whatever the format."""
        return Describer(self.store)

    @cached_property
    def names(self) -> NameIndex:
        """The names of all entities; made when somebody first asks for one."""
        return NameIndex.of(self.store)

    @cached_property
    def reconciler(self) -> Reconciler:
        """What answers reconciliation clients; made when the first one asks."""
        return Reconciler(self.store, self.names)

    @property
    def every_query(self) -> list[SavedQuery]:
        """The saved queries, those that ask other endpoints too at the end."""
        return [*self.queries.values(), *self.federated_queries.values()]

    @cached_property
    def void(self) -> tuple[Triple, ...]:
        """The description of what is served in VoID; read or made when somebody first asks."""
        return tuple(void_of(self.store))

    @cached_property
    def void_digest(self) -> str:
        """What changes when the description does: it says more than the hash of the quads."""
        return hashlib.sha256("".join(map(str, self.void)).encode()).hexdigest()

    @cached_property
    def resource_pages(self) -> ResourcePages:
        """The pages about resources; made when somebody first asks for one."""
        return ResourcePages(self.store, self.describer, self.documents)

    @cached_property
    def ontology_pages(self) -> OntologyPages:
        """The pages about the ontology; made when somebody first asks for one."""
        return OntologyPages(self.store, self.ontology_files)

    @cached_property
    def proof_pages(self) -> ProofPages:
        """The pages of proofs; made when somebody first asks for one."""
        return ProofPages(self.store, self.documents)

    @property
    def release_hash(self) -> str:
        """The content hash of the release."""
        return str(self.store.release["hash"])

    @property
    def deciding(self) -> tuple[str, ...]:
        """The release, what it was built by, the service, the engine, the context."""
        release = self.release_hash, self.version
        return *release, self.service_version, self.engine, self.context.digest

    @property
    def version(self) -> str:
        """The version that the release was built by."""
        return str(self.store.release["version"])


async def served(request: Request) -> Served:
    """What this request is answered from; a FastAPI dependency, `async` to need no thread."""
    found = endpoint_of(request.scope)
    if not isinstance(found, Served):
        raise TypeError(f"what is served is a {type(found).__name__}")
    return found


def named_frame(here: Served, name: str) -> Frame:
    """The frame of this name.

    Raises:
        UnknownName: there is none; names those that there are.
    """
    if name not in here.frames:
        remedy = f"one of those that there are: {', '.join(here.frames)}"
        raise UnknownName(name, tuple(here.frames), kind="frame", remedy=remedy)
    return here.frames[name]


def usual_frame(here: Served, thing: NamedNode) -> Frame | None:
    """The frame of the thing's class."""
    return frame_for(thing, here.frames, here.store)
